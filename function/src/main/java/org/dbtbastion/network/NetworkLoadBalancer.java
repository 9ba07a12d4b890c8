package org.dbtbastion.network;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * A Network Load Balancer.
 *
 * @param arn its ARN
 * @param state as Elastic Load Balancing calls it, such as {@code active}
 * @param subnets where it stands, one in each zone
 * @param listeners what it listens on
 * @param targets what it knows of its hosts, by instance id: {@code healthy}, or why not
 */
public record NetworkLoadBalancer(
    String arn,
    String name,
    String state,
    Set<String> groups,
    List<String> subnets,
    List<Listener> listeners,
    Map<String, String> targets) {

  public NetworkLoadBalancer {
    Objects.requireNonNull(arn, "arn");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(state, "state");
    groups = Set.copyOf(groups);
    subnets = List.copyOf(subnets);
    listeners = List.copyOf(listeners);
    targets = Map.copyOf(targets);
  }

  /**
   * What it listens on.
   *
   * @param idleTimeout after which it forgets a silent connection; empty if it does not say
   */
  public record Listener(String arn, int port, Optional<Duration> idleTimeout) {

    public Listener {
      Objects.requireNonNull(arn, "arn");
      Objects.requireNonNull(idleTimeout, "idleTimeout");
    }
  }
}
