package org.dbtbastion.infra.checks;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.infra.configuration.DeclaredConnection;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.warehouse.Warehouse;

/**
 * The connections that are checked.
 *
 * @param connections one or more; their names differ
 * @param workgroupArns the ARNs of the workgroups among their warehouses, by the warehouses' names;
 *     those that are not known are left out
 */
public record CheckedConnections(List<Connection> connections, Map<String, String> workgroupArns) {

  public CheckedConnections {
    connections = List.copyOf(connections);
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
        warehouses.stream()
            .filter(warehouse -> warehouse.workgroupArn().isPresent())
            .collect(
                Collectors.toMap(
                    Warehouse::name, warehouse -> warehouse.workgroupArn().orElseThrow())));
  }

  /** The names of the connections. */
  public List<String> names() {
    return connections.stream().map(Connection::name).toList();
  }
}
