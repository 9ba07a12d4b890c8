package org.dbtbastion.infra;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The name of a bastion, and the names of everything that belongs to it: several bastions may live
 * in one account. The function and the host files build the same names.
 *
 * @param value lower-case letters, digits and hyphens, at most 31, a letter first: all names that
 *     are made of it then fit the limits of AWS
 */
record BastionName(String value) {

  static final Pattern SYNTAX = Pattern.compile("[a-z][a-z0-9-]{0,30}");

  /** The tag that everything of a bastion carries, with the bastion's name as its value. */
  static final String TAG = "dbt-bastion";

  BastionName {
    Objects.requireNonNull(value, "value");
    if (!SYNTAX.matcher(value).matches()) {
      throw new IllegalArgumentException("not a name of a bastion: " + value);
    }
  }

  String stack() {
    return "dbt-bastion-" + value;
  }

  String keyRegistryFunction() {
    return stack() + "-key-registry";
  }

  String connectionCheckFunction() {
    return stack() + "-connection-check";
  }

  String syncDocument() {
    return stack() + "-sync-keys";
  }

  /** The Auto Scaling group of the hosts. */
  String hostGroup() {
    return stack();
  }

  /** The log group of the hosts. */
  String hostLog() {
    return "/dbt-bastion/%s/hosts".formatted(value);
  }

  String missedRunsQueue() {
    return stack() + "-missed-runs";
  }

  /** The full name of a parameter, or of a path of parameters, of this bastion. */
  String parameter(String relative) {
    return "/dbt-bastion/%s/%s".formatted(value, relative);
  }

  @Override
  public String toString() {
    return value;
  }
}
