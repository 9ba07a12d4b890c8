package org.dbtbastion.handler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.dbtbastion.action.Action;
import org.dbtbastion.audit.Audit;
import org.dbtbastion.audit.Finding;
import org.dbtbastion.check.ConnectionCheck;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.dbt.Profile;
import org.dbtbastion.dbt.Tunnel;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.Deployment;
import org.dbtbastion.metrics.EmbeddedMetrics;
import org.dbtbastion.registry.CheckKeyRenewal;
import org.dbtbastion.registry.KeyRegistry;
import org.dbtbastion.registry.Registration;
import org.dbtbastion.registry.Revocation;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.jboss.logging.Logger;

/** Carries requests out. Thread-safe. */
final class Actions {

  /** A function without a route to AWS should say so soon. */
  private static final Duration READ_LIMIT = Duration.ofSeconds(10);

  private static final Logger LOG = Logger.getLogger(Actions.class);

  private final Set<Action> offered;
  private final KeyRegistry keys;
  private final CheckKeyRenewal renewal;
  private final Deployment deployment;
  private final ConnectionCheck check;
  private final Audit audit;
  private final EmbeddedMetrics metrics;
  private final Optional<Tunnel> tunnel;
  private final Supplier<String> region;
  private final RequestReader reader;

  Actions(
      Set<Action> offered,
      KeyRegistry keys,
      CheckKeyRenewal renewal,
      Deployment deployment,
      ConnectionCheck check,
      Audit audit,
      EmbeddedMetrics metrics,
      Optional<Tunnel> tunnel,
      Supplier<String> region) {
    this.offered = Set.copyOf(offered);
    this.keys = keys;
    this.renewal = renewal;
    this.deployment = deployment;
    this.check = check;
    this.audit = audit;
    this.metrics = metrics;
    this.tunnel = tunnel;
    this.region = region;
    this.reader = new RequestReader(offered, keys::refusalOf);
  }

  RequestReader reader() {
    return reader;
  }

  /** Does what this function is asked most often, without an answer and metrics. */
  void prime(Deadline deadline) throws InterruptedException {
    if (offered.contains(Action.CHECK)) {
      Report report =
          check.check(deployment.connections(deadline), Set.of(Route.values()), deadline);
      Answers.of(report, Map.of());
    } else {
      Answers.of(keys.list(deadline));
    }
  }

  /**
   * Carries a request out.
   *
   * @throws FunctionError if that cannot be done, or failed and the request wants it so
   */
  ObjectNode answer(Request request, Deadline deadline) throws InterruptedException {
    metrics.called();
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
      case Request.DbtSettings(var connection) -> dbtSettings(connection, deadline);
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
    OptionFields.refuseWithoutRoom(wanted.options(), connections.size(), deadline);
    Report report = check.check(connections, wanted.routes(), wanted.options(), deadline);
    metrics.checked(wanted.connections().ofDeployed(report));
    Map<RouteResult, List<Finding>> findings =
        audit.audit(report, connections, wanted.audit(), deadline);
    CheckFailed.failures(report, findings).forEach(LOG::warn);
    if (wanted.failOnError() && !report.ok()) {
      throw new CheckFailed(report, findings);
    }
    return Answers.of(report, findings);
  }

  private ObjectNode dbtSettings(Optional<String> connection, Deadline deadline) {
    Deadline soon = deadline.within(READ_LIMIT);
    List<Connection> deployed = deployment.connections(soon);
    List<Connection> connections =
        deployed.stream()
            .filter(each -> connection.isEmpty() || each.name().equals(connection.get()))
            .toList();
    if (connection.isPresent() && connections.isEmpty()) {
      throw new RequestRefused(
          List.of(Selection.unknown("connection", connection.get(), deployed)));
    }
    return DbtSettingsAnswer.of(
        connections.stream().map(each -> new Profile(each, region.get())).toList(),
        tunnel.orElseThrow(
            () -> new IllegalStateException("DBT_BASTION_TUNNEL_HOST is not set: deploy again")),
        keys.list(soon));
  }
}
