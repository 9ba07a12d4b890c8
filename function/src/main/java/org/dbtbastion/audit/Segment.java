package org.dbtbastion.audit;

import java.util.EnumSet;
import java.util.Set;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.Stage;
import org.dbtbastion.report.StageResult;

/** A part of a route, from one endpoint to the next. */
enum Segment {
  CHECK_TO_WAREHOUSE,
  CHECK_TO_BASTION,
  DBT_TO_BASTION,
  BASTION_TO_WAREHOUSE;

  /** Codes whose cause may lie in the network; of the others the check knows more than AWS. */
  private static final Set<Code> OF_THE_NETWORK =
      EnumSet.of(
          Code.BASTION_NOT_FOUND,
          Code.ADDRESS_NOT_CLAIMED,
          Code.BASTION_NAME_NOT_FOUND,
          Code.BASTION_REFUSED,
          Code.BASTION_TIMEOUT,
          Code.SSH_BANNER_TIMEOUT,
          Code.SSH_CLOSED,
          Code.SSH_KEY_EXCHANGE_TIMEOUT,
          Code.TARGET_UNREACHABLE,
          Code.FORWARD_TIMEOUT,
          Code.NAME_NOT_FOUND,
          Code.DNS_TIMEOUT,
          Code.TCP_REFUSED,
          Code.TCP_TIMEOUT,
          Code.TLS_TIMEOUT,
          Code.CONNECTION_CLOSED,
          Code.TUNNEL_RESET,
          Code.TUNNEL_SILENT,
          Code.SESSION_SILENT);

  /**
   * The segments that a route's result casts doubt on; none, if no stage failed because of the
   * network.
   */
  static Set<Segment> doubtedBy(RouteResult result) {
    Set<Segment> doubted = EnumSet.noneOf(Segment.class);
    for (StageResult stage : result.stages()) {
      if (stage.outcome() instanceof StageResult.Outcome.Failed(var code, _, _)
          && OF_THE_NETWORK.contains(code)) {
        doubted.addAll(of(stage.stage(), result.route()));
      }
    }
    return doubted;
  }

  /** All segments of a route; dbt's own first one is looked at beside the check's. */
  static Set<Segment> of(Route route) {
    return switch (route) {
      case DIRECT -> EnumSet.of(CHECK_TO_WAREHOUSE);
      case TUNNEL -> EnumSet.of(CHECK_TO_BASTION, DBT_TO_BASTION, BASTION_TO_WAREHOUSE);
    };
  }

  /**
   * Where the check cannot reach the bastion, dbt's path is looked at too: it ends at the same
   * host.
   */
  private static Set<Segment> of(Stage stage, Route route) {
    return switch (stage) {
      case BASTION_DNS, BASTION_TCP, HOST_KEY -> EnumSet.of(CHECK_TO_BASTION, DBT_TO_BASTION);
      case FORWARD -> EnumSet.of(BASTION_TO_WAREHOUSE);
      case DNS, TCP -> EnumSet.of(CHECK_TO_WAREHOUSE);
      case TLS -> EnumSet.of(route == Route.DIRECT ? CHECK_TO_WAREHOUSE : BASTION_TO_WAREHOUSE);
      // Whatever drops idle tunnels may be anywhere on the path.
      case HOLD -> of(route);
      case SSH_AUTH, CREDENTIALS, LOGIN, QUERY, GRANTS -> EnumSet.noneOf(Segment.class);
    };
  }
}
