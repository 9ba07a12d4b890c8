package org.dbtbastion.report;

import static org.dbtbastion.report.Stage.BASTION_DNS;
import static org.dbtbastion.report.Stage.BASTION_TCP;
import static org.dbtbastion.report.Stage.CREDENTIALS;
import static org.dbtbastion.report.Stage.DNS;
import static org.dbtbastion.report.Stage.FORWARD;
import static org.dbtbastion.report.Stage.GRANTS;
import static org.dbtbastion.report.Stage.HOST_KEY;
import static org.dbtbastion.report.Stage.LOGIN;
import static org.dbtbastion.report.Stage.QUERY;
import static org.dbtbastion.report.Stage.SSH_AUTH;
import static org.dbtbastion.report.Stage.TCP;
import static org.dbtbastion.report.Stage.TLS;

import java.util.List;
import org.dbtbastion.text.Kebab;

/** A way from the check to the warehouse, and the stages that it has, in order. */
public enum Route {
  /** Straight from the check's own subnet. */
  DIRECT(List.of(DNS, TCP, TLS, CREDENTIALS, LOGIN, QUERY, GRANTS)),
  /** Through a bastion host, as dbt goes. */
  TUNNEL(
      List.of(
          BASTION_DNS,
          BASTION_TCP,
          HOST_KEY,
          SSH_AUTH,
          FORWARD,
          TLS,
          CREDENTIALS,
          LOGIN,
          QUERY,
          GRANTS));

  private final List<Stage> stages;

  Route(List<Stage> stages) {
    this.stages = stages;
  }

  /** The stages that every check has, in the order in which they run. */
  public List<Stage> stages() {
    return stages;
  }

  /** The name in requests and reports, such as {@code direct}. */
  public String id() {
    return Kebab.of(this);
  }
}
