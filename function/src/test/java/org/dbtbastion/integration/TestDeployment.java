package org.dbtbastion.integration;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.credentials.CredentialsSource;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.deployment.Deployment;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.standins.ssh.BastionSshd;
import org.dbtbastion.standins.ssh.SshKeys;

/** A deployment of one host, 127.0.0.1, that has had time to boot. */
record TestDeployment(BastionSshd bastion, SshKeys checkKey) implements Deployment {

  /** The id of its host. */
  static final String HOST = "i-1";

  @Override
  public List<Connection> connections(Deadline deadline) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Attempt<List<BastionHost>> hosts(Deadline deadline) {
    return new Attempt.Passed<>(
        List.of(
            new BastionHost(
                HOST, "127.0.0.1", Optional.empty(), Instant.now().minus(Duration.ofHours(1)))),
        "");
  }

  @Override
  public Attempt<List<HostKeyPin>> hostKeys(Deadline deadline) {
    return new Attempt.Passed<>(
        bastion.hostKeys().stream()
            .map(line -> line.split(" "))
            .map(parts -> new HostKeyPin(parts[0], parts[1]))
            .toList(),
        "");
  }

  @Override
  public Attempt<SshIdentity> checkKey(Deadline deadline) {
    return new Attempt.Passed<>(new SshIdentity(checkKey.privateKeyText()), "");
  }

  /** The user's name and password, whatever secret is asked for; of no other kind any. */
  static CredentialsSource credentials(String user, String password) {
    return new CredentialsSource(
        (secret, fields, deadline) ->
            new Attempt.Passed<>(Map.of("username", user, "password", password), ""),
        new CredentialsSource.TemporaryPasswords() {
          @Override
          public Attempt<Credentials> forUser(
              Authentication.Iam iam, String database, Deadline deadline) {
            throw new UnsupportedOperationException();
          }

          @Override
          public Attempt<Credentials> forRole(
              Authentication.IamRole role, String database, Deadline deadline) {
            throw new UnsupportedOperationException();
          }
        },
        (where, clientId, clientSecret, deadline) -> {
          throw new UnsupportedOperationException();
        });
  }
}
