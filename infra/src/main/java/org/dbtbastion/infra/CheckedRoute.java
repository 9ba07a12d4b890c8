package org.dbtbastion.infra;

import java.util.List;

/** A way from the connection check to the warehouse, as its metrics name it and its stages. */
enum CheckedRoute {
  DIRECT(
      "direct",
      "from the check's own subnet to the warehouse",
      List.of("Dns", "Tcp", "Tls", "Credentials", "Login", "Query")),
  TUNNEL(
      "tunnel",
      "through the bastion, as dbt goes",
      List.of(
          "BastionDns",
          "BastionTcp",
          "HostKey",
          "SshAuth",
          "Forward",
          "Tls",
          "Credentials",
          "Login",
          "Query"));

  private final String id;
  private final String meaning;
  private final List<String> stages;

  CheckedRoute(String id, String meaning, List<String> stages) {
    this.id = id;
    this.meaning = meaning;
    this.stages = stages;
  }

  /** Its value in the dimension {@link MetricNames#ROUTE}, and for {@code scripts/check}. */
  String id() {
    return id;
  }

  /** Which way that is, for people. */
  String meaning() {
    return meaning;
  }

  /** The stages in the order in which they run, as the names of their metrics begin. */
  List<String> stages() {
    return stages;
  }
}
