package org.dbtbastion.aws.snapshot;

import static java.util.stream.Collectors.toMap;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.aws.AwsClients;
import org.dbtbastion.network.NetworkLoadBalancer;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.services.elasticloadbalancingv2.ElasticLoadBalancingV2Client;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.AvailabilityZone;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.Listener;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancer;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.LoadBalancerNotFoundException;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetGroupNotFoundException;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetHealth;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetHealthStateEnum;

/**
 * What Elastic Load Balancing says of the load balancer in front of the hosts. Each method is one
 * question; it throws what the SDK throws. Thread-safe.
 */
final class LoadBalancerDescriptions {

  private final AwsClients clients;

  LoadBalancerDescriptions(AwsClients clients) {
    this.clients = clients;
  }

  /** The balancer that leads to a target group. */
  Optional<NetworkLoadBalancer> balancer(
      String targetGroup, AwsRequestOverrideConfiguration inTime) {
    ElasticLoadBalancingV2Client client = clients.loadBalancing();
    try {
      List<String> arns =
          client
              .describeTargetGroups(
                  request -> request.targetGroupArns(targetGroup).overrideConfiguration(inTime))
              .targetGroups()
              .getFirst()
              .loadBalancerArns();
      if (arns.isEmpty()) {
        return Optional.empty();
      }
      LoadBalancer found =
          client
              .describeLoadBalancers(
                  request ->
                      request.loadBalancerArns(arns.getFirst()).overrideConfiguration(inTime))
              .loadBalancers()
              .getFirst();
      return Optional.of(
          new NetworkLoadBalancer(
              found.loadBalancerArn(),
              found.loadBalancerName(),
              found.state().codeAsString(),
              new HashSet<>(found.securityGroups()),
              found.availabilityZones().stream().map(AvailabilityZone::subnetId).toList(),
              listeners(found.loadBalancerArn(), inTime),
              targets(targetGroup, inTime)));
    } catch (TargetGroupNotFoundException | LoadBalancerNotFoundException _) {
      return Optional.empty();
    }
  }

  private List<NetworkLoadBalancer.Listener> listeners(
      String balancer, AwsRequestOverrideConfiguration inTime) {
    List<NetworkLoadBalancer.Listener> listeners = new ArrayList<>();
    for (Listener listener :
        clients
            .loadBalancing()
            .describeListenersPaginator(
                request -> request.loadBalancerArn(balancer).overrideConfiguration(inTime))
            .listeners()) {
      Optional<Duration> idleTimeout =
          clients
              .loadBalancing()
              .describeListenerAttributes(
                  request ->
                      request.listenerArn(listener.listenerArn()).overrideConfiguration(inTime))
              .attributes()
              .stream()
              .filter(attribute -> attribute.key().equals("tcp.idle_timeout.seconds"))
              .map(attribute -> Duration.ofSeconds(Long.parseLong(attribute.value())))
              .findFirst();
      listeners.add(
          new NetworkLoadBalancer.Listener(listener.listenerArn(), listener.port(), idleTimeout));
    }
    return listeners;
  }

  private Map<String, String> targets(String targetGroup, AwsRequestOverrideConfiguration inTime) {
    return clients
        .loadBalancing()
        .describeTargetHealth(
            request -> request.targetGroupArn(targetGroup).overrideConfiguration(inTime))
        .targetHealthDescriptions()
        .stream()
        .collect(
            toMap(
                description -> description.target().id(),
                description -> health(description.targetHealth()),
                (first, _) -> first));
  }

  private static String health(TargetHealth health) {
    return health.state() == TargetHealthStateEnum.HEALTHY || health.reason() == null
        ? health.stateAsString()
        : "%s (%s)".formatted(health.stateAsString(), health.reasonAsString());
  }
}
