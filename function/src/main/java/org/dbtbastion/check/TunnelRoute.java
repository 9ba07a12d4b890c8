package org.dbtbastion.check;

import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.Stage;

/** Checks connections through a bastion host, as dbt goes. Thread-safe. */
final class TunnelRoute {

  private final StagesFactory factory;
  private final TunnelLogin login;
  private final WarehouseStages warehouse;
  private final Optional<Duration> hold;
  private final List<Stage> all;

  /**
   * @param hold for how long each tunnel is kept idle after its other stages; empty for not at all
   */
  TunnelRoute(
      StagesFactory factory,
      TunnelLogin login,
      WarehouseStages warehouse,
      Optional<Duration> hold) {
    this.login = login;
    this.warehouse = warehouse;
    this.hold = hold;
    this.all = new ArrayList<>(Route.TUNNEL.stages());
    if (hold.isPresent()) {
      all.add(Stage.HOLD);
      this.factory =
          factory.within(
              stage ->
                  stage == Stage.HOLD
                      ? factory.limits().apply(stage).plus(hold.get())
                      : factory.limits().apply(stage));
    } else {
      this.factory = factory;
    }
  }

  /**
   * @param host a failure, if none was found
   */
  RouteResult check(Connection connection, Attempt<BastionHost> host, Deadline deadline) {
    Stages stages = factory.stages(connection, host.toOptional(), deadline);
    login.run(stages, host, tunnel -> forward(stages, connection, tunnel));
    return new RouteResult(
        connection.name(),
        Route.TUNNEL,
        host.toOptional().map(BastionHost::id),
        stages.results(all));
  }

  private void forward(Stages stages, Connection connection, Ssh.Tunnel tunnel) {
    Optional<Socket> forwarded =
        stages.run(
            Stage.FORWARD,
            Code.FORWARD_TIMEOUT,
            _ -> tunnel.forward(connection.host(), connection.port()));
    if (forwarded.isEmpty()) {
      return;
    }
    TunnelDialer dialer = new TunnelDialer(tunnel, connection);
    warehouse.run(
        stages,
        Route.TUNNEL,
        connection,
        forwarded.get(),
        dialer,
        session ->
            hold.ifPresent(length -> hold(stages, tunnel, session.map(dialer::held), length)));
  }

  private static void hold(
      Stages stages, Ssh.Tunnel tunnel, Optional<Hold.Held> held, Duration length) {
    stages.run(Stage.HOLD, Code.TUNNEL_SILENT, deadline -> Hold.of(tunnel, held, length, deadline));
  }
}
