package org.dbtbastion.infra.configuration;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;
import org.dbtbastion.text.Kebab;

/** How dbt reaches the hosts. */
public enum AddressMode {
  /** One host, which holds an Elastic IP; a newcomer takes it over when it is ready. */
  ELASTIC_IP(1, 1),

  /** Several hosts behind a Network Load Balancer with an Elastic IP in each zone. */
  NETWORK_LOAD_BALANCER(2, 10);

  private final int fewestHosts;
  private final int mostHosts;

  AddressMode(int fewestHosts, int mostHosts) {
    this.fewestHosts = fewestHosts;
    this.mostHosts = mostHosts;
  }

  /** The name that users and host files write, such as {@code elastic-ip}. */
  public String id() {
    return Kebab.of(this);
  }

  /** The fewest hosts that there may be, and how many there are by default. */
  int fewestHosts() {
    return fewestHosts;
  }

  int mostHosts() {
    return mostHosts;
  }

  static Optional<AddressMode> byId(String id) {
    return Kebab.find(AddressMode.class, id);
  }

  /** All ids, for messages. */
  static String ids() {
    return Arrays.stream(values()).map(AddressMode::id).collect(Collectors.joining(", "));
  }
}
