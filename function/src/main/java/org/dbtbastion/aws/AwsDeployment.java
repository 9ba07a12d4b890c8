package org.dbtbastion.aws;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.deployment.Deployment;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.keys.PublicKey;
import org.dbtbastion.problem.Problem;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.wire.ConnectionFields;
import org.dbtbastion.wire.Fields;
import org.dbtbastion.wire.LenientJson;
import software.amazon.awssdk.core.exception.SdkException;

/** The deployment as it stands in Parameter Store, EC2 and Secrets Manager. */
public final class AwsDeployment implements Deployment {

  private final Parameters parameters;
  private final Hosts hosts;
  private final Optional<String> publicAddress;

  /**
   * @param publicAddress the one address that dbt connects to, which one host holds; empty where
   *     all hosts serve dbt
   */
  public AwsDeployment(Parameters parameters, Hosts hosts, Optional<String> publicAddress) {
    this.parameters = parameters;
    this.hosts = hosts;
    this.publicAddress = publicAddress;
  }

  @Override
  public List<Connection> connections(Deadline deadline) {
    List<Connection> connections = new ArrayList<>();
    for (Parameters.Entry entry : parameters.list("connections", deadline)) {
      connections.add(connection(entry));
    }
    return connections;
  }

  @Override
  public Attempt<List<BastionHost>> hosts(Deadline deadline) {
    return answered(
        () -> {
          List<BastionHost> running = hosts.running(deadline);
          if (running.isEmpty()) {
            return new Attempt.Failed<>(Code.BASTION_NOT_FOUND, "no running instance has the tag");
          }
          // A host that is booting or about to terminate does not serve dbt, and does not matter to
          // it.
          List<BastionHost> serving = running.stream().filter(this::serves).toList();
          return serving.isEmpty()
              ? new Attempt.Failed<>(
                  Code.ADDRESS_NOT_CLAIMED,
                  publicAddress.orElseThrow() + " belongs to none of " + ids(running))
              : new Attempt.Passed<>(serving, serving.size() + " running");
        });
  }

  private boolean serves(BastionHost host) {
    return publicAddress.isEmpty() || host.publicAddress().equals(publicAddress);
  }

  private static String ids(List<BastionHost> hosts) {
    return hosts.stream().map(BastionHost::id).collect(Collectors.joining(", "));
  }

  @Override
  public Attempt<List<HostKeyPin>> hostKeys(Deadline deadline) {
    return answered(
        () -> {
          List<HostKeyPin> pins = new ArrayList<>();
          for (String name : List.of("ed25519.pub", "rsa.pub")) {
            Optional<String> stored =
                parameters.find("host-keys/" + name, deadline).map(Parameters.Entry::value);
            if (stored.isEmpty()) {
              continue;
            }
            switch (PublicKey.parse(stored.get())) {
              case PublicKey.Parsed.Accepted(PublicKey key, String _) -> pins.add(pin(key));
              case PublicKey.Parsed.Refused _ -> {
                return new Attempt.Failed<>(
                    Code.HOST_KEY_NOT_PINNED,
                    parameters.fullName("host-keys/" + name) + " is no public key");
              }
            }
          }
          return pins.isEmpty()
              ? new Attempt.Failed<>(
                  Code.HOST_KEY_NOT_PINNED, "nothing below " + parameters.fullName("host-keys"))
              : new Attempt.Passed<>(pins, pins.size() + " pinned");
        });
  }

  @Override
  public Attempt<SshIdentity> checkKey(Deadline deadline) {
    return answered(
        () ->
            parameters
                .find(CheckKey.PARAMETER, deadline)
                .map(Parameters.Entry::value)
                .<Attempt<SshIdentity>>map(
                    key -> new Attempt.Passed<>(new SshIdentity(key), "found"))
                .orElseGet(
                    () ->
                        new Attempt.Failed<>(
                            Code.CHECK_KEY_MISSING,
                            "there is no " + parameters.fullName(CheckKey.PARAMETER))));
  }

  private static HostKeyPin pin(PublicKey key) {
    String[] parts = key.openSshLine().split(" ");
    return new HostKeyPin(parts[0], parts[1]);
  }

  private Connection connection(Parameters.Entry entry) {
    Fields fields = new Fields(LenientJson.read(entry.value()));
    Optional<Connection> connection = ConnectionFields.read(entry.name(), fields);
    fields.refuseOthers("a connection");
    if (!fields.problems().isEmpty()) {
      throw new IllegalStateException(
          "The parameter %s does not describe a connection: deploy the stack again.%n%s"
              .formatted(
                  parameters.fullName("connections/" + entry.name()),
                  fields.problems().stream()
                      .map(Problem::toString)
                      .collect(Collectors.joining("\n"))));
    }
    return connection.orElseThrow();
  }

  private static <T> Attempt<T> answered(Supplier<Attempt<T>> call) {
    try {
      return call.get();
    } catch (SdkException e) {
      return new Attempt.Failed<>(Code.AWS_FAILED, AwsErrors.text(e));
    }
  }
}
