package org.dbtbastion.audit;

import java.time.Duration;
import java.util.Optional;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.network.Described;
import org.dbtbastion.network.NetworkLoadBalancer;

/** What is wrong with the load balancer that leads to the bastion's hosts. Not thread-safe. */
final class LoadBalancerAnalysis {

  /** Twice the keep-alive interval of dbt and sshd: with less, one late message ends a tunnel. */
  private static final Duration LEAST_IDLE_TIMEOUT = Duration.ofSeconds(60);

  private final DeployedResources resources;
  private final SnapshotView view;
  private final Optional<String> hostId;
  private final String targetGroup;

  /**
   * @param targetGroup the ARN of the target group that the hosts are in
   */
  LoadBalancerAnalysis(AuditedRoute route, String targetGroup) {
    this.resources = route.resources();
    this.view = route.view();
    this.hostId = route.hostId();
    this.targetGroup = targetGroup;
  }

  void analyze() {
    switch (view.snapshot().loadBalancer()) {
      case Described.Known<NetworkLoadBalancer>(var balancer) -> {
        state(balancer);
        listener(balancer);
        target(balancer);
      }
      case Described.Missing<NetworkLoadBalancer> _ ->
          view.add(
              Cause.BALANCER_MISSING,
              targetGroup,
              "no load balancer leads to the target group of bastion %s"
                  .formatted(resources.bastion()),
              BastionAnalysis.DEPLOY_AGAIN);
      case Described.Unreadable<NetworkLoadBalancer> unreadable -> view.addUnreadable(unreadable);
    }
  }

  private void state(NetworkLoadBalancer balancer) {
    if (!balancer.state().equals("active")) {
      view.add(
          Cause.BALANCER_NOT_ACTIVE,
          balancer.name(),
          "load balancer %s is %s".formatted(balancer.name(), balancer.state()),
          // Source: the Elastic Load Balancing API reference, "LoadBalancerState".
          balancer.state().equals("failed")
              ? BastionAnalysis.DEPLOY_AGAIN
              : "Wait for it: aws elbv2 wait load-balancer-available --load-balancer-arns "
                  + balancer.arn());
    }
  }

  private void listener(NetworkLoadBalancer balancer) {
    Optional<NetworkLoadBalancer.Listener> listener =
        balancer.listeners().stream().filter(each -> each.port() == resources.port()).findFirst();
    if (listener.isEmpty()) {
      view.add(
          Cause.LISTENER_MISSING,
          balancer.name(),
          "load balancer %s does not listen on tcp/%d".formatted(balancer.name(), resources.port()),
          "aws elbv2 create-listener --load-balancer-arn %s --protocol TCP --port %d"
                  .formatted(balancer.arn(), resources.port())
              + " --default-actions Type=forward,TargetGroupArn="
              + targetGroup);
    }
    listener
        .flatMap(NetworkLoadBalancer.Listener::idleTimeout)
        .filter(timeout -> timeout.compareTo(LEAST_IDLE_TIMEOUT) <= 0)
        .ifPresent(
            timeout ->
                view.add(
                    Cause.IDLE_TIMEOUT_SHORT,
                    balancer.name(),
                    "load balancer %s drops connections that are idle for %d s, and dbt speaks"
                            .formatted(balancer.name(), timeout.toSeconds())
                        + " every 30 s",
                    "aws elbv2 modify-listener-attributes --listener-arn %s --attributes"
                            .formatted(listener.get().arn())
                        + " Key=tcp.idle_timeout.seconds,Value=6000"));
  }

  private void target(NetworkLoadBalancer balancer) {
    hostId
        .filter(id -> !"healthy".equals(balancer.targets().get(id)))
        .ifPresent(
            id ->
                view.add(
                    Cause.TARGET_NOT_HEALTHY,
                    id,
                    "load balancer %s sends no connections to bastion host %s: %s"
                        .formatted(
                            balancer.name(),
                            id,
                            balancer.targets().getOrDefault(id, "it is not registered")),
                    balancer.targets().containsKey(id)
                        ? BastionAnalysis.replace(id)
                        : "aws elbv2 register-targets --target-group-arn %s --targets Id=%s"
                            .formatted(targetGroup, id)));
  }
}
