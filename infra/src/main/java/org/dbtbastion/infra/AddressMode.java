package org.dbtbastion.infra;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** How dbt finds the hosts. */
enum AddressMode {
  /** One host, which holds an Elastic IP; a newcomer takes it over when it is ready. */
  ELASTIC_IP("elastic-ip", 1, 1, 1),

  /** Several hosts behind a Network Load Balancer with an Elastic IP in each zone. */
  NETWORK_LOAD_BALANCER("network-load-balancer", 2, 2, 10);

  private final String id;
  private final int defaultHosts;
  private final int fewestHosts;
  private final int mostHosts;

  AddressMode(String id, int defaultHosts, int fewestHosts, int mostHosts) {
    this.id = id;
    this.defaultHosts = defaultHosts;
    this.fewestHosts = fewestHosts;
    this.mostHosts = mostHosts;
  }

  /** As users and host files write it. */
  String id() {
    return id;
  }

  int defaultHosts() {
    return defaultHosts;
  }

  int fewestHosts() {
    return fewestHosts;
  }

  int mostHosts() {
    return mostHosts;
  }

  static Optional<AddressMode> byId(String id) {
    return Arrays.stream(values()).filter(mode -> mode.id.equals(id)).findFirst();
  }

  /** All ids, for messages. */
  static String ids() {
    return Arrays.stream(values()).map(AddressMode::id).collect(Collectors.joining(", "));
  }
}
