package org.dbtbastion.aws;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.dbtbastion.check.Attempt;
import org.dbtbastion.check.BastionHost;
import org.dbtbastion.check.Code;
import org.dbtbastion.check.Connection;
import org.dbtbastion.check.Credentials;
import org.dbtbastion.check.Deployment;
import org.dbtbastion.check.HostKeyPin;
import org.dbtbastion.check.SshIdentity;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.keys.PublicKey;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.secretsmanager.model.DecryptionFailureException;
import software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException;
import software.amazon.awssdk.services.secretsmanager.model.SecretsManagerException;

/** The deployment as it stands in Parameter Store, EC2 and Secrets Manager. */
public final class AwsDeployment implements Deployment {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final AwsClients clients;
  private final Parameters parameters;
  private final Hosts hosts;
  private final Optional<String> publicAddress;

  /**
   * @param clients for Secrets Manager
   * @param publicAddress the one address that dbt connects to, which one host holds; empty where
   *     all hosts serve dbt
   */
  public AwsDeployment(
      AwsClients clients, Parameters parameters, Hosts hosts, Optional<String> publicAddress) {
    this.clients = clients;
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
          // One that is booting or about to end does not serve dbt, and is not dbt's trouble.
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

  @Override
  public Attempt<Credentials> credentials(String secret, Deadline deadline) {
    try {
      String value =
          clients
              .secretsManager()
              .getSecretValue(
                  request ->
                      request.secretId(secret).overrideConfiguration(AwsClients.by(deadline)))
              .secretString();
      return credentials(value);
    } catch (ResourceNotFoundException _) {
      return new Attempt.Failed<>(Code.SECRET_MISSING, "there is no secret " + secret);
    } catch (DecryptionFailureException e) {
      return new Attempt.Failed<>(Code.SECRET_UNREADABLE, AwsErrors.text(e));
    } catch (SecretsManagerException e) {
      return new Attempt.Failed<>(
          AwsErrors.isDenied(e) ? Code.SECRET_UNREADABLE : Code.CREDENTIALS_FAILED,
          AwsErrors.text(e));
    } catch (ApiCallTimeoutException _) {
      return new Attempt.Failed<>(Code.CREDENTIALS_TIMEOUT, "Secrets Manager did not answer");
    } catch (SdkException e) {
      return new Attempt.Failed<>(Code.CREDENTIALS_FAILED, AwsErrors.text(e));
    }
  }

  private static Attempt<Credentials> credentials(String value) {
    JsonNode json = json(value);
    if (!json.isObject()) {
      return new Attempt.Failed<>(Code.SECRET_MALFORMED, "the secret is not a JSON object");
    }
    List<String> missing = fieldsWithoutText(json, List.of("username", "password"));
    if (!missing.isEmpty()) {
      return new Attempt.Failed<>(
          Code.SECRET_MALFORMED, "no text in the secret's field " + String.join(", ", missing));
    }
    String user = json.path("username").textValue();
    return new Attempt.Passed<>(
        new Credentials(user, json.path("password").textValue()), "password of " + user);
  }

  private static HostKeyPin pin(PublicKey key) {
    String[] parts = key.openSshLine().split(" ");
    return new HostKeyPin(parts[0], parts[1]);
  }

  private Connection connection(Parameters.Entry entry) {
    JsonNode json = json(entry.value());
    boolean secret = json.has("secret");
    List<String> missing =
        fieldsWithoutText(
            json, secret ? List.of("host", "database", "secret") : List.of("host", "database"));
    int port = json.path("port").asInt();
    if (port < 1 || port > 65535) {
      missing.add("port");
    }
    if (!missing.isEmpty()) {
      throw new IllegalStateException(
          "The parameter %s does not describe a connection (look at %s): deploy the stack again."
              .formatted(
                  parameters.fullName("connections/" + entry.name()), String.join(", ", missing)));
    }
    return new Connection(
        entry.name(),
        json.path("host").textValue(),
        port,
        json.path("database").textValue(),
        secret ? Optional.of(json.path("secret").textValue()) : Optional.empty());
  }

  /** Nothing where it is no JSON: the parser's messages quote what they read. */
  private static JsonNode json(String text) {
    try {
      return text == null ? MissingNode.getInstance() : JSON.readTree(text);
    } catch (JsonProcessingException _) {
      return MissingNode.getInstance();
    }
  }

  private static List<String> fieldsWithoutText(JsonNode json, List<String> fields) {
    List<String> without = new ArrayList<>();
    for (String field : fields) {
      if (!json.path(field).isTextual() || json.path(field).textValue().isBlank()) {
        without.add(field);
      }
    }
    return without;
  }

  private static <T> Attempt<T> answered(Supplier<Attempt<T>> call) {
    try {
      return call.get();
    } catch (SdkException e) {
      return new Attempt.Failed<>(Code.AWS_FAILED, AwsErrors.text(e));
    }
  }
}
