package org.dbtbastion.audit;

import org.dbtbastion.text.Kebab;

/**
 * What the audit can find, the likeliest first: findings are in this order. The names are stable.
 *
 * <p>First what breaks everything, then what people change most often, then what follows from other
 * causes and would hide them; what could not be judged comes last.
 *
 * <p>Each has a meaning and a remedy in short, for the README; a {@link Finding} has both with the
 * ids and the command.
 */
public enum Cause {
  NO_HOST_RUNS("No host of the bastion is running", "See why Auto Scaling launches none."),
  ELASTIC_IP_MISSING(
      "The Elastic IP is not in the account and region any more",
      "Destroy the stack and deploy it again."),
  ELASTIC_IP_NOT_ON_HOST("The Elastic IP belongs to no running host", "Associate it with one."),
  BALANCER_MISSING(
      "No load balancer leads to the target group", "Destroy the stack and deploy it again."),
  BALANCER_NOT_ACTIVE(
      "The load balancer exists and is not active",
      "Wait for it; one that failed is to be deployed again."),
  WAREHOUSE_NOT_FOUND(
      "The name does not resolve, and no cluster or workgroup has it",
      "Deploy the stack with the endpoint that the Redshift console shows."),
  WAREHOUSE_NOT_AVAILABLE(
      "The cluster or workgroup is not available, for example because it is paused",
      "Resume it, or wait for it."),
  ENDPOINT_DIFFERS(
      "The cluster or workgroup listens at another name or port",
      "Deploy the stack with that, and type it into dbt."),
  DNS_SUPPORT_OFF("The VPC of the check resolves no names", "Enable its DNS support."),
  PUBLICLY_ACCESSIBLE(
      "The name leads to the public address of a publicly accessible warehouse",
      "Make it not publicly accessible."),
  DNS_RECORD_STALE(
      "The name leads to other addresses than the warehouse has",
      "Make the record a CNAME of the endpoint; remove one of the endpoint's own name."),
  INGRESS_RULE_MISSING(
      "No security group of the destination lets the traffic in", "Add the inbound rule."),
  PREFIX_LIST_INCOMPLETE("The prefix list that is let in lacks addresses of dbt", "Add them."),
  EGRESS_RULE_MISSING(
      "No security group of the source lets the traffic out", "Add the outbound rule."),
  NETWORK_ACL_DENIES(
      "A network ACL denies the traffic, or the answers",
      "Add a rule that allows it before the one that denies."),
  ROUTE_BLACKHOLE(
      "A route leads to something that is gone", "Give the route a target that exists."),
  ROUTE_MISSING(
      "A subnet has no route to the other side, or the internet's alone", "Add the route."),
  NO_INTERNET_GATEWAY_ROUTE(
      "A subnet that must be public has no route to an internet gateway",
      "Add or replace its default route."),
  LISTENER_MISSING("The load balancer does not listen on the SSH port", "Create the listener."),
  TARGET_NOT_HEALTHY(
      "The load balancer sends no connections to the host", "Register the host, or replace it."),
  HOST_IMPAIRED("EC2's status checks of the host fail", "Replace the host."),
  AGENT_NOT_ONLINE(
      "The host's SSM agent is not there, so the host may hang or have no way out",
      "Replace the host."),
  IDLE_TIMEOUT_SHORT(
      "The load balancer drops idle connections too soon", "Raise its idle timeout."),
  UNVERIFIED(
      "Whether something is let through cannot be seen from here",
      "Look at it in the account that it belongs to."),
  UNREADABLE(
      "A part of the configuration may not be read, or AWS did not answer",
      "Deploy the stack again, or give the check a route to AWS.");

  private final String meaning;
  private final String remedy;

  Cause(String meaning, String remedy) {
    this.meaning = meaning;
    this.remedy = remedy;
  }

  /** The name in reports, such as {@code ingress-rule-missing}. */
  public String id() {
    return Kebab.of(this);
  }

  /** What is wrong: half a sentence, without a full stop. */
  public String meaning() {
    return meaning;
  }

  /** What to do about it in general: one sentence. */
  public String remedy() {
    return remedy;
  }
}
