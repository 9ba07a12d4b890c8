package org.dbtbastion.local.preflight;

import org.dbtbastion.text.Kebab;

/**
 * What the preflight can find, in the order of findings: first what stands in the way, then what
 * only might, then what could not be seen. The names are stable.
 */
enum Cause {
  NO_CREDENTIALS(Severity.ERROR, "AWS does not know who asks", "Log in to AWS."),
  BOOTSTRAP_MISSING(
      Severity.ERROR, "The CDK was never used in this account and region", "Bootstrap it."),
  BOOTSTRAP_OLD(
      Severity.ERROR, "The CDK's bootstrap is older than the deployment needs", "Bootstrap again."),
  BOOTSTRAP_ROLE_REFUSED(
      Severity.ERROR, "Whoever deploys may not assume a role of the bootstrap", "Allow it."),
  STACK_BUSY(Severity.ERROR, "The stack is being changed by somebody else", "Wait for it."),
  STACK_BROKEN(
      Severity.ERROR, "The stack is in a state that cannot be updated", "Destroy it first."),
  NAME_TAKEN(
      Severity.ERROR,
      "Something that the stack makes is there already, without the stack",
      "Delete it, or choose another name for the bastion."),
  WAREHOUSE_NOT_FOUND(
      Severity.ERROR, "There is no such cluster or workgroup", "Correct the name or the region."),
  WAREHOUSE_NOT_AVAILABLE(
      Severity.WARNING,
      "The cluster or workgroup is paused, or being changed: checks fail until it is available",
      "Resume it, or wait for it."),
  WAREHOUSE_PUBLIC(
      Severity.WARNING,
      "The warehouse is publicly accessible: its name leads around the bastion",
      "Make it not publicly accessible."),
  SECRET_MISSING(Severity.ERROR, "The secret does not exist, or is to be deleted", "Restore it."),
  SECRET_WITHOUT_VALUE(Severity.ERROR, "The secret has no current version", "Store a value."),
  NO_PUBLIC_SUBNET(
      Severity.ERROR,
      "No subnet of the VPC leads to an internet gateway: hosts have nowhere to stand",
      "Add one, or choose the hosts' subnets."),
  SUBNET_FULL(Severity.ERROR, "A subnet of the hosts has too few free addresses", "Free some."),
  NETWORK_ACL_DENIES(
      Severity.ERROR,
      "A network ACL of the hosts' subnets denies dbt's connections or the answers",
      "Add a rule that allows them before the one that denies."),
  DNS_SUPPORT_OFF(Severity.ERROR, "The VPC resolves no names", "Enable its DNS support."),
  PRIVATE_DNS_ENDPOINT(
      Severity.ERROR,
      "An interface endpoint gets the hosts' calls and does not let them in",
      "Name its security group in endpointSecurityGroups."),
  ADDRESS_QUOTA(Severity.ERROR, "No Elastic IP is left for the bastion", "Raise the quota."),
  INSTANCE_TYPE_NOT_OFFERED(
      Severity.ERROR, "A zone of the hosts does not have the instance type", "Choose another."),
  EBS_KEY_REFUSES(
      Severity.ERROR,
      "Auto Scaling may not use the account's default EBS key: hosts cannot start",
      "Grant it."),
  SNAP_START_MISSING(
      Severity.ERROR, "The region has no SnapStart for Java", "Leave snapStart out."),
  UNREADABLE(
      Severity.UNKNOWN,
      "Something may not be read, or AWS did not answer: it can still be wrong",
      "Allow the call, or look at it yourself.");

  /** What a finding means for the deployment. */
  enum Severity {
    /** The deployment fails, or the bastion is of no use. */
    ERROR,
    /** The deployment goes on. */
    WARNING,
    /** Not known. */
    UNKNOWN;

    String id() {
      return Kebab.of(this);
    }
  }

  private final Severity severity;
  private final String meaning;
  private final String remedy;

  Cause(Severity severity, String meaning, String remedy) {
    this.severity = severity;
    this.meaning = meaning;
    this.remedy = remedy;
  }

  /** The name in reports, such as {@code bootstrap-missing}. */
  String id() {
    return Kebab.of(this);
  }

  Severity severity() {
    return severity;
  }

  /** What is wrong, in one sentence without a full stop. */
  String meaning() {
    return meaning;
  }

  /** What to do, in short. */
  String remedy() {
    return remedy;
  }
}
