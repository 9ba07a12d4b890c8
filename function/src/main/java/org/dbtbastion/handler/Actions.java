package org.dbtbastion.handler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.dbtbastion.check.Connection;
import org.dbtbastion.check.ConnectionCheck;
import org.dbtbastion.check.Deployment;
import org.dbtbastion.check.Report;
import org.dbtbastion.dbt.Profile;
import org.dbtbastion.dbt.Tunnel;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.keys.CheckKeyRenewal;
import org.dbtbastion.keys.KeyRegistry;
import org.dbtbastion.keys.Registration;
import org.dbtbastion.keys.Revocation;
import org.dbtbastion.metrics.EmbeddedMetrics;
import org.dbtbastion.wire.Fields;
import org.dbtbastion.wire.Problem;

/** Carries requests out. Safe for use by several threads. */
final class Actions {

  /** A function without a way to AWS should say so soon. */
  private static final Duration READ_LIMIT = Duration.ofSeconds(10);

  private final KeyRegistry keys;
  private final CheckKeyRenewal renewal;
  private final Deployment deployment;
  private final ConnectionCheck check;
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
      EmbeddedMetrics metrics,
      Optional<Tunnel> tunnel,
      Supplier<String> region) {
    this.keys = keys;
    this.renewal = renewal;
    this.deployment = deployment;
    this.check = check;
    this.metrics = metrics;
    this.tunnel = tunnel;
    this.region = region;
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
    List<Connection> connections = deployment.connections(deadline.within(READ_LIMIT));
    if (wanted.connections().isPresent()) {
      connections = chosen(connections, "connections", wanted.connections().get());
    }
    Report report = check.check(connections, wanted.routes(), deadline);
    metrics.checked(report);
    if (wanted.failOnError() && !report.ok()) {
      throw new CheckFailed(report);
    }
    return Answers.of(report);
  }

  private ObjectNode dbtSettings(Optional<String> connection, Deadline deadline) {
    Deadline soon = deadline.within(READ_LIMIT);
    List<Connection> connections = deployment.connections(soon);
    if (connection.isPresent()) {
      connections = chosen(connections, "connection", Set.of(connection.get()));
    }
    return DbtSettingsAnswer.of(
        connections.stream().map(each -> new Profile(each, region.get())).toList(),
        tunnel.orElseThrow(
            () -> new IllegalStateException("DBT_BASTION_TUNNEL_HOST is not set: deploy again")),
        keys.list(soon));
  }

  private static List<Connection> chosen(
      List<Connection> connections, String field, Set<String> names) {
    String known = connections.stream().map(Connection::name).collect(Collectors.joining(", "));
    List<Problem> problems = new ArrayList<>();
    for (String name : new TreeSet<>(names)) {
      if (connections.stream().noneMatch(connection -> connection.name().equals(name))) {
        problems.add(
            new Problem(
                field,
                "connection-unknown",
                "There is no connection " + Fields.quoted(name) + ".",
                "Use one or more of: " + known + "."));
      }
    }
    if (!problems.isEmpty()) {
      throw new RequestRefused(problems);
    }
    return connections.stream().filter(connection -> names.contains(connection.name())).toList();
  }
}
