package org.dbtbastion.handler;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.dbtbastion.check.Connection;
import org.dbtbastion.check.ConnectionCheck;
import org.dbtbastion.check.Deployment;
import org.dbtbastion.check.Options;
import org.dbtbastion.check.Report;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.keys.CheckKeyRenewal;
import org.dbtbastion.keys.KeyRegistry;
import org.dbtbastion.keys.Registration;
import org.dbtbastion.keys.Revocation;
import org.dbtbastion.metrics.EmbeddedMetrics;
import org.dbtbastion.wire.Fields;
import org.dbtbastion.wire.Problem;
import org.jboss.logging.Logger;

/** Carries requests out. Safe for use by several threads. */
final class Actions {

  /** A function without a way to AWS should say so soon. */
  private static final Duration READ_LIMIT = Duration.ofSeconds(10);

  /** What the stages before and after a hold take, where all is well, and more. */
  private static final Duration AROUND_A_HOLD = Duration.ofSeconds(30);

  private static final Logger LOG = Logger.getLogger(Actions.class);

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
      connections = chosen(connections, wanted.connections().get());
    }
    refuseWhatHasNoRoom(wanted.options(), connections, deadline);
    Report report = check.check(connections, wanted.routes(), wanted.options(), deadline);
    metrics.checked(report);
    CheckFailed.failures(report).forEach(LOG::warn);
    if (wanted.failOnError() && !report.ok()) {
      throw new CheckFailed(report);
    }
    return Answers.of(report);
  }

  private static void refuseWhatHasNoRoom(
      Options options, List<Connection> connections, Deadline deadline) {
    if (options.hold().isEmpty()) {
      return;
    }
    List<Problem> problems = new ArrayList<>();
    long wanted = options.hold().get().toSeconds();
    long left = deadline.remaining().toSeconds();
    long longest = left - AROUND_A_HOLD.toSeconds();
    if (wanted > longest) {
      problems.add(
          new Problem(
              "hold",
              "hold-too-long",
              "A hold of %d s does not fit into the %d s that the function's timeout leaves, of which the other stages need %d s."
                  .formatted(wanted, left, AROUND_A_HOLD.toSeconds()),
              longest > 0
                  ? "Hold for %d s at most, or give the function a longer timeout."
                      .formatted(longest)
                  : "Give the function a longer timeout."));
    }
    if (connections.size() > ConnectionCheck.TUNNELS_AT_ONCE) {
      problems.add(
          new Problem(
              "hold",
              "hold-too-many",
              "The tunnels of %d connections cannot be held at once.".formatted(connections.size()),
              "Name %d connections at most.".formatted(ConnectionCheck.TUNNELS_AT_ONCE)));
    }
    if (!problems.isEmpty()) {
      throw new RequestRefused(problems);
    }
  }

  private static List<Connection> chosen(List<Connection> connections, Set<String> names) {
    String known = connections.stream().map(Connection::name).collect(Collectors.joining(", "));
    List<Problem> problems = new ArrayList<>();
    for (String name : new TreeSet<>(names)) {
      if (connections.stream().noneMatch(connection -> connection.name().equals(name))) {
        problems.add(
            new Problem(
                "connections",
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
