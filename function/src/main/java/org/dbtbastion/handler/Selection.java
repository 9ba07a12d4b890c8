package org.dbtbastion.handler;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.problem.Problem;
import org.dbtbastion.problem.Problems;
import org.dbtbastion.report.Report;
import org.dbtbastion.wire.ConnectionFields;
import org.dbtbastion.wire.Fields;

/**
 * Which connections a check is about: deployed ones, and ones that the request describes itself.
 *
 * <p>A described connection may only use the endpoint and the secret of deployed ones. Otherwise a
 * caller who may run checks could have secrets sent to a server of their own.
 *
 * @param names of deployed ones; empty for all, where none is described either
 * @param described those that the request brings; their names differ
 */
record Selection(Set<String> names, List<Connection> described) {

  /** All that are deployed. */
  static final Selection ALL = new Selection(Set.of(), List.of());

  private static final String FIELD = "connections";

  Selection {
    names = Set.copyOf(names);
    described = List.copyOf(described);
  }

  /** Reads the field {@code connections}: names, descriptions, or both; all, if it is not there. */
  static Selection read(Fields fields) {
    if (!fields.has(FIELD)) {
      return ALL;
    }
    Set<String> names = new LinkedHashSet<>();
    Set<String> described = new HashSet<>();
    List<Connection> connections = new ArrayList<>();
    int length =
        fields
            .required(
                FIELD,
                node -> node.isArray() && !node.isEmpty(),
                "a list of names, or of descriptions")
            .map(JsonNode::size)
            .orElse(0);
    for (int i = 0; i < length; i++) {
      switch (fields.element(FIELD, i, "a name or a description")) {
        case Fields.Element.Text(String name) -> names.add(name);
        case Fields.Element.Whole(Fields description) ->
            described(description, described).ifPresent(connections::add);
        case Fields.Element.Wrong() -> {}
      }
    }
    return new Selection(names, connections);
  }

  private static Optional<Connection> described(Fields fields, Set<String> names) {
    Optional<String> name = ConnectionFields.name(fields);
    if (name.isPresent() && !names.add(name.get())) {
      fields.problem(
          "name", "name-taken", "There are two connections of this name.", "Choose another.");
    }
    Optional<Connection> connection = ConnectionFields.read(name.orElse(""), fields);
    fields.refuseOthers("a connection");
    return connection;
  }

  /**
   * The connections to check.
   *
   * @throws RequestRefused with all that is wrong, if there is no such connection, or if a
   *     described one may not be
   */
  List<Connection> of(List<Connection> deployed) {
    if (equals(ALL)) {
      return deployed;
    }
    Problems<Problem> problems = new Problems<>();
    for (String name : new TreeSet<>(names)) {
      if (deployed.stream().noneMatch(connection -> connection.name().equals(name))) {
        problems.add(unknown(FIELD, name, deployed));
      }
    }
    for (Connection connection : described) {
      judge(connection, deployed, problems);
    }
    problems.throwIfAny(RequestRefused::new);
    List<Connection> chosen = new ArrayList<>();
    deployed.stream().filter(connection -> names.contains(connection.name())).forEach(chosen::add);
    chosen.addAll(described);
    return chosen;
  }

  /** There is no connection of this name among the deployed ones. */
  static Problem unknown(String field, String name, List<Connection> deployed) {
    return new Problem(
        field,
        "connection-unknown",
        "There is no connection " + Fields.quoted(name) + ".",
        deployed.stream()
            .map(Connection::name)
            .collect(Collectors.joining(", ", "Use one or more of: ", ".")));
  }

  /** Without what came of described ones: alarms and dashboards are about deployed ones. */
  Report ofDeployed(Report report) {
    Set<String> left = described.stream().map(Connection::name).collect(Collectors.toSet());
    return left.isEmpty()
        ? report
        : new Report(
            report.took(),
            report.results().stream()
                .filter(result -> !left.contains(result.connection()))
                .toList());
  }

  private static void judge(
      Connection connection, List<Connection> deployed, Problems<Problem> problems) {
    Judge of = new Judge(FIELD + " " + connection.name(), deployed, problems);
    if (deployed.stream().anyMatch(other -> other.name().equals(connection.name()))) {
      of.add(
          "name-taken",
          "A deployed connection has this name.",
          "Choose another name, or send the name alone to check that one.");
    }
    of.refuseOthers(
        "host-not-deployed",
        "The bastion of this deployment does not lead to "
            + Fields.quoted(endpoint(connection))
            + ".",
        endpoint(connection),
        other -> Optional.of(endpoint(other)));
    connection
        .authentication()
        .flatMap(Authentication::secretId)
        .ifPresent(
            secret ->
                of.refuseOthers(
                    "secret-not-deployed",
                    "No deployed connection reads the secret " + Fields.quoted(secret) + ".",
                    secret,
                    other -> other.authentication().flatMap(Authentication::secretId)));
    tokenEndpoint(connection)
        .ifPresent(
            url ->
                of.refuseOthers(
                    "token-endpoint-not-deployed",
                    "No deployed connection asks " + Fields.quoted(url) + " for tokens.",
                    url,
                    Selection::tokenEndpoint));
  }

  private static String endpoint(Connection connection) {
    return connection.host() + ":" + connection.port();
  }

  private static Optional<String> tokenEndpoint(Connection connection) {
    return connection.authentication().orElse(null) instanceof Authentication.IdentityCenter where
        ? Optional.of(where.requestUrl().toString())
        : Optional.empty();
  }

  /** Judges one connection. */
  private record Judge(String field, List<Connection> deployed, Problems<Problem> all) {

    void add(String code, String message, String remedy) {
      all.add(new Problem(field, code, message, remedy));
    }

    /** What no deployed connection has. */
    void refuseOthers(
        String code, String message, String value, Function<Connection, Optional<String>> part) {
      Set<String> allowed =
          deployed.stream()
              .flatMap(connection -> part.apply(connection).stream())
              .collect(Collectors.toCollection(TreeSet::new));
      if (!allowed.contains(value)) {
        add(
            code,
            message,
            allowed.isEmpty()
                ? "Deploy a connection with it first, by the context key connections."
                : "Use one of: "
                    + String.join(", ", allowed)
                    + "; or deploy a connection with it.");
      }
    }
  }
}
