package org.dbtbastion.aws;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.deadline.Deadline;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.GetParametersByPathResponse;
import software.amazon.awssdk.services.ssm.model.Parameter;
import software.amazon.awssdk.services.ssm.model.ParameterAlreadyExistsException;
import software.amazon.awssdk.services.ssm.model.ParameterNotFoundException;
import software.amazon.awssdk.services.ssm.model.ParameterType;

/**
 * The parameters of one bastion in Parameter Store, all below {@code /dbt-bastion/<name>/}. Names
 * here are relative to that. Thread-safe.
 */
public final class Parameters {

  private final AwsClients clients;
  private final String root;

  /**
   * @param bastion the bastion's name
   */
  public Parameters(AwsClients clients, String bastion) {
    this.clients = clients;
    this.root = "/dbt-bastion/" + bastion + "/";
  }

  /**
   * A parameter.
   *
   * @param name the last part of its name
   * @param value its value, decrypted
   * @param modified when it was written last
   */
  record Entry(String name, String value, Instant modified) {
    Entry {
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(value, "value");
      Objects.requireNonNull(modified, "modified");
    }

    private static Entry of(Parameter parameter) {
      String name = parameter.name();
      return new Entry(
          name.substring(name.lastIndexOf('/') + 1),
          parameter.value(),
          parameter.lastModifiedDate());
    }
  }

  /** The whole name, for messages. */
  String fullName(String name) {
    return root + name;
  }

  /** All parameters in a folder, decrypted; whole or not at all. */
  List<Entry> list(String folder, Deadline deadline) {
    List<Entry> entries = new ArrayList<>();
    // Not the SDK's paginator: it would give each page the time that was left for the first.
    String token = null;
    do {
      GetParametersByPathResponse page = page(folder, token, deadline);
      for (Parameter parameter : page.parameters()) {
        entries.add(Entry.of(parameter));
      }
      // A page may be empty and have a token.
      token = page.nextToken();
    } while (token != null && !token.isEmpty());
    return entries;
  }

  /** The parameter; empty if there is none of this name. */
  Optional<Entry> find(String name, Deadline deadline) {
    try {
      return Optional.of(
          Entry.of(
              ssm()
                  .getParameter(
                      request ->
                          request
                              .name(root + name)
                              .withDecryption(true)
                              .overrideConfiguration(AwsClients.by(deadline)))
                  .parameter()));
    } catch (ParameterNotFoundException _) {
      return Optional.empty();
    }
  }

  /** Writes a parameter that does not exist yet; false, and nothing is changed, if it does. */
  boolean create(String name, String value, Deadline deadline) {
    try {
      put(name, value, ParameterType.STRING, false, deadline);
      return true;
    } catch (ParameterAlreadyExistsException _) {
      return false;
    }
  }

  /** Writes a parameter, whether it exists or not. */
  void write(String name, String value, Deadline deadline) {
    put(name, value, ParameterType.STRING, true, deadline);
  }

  /** As {@link #write}, encrypted with the account's key for Parameter Store. */
  void writeSecurely(String name, String value, Deadline deadline) {
    put(name, value, ParameterType.SECURE_STRING, true, deadline);
  }

  /** Deletes a parameter; false if there was none. */
  boolean delete(String name, Deadline deadline) {
    try {
      ssm()
          .deleteParameter(
              request -> request.name(root + name).overrideConfiguration(AwsClients.by(deadline)));
      return true;
    } catch (ParameterNotFoundException _) {
      return false;
    }
  }

  private GetParametersByPathResponse page(String folder, String token, Deadline deadline) {
    return ssm()
        .getParametersByPath(
            request ->
                request
                    .path(root + folder)
                    .withDecryption(true)
                    .maxResults(10)
                    .nextToken(token)
                    .overrideConfiguration(AwsClients.by(deadline)));
  }

  private void put(
      String name, String value, ParameterType type, boolean overwrite, Deadline deadline) {
    ssm()
        .putParameter(
            request ->
                request
                    .name(root + name)
                    .value(value)
                    .type(type)
                    .overwrite(overwrite)
                    .overrideConfiguration(AwsClients.by(deadline)));
  }

  private SsmClient ssm() {
    return clients.ssm();
  }
}
