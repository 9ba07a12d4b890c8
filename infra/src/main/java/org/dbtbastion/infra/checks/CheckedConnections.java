package org.dbtbastion.infra.checks;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.configuration.DeclaredConnection;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.warehouse.Warehouse;

/**
 * The connections that are checked.
 *
 * @param connections one or more; their names differ
 * @param serverless the names of those that lead to a Serverless workgroup
 * @param workgroupArns the ARNs of the workgroups among their warehouses, by the warehouses' names;
 *     those that are not known are left out
 */
public record CheckedConnections(
    List<Connection> connections, Set<String> serverless, Map<String, String> workgroupArns) {

  public CheckedConnections {
    connections = List.copyOf(connections);
    serverless = Set.copyOf(serverless);
    workgroupArns = Map.copyOf(workgroupArns);
  }

  /**
   * The connections as the user declares them; where there are none, one to each warehouse.
   *
   * @throws ConfigurationException if a connection does not fit its warehouse
   */
  public static CheckedConnections of(
      List<DeclaredConnection> declared, List<Warehouse> warehouses) {
    Map<String, Warehouse> byName =
        warehouses.stream().collect(Collectors.toMap(Warehouse::name, Function.identity()));
    return new CheckedConnections(
        declared.isEmpty()
            ? warehouses.stream().map(Warehouse::connection).toList()
            : declared.stream().map(each -> each.to(byName.get(each.warehouse()))).toList(),
        declared.isEmpty()
            ? warehouses.stream()
                .filter(Warehouse::isServerless)
                .map(Warehouse::name)
                .collect(Collectors.toSet())
            : declared.stream()
                .filter(each -> byName.get(each.warehouse()).isServerless())
                .map(DeclaredConnection::name)
                .collect(Collectors.toSet()),
        warehouses.stream()
            .filter(warehouse -> warehouse.workgroupArn().isPresent())
            .collect(
                Collectors.toMap(
                    Warehouse::name, warehouse -> warehouse.workgroupArn().orElseThrow())));
  }

  /** Whether a connection leads to a Serverless workgroup, which is paid for while it computes. */
  public boolean isServerless(Connection connection) {
    return serverless.contains(connection.name());
  }

  /** The longest time between two logins, where that is longer than between two checks. */
  public Optional<Duration> rarestLogins(Configuration.Checks checks) {
    return connections.stream()
        .filter(each -> each.authentication().isPresent())
        .map(each -> checks.loginInterval(isServerless(each)))
        .max(Comparator.naturalOrder())
        .filter(longest -> longest.compareTo(checks.interval()) > 0);
  }

  /** The names of the connections. */
  public List<String> names() {
    return connections.stream().map(Connection::name).toList();
  }
}
