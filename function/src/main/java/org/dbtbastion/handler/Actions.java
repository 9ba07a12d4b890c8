package org.dbtbastion.handler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.dbtbastion.check.Connection;
import org.dbtbastion.check.ConnectionCheck;
import org.dbtbastion.check.Deployment;
import org.dbtbastion.check.Report;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.keys.CheckKeyRenewal;
import org.dbtbastion.keys.KeyRegistry;
import org.dbtbastion.keys.Registration;
import org.dbtbastion.keys.Revocation;
import org.dbtbastion.metrics.EmbeddedMetrics;

/** Carries requests out. Safe for use by several threads. */
final class Actions {

  /** A function without a way to AWS should say so soon. */
  private static final Duration READ_LIMIT = Duration.ofSeconds(10);

  private final KeyRegistry keys;
  private final CheckKeyRenewal renewal;
  private final Deployment deployment;
  private final ConnectionCheck check;
  private final EmbeddedMetrics metrics;
  private final RequestReader reader;

  Actions(
      Set<Action> offered,
      KeyRegistry keys,
      CheckKeyRenewal renewal,
      Deployment deployment,
      ConnectionCheck check,
      EmbeddedMetrics metrics) {
    this.keys = keys;
    this.renewal = renewal;
    this.deployment = deployment;
    this.check = check;
    this.metrics = metrics;
    this.reader = new RequestReader(offered, keys::refusalOf);
  }

  RequestReader reader() {
    return reader;
  }

  /**
   * Carries a request out.
   *
   * @throws FunctionError if that cannot be done, or failed and the request wants it so
   */
  ObjectNode answer(Request request, Deadline deadline) throws InterruptedException {
    return switch (request) {
      case Request.RegisterKey(var publicKey, var label, var expiresAt) ->
          switch (keys.register(publicKey, label, expiresAt, deadline)) {
            case Registration.Registered registered -> answer(registered);
            case Registration.Refused refused ->
                throw new RequestRefused(List.of(RequestReader.problem(refused)));
          };
      case Request.RevokeKey(var fingerprint) -> answer(keys.revoke(fingerprint, deadline));
      case Request.ListKeys() -> Answers.of(keys.list(deadline));
      case Request.RenewCheckKey() -> answer(renewal.renew(deadline));
      case Request.Check wanted -> check(wanted, deadline);
    };
  }

  private ObjectNode answer(Registration.Registered registered) {
    metrics.pushed(registered.hosts());
    return Answers.of(registered);
  }

  private ObjectNode answer(Revocation revocation) {
    metrics.pushed(revocation.hosts());
    return Answers.of(revocation);
  }

  private ObjectNode check(Request.Check wanted, Deadline deadline) throws InterruptedException {
    List<Connection> connections =
        wanted.connections().of(deployment.connections(deadline.within(READ_LIMIT)));
    Report report = check.check(connections, wanted.routes(), deadline);
    metrics.checked(wanted.connections().ofDeployed(report));
    if (wanted.failOnError() && !report.ok()) {
      throw new CheckFailed(report);
    }
    return Answers.of(report);
  }
}
