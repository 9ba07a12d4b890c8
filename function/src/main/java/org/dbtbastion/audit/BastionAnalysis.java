package org.dbtbastion.audit;

import static java.util.stream.Collectors.joining;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.network.BastionInstance;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.network.Described;
import org.dbtbastion.network.ElasticIpAddress;

/**
 * What is wrong with the bastion's hosts, and with the Elastic IP that leads to one. Not
 * thread-safe.
 */
final class BastionAnalysis {

  static final String DEPLOY_AGAIN =
      "Destroy the stack and deploy it again (scripts/destroy, scripts/deploy), then type its output"
          + " TunnelHost into dbt; registered keys and host keys stay.";

  private final AuditedRoute route;
  private final DeployedResources resources;
  private final SnapshotView view;
  private final Optional<String> hostId;

  BastionAnalysis(AuditedRoute route) {
    this.route = route;
    this.resources = route.resources();
    this.view = route.view();
    this.hostId = route.hostId();
  }

  void analyze() {
    Optional<List<BastionInstance>> hosts = view.hosts();
    List<BastionInstance> running =
        hosts.orElse(List.of()).stream().filter(BastionInstance::running).toList();
    if (running.isEmpty()) {
      hosts.ifPresent(this::addNoHostRuns);
    }
    resources.elasticIp().ifPresent(address -> elasticIp(address, running));
    resources.targetGroup().ifPresent(arn -> new LoadBalancerAnalysis(route, arn).analyze());
    List<BastionInstance> concerned =
        running.stream()
            .filter(host -> hostId.isEmpty() || hostId.get().equals(host.id()))
            .toList();
    view.known(view.snapshot().impaired()).ifPresent(impaired -> impaired(concerned, impaired));
    view.known(view.snapshot().agents()).ifPresent(agents -> agents(concerned, agents));
  }

  private void addNoHostRuns(List<BastionInstance> hosts) {
    String group = "dbt-bastion-" + resources.bastion();
    view.add(
        Cause.NO_HOST_RUNS,
        group,
        hosts.isEmpty()
            ? "bastion %s has no host".formatted(resources.bastion())
            : hosts.stream()
                .map(host -> "bastion host %s is %s".formatted(host.id(), host.state()))
                .collect(joining(", ")),
        "See why Auto Scaling launches none: aws autoscaling describe-scaling-activities"
            + " --auto-scaling-group-name %s --max-items 5".formatted(group));
  }

  private void impaired(List<BastionInstance> hosts, Map<String, String> impaired) {
    hosts.stream()
        .filter(host -> impaired.containsKey(host.id()))
        .forEach(
            host ->
                view.add(
                    Cause.HOST_IMPAIRED,
                    host.id(),
                    "EC2's status checks of bastion host %s fail: %s"
                        .formatted(host.id(), impaired.get(host.id())),
                    replace(host.id())));
  }

  private void agents(List<BastionInstance> hosts, Map<String, String> agents) {
    hosts.stream()
        .filter(host -> !BastionHost.mayBeBooting(host.launched(), Instant.now()))
        .filter(host -> !"Online".equals(agents.get(host.id())))
        .forEach(
            host ->
                view.add(
                    Cause.AGENT_NOT_ONLINE,
                    host.id(),
                    "the SSM agent of bastion host %s is %s, so the host may hang or"
                            .formatted(host.id(), agents.getOrDefault(host.id(), "not registered"))
                        + " have no way out",
                    replace(host.id())));
  }

  /** Auto Scaling ends a host that is called unhealthy, and launches another. */
  static String replace(String host) {
    return "Replace it: aws autoscaling set-instance-health --health-status Unhealthy --instance-id "
        + host;
  }

  private void elasticIp(String address, List<BastionInstance> running) {
    switch (view.snapshot().elasticIp()) {
      case Described.Known<ElasticIpAddress>(var elasticIp) ->
          elasticIp(address, elasticIp, running);
      case Described.Missing<ElasticIpAddress> _ ->
          view.add(
              Cause.ELASTIC_IP_MISSING,
              address,
              "the Elastic IP %s is not in this account and region any more".formatted(address),
              DEPLOY_AGAIN);
      case Described.Unreadable<ElasticIpAddress> unreadable -> view.addUnreadable(unreadable);
    }
  }

  private void elasticIp(
      String address, ElasticIpAddress elasticIp, List<BastionInstance> running) {
    if (!running.isEmpty()
        && elasticIp
            .instance()
            .filter(id -> running.stream().anyMatch(host -> host.id().equals(id)))
            .isEmpty()) {
      view.add(
          Cause.ELASTIC_IP_NOT_ON_HOST,
          elasticIp.allocation(),
          "the Elastic IP %s (%s) belongs to %s and to no running bastion host"
              .formatted(
                  elasticIp.allocation(), address, elasticIp.instance().orElse("no instance")),
          "aws ec2 associate-address --allocation-id %s --instance-id %s --allow-reassociation"
              .formatted(elasticIp.allocation(), hostId.orElse(running.getFirst().id())));
    }
  }
}
