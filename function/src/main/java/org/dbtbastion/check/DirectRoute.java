package org.dbtbastion.check;

import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.Stage;
import org.dbtbastion.socket.Dns;
import org.dbtbastion.socket.Tcp;

/** Checks connections straight from the check's own subnet. Thread-safe. */
final class DirectRoute {

  private final StagesFactory factory;
  private final Dns dns;
  private final WarehouseStages warehouse;

  DirectRoute(StagesFactory factory, Dns dns, WarehouseStages warehouse) {
    this.factory = factory;
    this.dns = dns;
    this.warehouse = warehouse;
  }

  RouteResult check(Connection connection, Deadline deadline) {
    Stages stages = factory.stages(connection, Optional.empty(), deadline);
    resolve(stages, connection)
        .flatMap(addresses -> connect(stages, connection, addresses))
        .ifPresent(socket -> goOn(stages, connection, socket));
    return new RouteResult(
        connection.name(), Route.DIRECT, Optional.empty(), stages.results(Route.DIRECT.stages()));
  }

  private Optional<List<InetAddress>> resolve(Stages stages, Connection connection) {
    return stages.run(
        Stage.DNS,
        Code.DNS_TIMEOUT,
        _ -> dns.resolvePrivate(connection.host(), Code.NAME_NOT_FOUND));
  }

  private static Optional<Socket> connect(
      Stages stages, Connection connection, List<InetAddress> addresses) {
    return stages.run(
        Stage.TCP,
        Code.TCP_TIMEOUT,
        deadline ->
            Tcp.connect(
                addresses, connection.port(), Code.TCP_REFUSED, Code.TCP_TIMEOUT, deadline));
  }

  private void goOn(Stages stages, Connection connection, Socket socket) {
    InetAddress address = socket.getInetAddress();
    warehouse.run(
        stages,
        Route.DIRECT,
        connection,
        socket,
        () -> new Socket(address, connection.port()),
        _ -> {});
  }
}
