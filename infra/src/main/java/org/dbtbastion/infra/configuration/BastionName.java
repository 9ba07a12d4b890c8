package org.dbtbastion.infra.configuration;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The name of a bastion, and the names of everything that belongs to it: several bastions may live
 * in one account. The function and the host files build the same names.
 *
 * @param value lower-case letters, digits and hyphens, at most 31, a letter first: all names that
 *     are made of it then fit the limits of AWS
 */
public record BastionName(String value) {

  /** What scripts, host files and the function take for a name, too. */
  static final Pattern SYNTAX = Pattern.compile("[a-z][a-z0-9-]{0,30}");

  /** The tag that everything of a bastion carries, with the bastion's name as its value. */
  public static final String TAG = "dbt-bastion";

  public BastionName {
    Objects.requireNonNull(value, "value");
    if (!SYNTAX.matcher(value).matches()) {
      throw new IllegalArgumentException("not a name of a bastion: " + value);
    }
  }

  /** The name of the stack, with which most other names begin. */
  public String stack() {
    return "dbt-bastion-" + value;
  }

  /** The name of the function that registers keys. */
  public String keyRegistryFunction() {
    return stack() + "-key-registry";
  }

  /** The name of the function that checks connections. */
  public String connectionCheckFunction() {
    return stack() + "-connection-check";
  }

  /** The name of the SSM document that makes hosts fetch the keys. */
  public String syncDocument() {
    return stack() + "-sync-keys";
  }

  /** The name of the Auto Scaling group of the hosts. */
  public String hostGroup() {
    return stack();
  }

  /** The name of the log group of the hosts. */
  public String hostLog() {
    return "/dbt-bastion/%s/hosts".formatted(value);
  }

  /** The name of the dead-letter queue of the schedules. */
  public String missedRunsQueue() {
    return stack() + "-missed-runs";
  }

  /** The path of the parameters of registered keys. */
  public String authorizedKeys() {
    return parameter("authorized-keys");
  }

  /** The path of the parameters that say when each key was last used. */
  public String lastSeen() {
    return parameter("last-seen");
  }

  /** The path of the parameters of sshd's own keys. */
  public String hostKeys() {
    return parameter("host-keys");
  }

  /** The path of the parameters of connections. */
  public String connections() {
    return parameter("connections");
  }

  /** The name of the parameter of the key that the connection check logs in with. */
  public String checkKey() {
    return parameter("check-key");
  }

  /** The name of the parameter in which a host finds the allocation id of its Elastic IP. */
  public String elasticIp() {
    return parameter("elastic-ip");
  }

  /** The name of the parameter in which hosts find the ARN of the balancer's target group. */
  public String targetGroup() {
    return parameter("target-group");
  }

  private String parameter(String relative) {
    return "/dbt-bastion/%s/%s".formatted(value, relative);
  }

  @Override
  public String toString() {
    return value;
  }
}
