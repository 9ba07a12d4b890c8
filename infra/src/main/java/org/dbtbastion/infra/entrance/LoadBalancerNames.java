package org.dbtbastion.infra.entrance;

import java.util.Objects;

/**
 * A Network Load Balancer in front of the hosts, by the names that its metrics have.
 *
 * @param loadBalancer its full name, {@code net/NAME/ID}
 * @param targetGroup the full name of the hosts' target group, {@code targetgroup/NAME/ID}
 */
public record LoadBalancerNames(String loadBalancer, String targetGroup) {

  public LoadBalancerNames {
    Objects.requireNonNull(loadBalancer, "loadBalancer");
    Objects.requireNonNull(targetGroup, "targetGroup");
  }
}
