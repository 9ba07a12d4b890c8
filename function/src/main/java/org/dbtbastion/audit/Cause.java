package org.dbtbastion.audit;

import java.util.Locale;

/**
 * What the audit can find, the likeliest first: findings are in this order. The names are stable.
 *
 * <p>First what takes everything away, then what people change most often, then what follows from
 * the others and would be blamed in their place; what could not be judged comes last.
 */
public enum Cause {
  /** No host of the bastion runs. */
  NO_HOST_RUNS,
  /** The Elastic IP is not in the account. */
  ELASTIC_IP_MISSING,
  /** The Elastic IP belongs to no running host. */
  ELASTIC_IP_NOT_ON_HOST,
  /** The load balancer is not there. */
  BALANCER_MISSING,
  /** The load balancer is there and does not work. */
  BALANCER_NOT_ACTIVE,
  /** Neither a cluster nor a workgroup nor an interface is what the connection leads to. */
  WAREHOUSE_NOT_FOUND,
  /** The cluster or workgroup does not work. */
  WAREHOUSE_NOT_AVAILABLE,
  /** The cluster or workgroup has another endpoint than the connection. */
  ENDPOINT_DIFFERS,
  /** The VPC of the check resolves no names. */
  DNS_SUPPORT_OFF,
  /** The name leads to the public address of a publicly accessible warehouse. */
  PUBLICLY_ACCESSIBLE,
  /** The name leads to other addresses than the warehouse has. */
  DNS_RECORD_STALE,
  /** No security group of the destination lets the traffic in. */
  INGRESS_RULE_MISSING,
  /** A prefix list that is let in lacks addresses. */
  PREFIX_LIST_INCOMPLETE,
  /** No security group of the source lets the traffic out. */
  EGRESS_RULE_MISSING,
  /** A network ACL denies the traffic, or the answers. */
  NETWORK_ACL_DENIES,
  /** A route leads to something that is gone. */
  ROUTE_BLACKHOLE,
  /** There is no route. */
  ROUTE_MISSING,
  /** A subnet that must be public has no route to an internet gateway. */
  NO_INTERNET_GATEWAY_ROUTE,
  /** The load balancer does not listen on the SSH port. */
  LISTENER_MISSING,
  /** The load balancer sends nobody to the host. */
  TARGET_NOT_HEALTHY,
  /** EC2's status checks of the host fail. */
  HOST_IMPAIRED,
  /** The host's SSM agent is not there. */
  AGENT_NOT_ONLINE,
  /** The load balancer forgets silent connections too soon. */
  IDLE_TIMEOUT_SHORT,
  /** Whether something is let through could not be seen. */
  UNVERIFIED,
  /** A part of the configuration could not be read. */
  UNREADABLE;

  /** The name in reports, such as {@code ingress-rule-missing}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
