package org.dbtbastion.infra.monitoring;

import java.time.Duration;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.entrance.LoadBalancerNames;
import org.dbtbastion.infra.permissions.Arns;
import org.dbtbastion.metrics.MetricNames;
import software.amazon.awscdk.services.cloudwatch.ComparisonOperator;
import software.amazon.awscdk.services.cloudwatch.Stats;

/** The alarms about hosts, and about the keys that they have. */
final class HostAlarms {

  // Hosts fetch the keys every minute.
  static final Duration SYNC_AGE_LIMIT = Duration.ofMinutes(5);

  // In percent: what is left is for jobs that start together.
  private static final int TUNNEL_LOAD_LIMIT = 80;

  private final Alarms alarms;
  private final BastionName bastion;
  private final BastionMetrics metrics;
  private final Monitoring.Hosts hosts;
  private final Arns arns;

  HostAlarms(Alarms alarms, BastionName bastion, Monitoring.Hosts hosts, Arns arns) {
    this.alarms = alarms;
    this.bastion = bastion;
    metrics = new BastionMetrics(bastion);
    this.hosts = hosts;
    this.arns = arns;
  }

  /** Adds them all. */
  void add() {
    noHostInService();
    hostsSilent();
    hosts.balancer().ifPresent(this::noHealthyTarget);
    tunnelsNearLimit();
    keysNotDelivered();
    keysOutOfDate();
  }

  private void noHostInService() {
    alarms.add(
        "no-host-in-service",
        BastionMetrics.hostsInService(hosts.groupName()),
        AlarmCondition.state(ComparisonOperator.LESS_THAN_THRESHOLD, 1, 3, 3),
        ("The Auto Scaling group has no host in service: dbt cannot connect. A new host comes by"
                + " itself; if it does not, see why: aws autoscaling describe-scaling-activities"
                + " --max-items 5 --auto-scaling-group-name %s")
            .formatted(hosts.groupName()));
  }

  private void hostsSilent() {
    alarms.add(
        "hosts-silent",
        metrics.metric(MetricNames.TUNNELS, Stats.SAMPLE_COUNT, BastionMetrics.MINUTE),
        // In a single minute a host may have reported twice or not at all.
        AlarmCondition.missing(hosts.count(), 5),
        ("For five minutes fewer hosts have reported than there are to be: one is gone, hangs or"
                + " does not reach AWS, and dbt may be cut off. Check now: scripts/check --name %s"
                + " --route tunnel; see what hosts said last: aws logs tail %s --since 30m; replace"
                + " them: aws autoscaling start-instance-refresh --auto-scaling-group-name %s")
            .formatted(bastion, hosts.log().getLogGroupName(), hosts.groupName()));
  }

  /** The balancer counts nothing at all where no target is registered. */
  private void noHealthyTarget(LoadBalancerNames balancer) {
    alarms.add(
        "no-healthy-target",
        BastionMetrics.targets(balancer, "HealthyHostCount"),
        AlarmCondition.missing(1, 5),
        ("The load balancer has no healthy host to send dbt to: dbt cannot connect. See why: aws"
                + " elbv2 describe-target-health --target-group-arn %s; if it lists none: aws"
                + " autoscaling describe-scaling-activities --max-items 5"
                + " --auto-scaling-group-name %s; then check: scripts/check --name %s --route"
                + " tunnel")
            .formatted(arns.targetGroup(balancer.targetGroup()), hosts.groupName(), bastion));
  }

  /** For some minutes: a burst of short jobs is no reason for a larger host. */
  private void tunnelsNearLimit() {
    alarms.add(
        "tunnels-near-limit",
        metrics.metric(MetricNames.TUNNEL_LOAD, Stats.MAXIMUM, BastionMetrics.MINUTE),
        AlarmCondition.state(
            ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD, TUNNEL_LOAD_LIMIT, 5, 5),
        ("A host has had %d %% of the tunnels that it has memory for, for five minutes: at 100 %%"
                + " it turns new logins away, and the dbt jobs behind them fail. See which keys hold"
                + " them: aws ssm start-session --target INSTANCE, and there: sudo dbt-bastion status;"
                + " then deploy with larger hosts: -c instanceType=TYPE")
            .formatted(TUNNEL_LOAD_LIMIT));
  }

  private void keysNotDelivered() {
    alarms.add(
        "keys-not-delivered",
        metrics.metric(MetricNames.KEYS_NOT_DELIVERED, Stats.SUM, BastionMetrics.EVENTS),
        AlarmCondition.happened(1),
        ("A host did not take a registered or revoked key at once: until it fetches the keys by"
                + " itself, which it does every minute, it refuses the new key or lets in the"
                + " revoked one. See what it answered: aws ssm list-command-invocations --details"
                + " --filters key=DocumentName,value=%s")
            .formatted(bastion.syncDocument()));
  }

  private void keysOutOfDate() {
    alarms.add(
        "keys-out-of-date",
        metrics.metric(MetricNames.SYNC_AGE, Stats.MAXIMUM, BastionMetrics.MINUTE),
        AlarmCondition.state(
            ComparisonOperator.GREATER_THAN_THRESHOLD, SYNC_AGE_LIMIT.toSeconds(), 1, 1),
        ("A host has not fetched the keys for more than five minutes: it refuses new keys and lets"
                + " in revoked ones. See why: aws ssm start-session --target INSTANCE, and there:"
                + " journalctl -u dbt-bastion-sync; or replace it: aws autoscaling"
                + " start-instance-refresh --auto-scaling-group-name %s")
            .formatted(hosts.groupName()));
  }
}
