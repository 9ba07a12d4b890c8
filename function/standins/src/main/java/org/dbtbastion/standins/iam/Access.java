package org.dbtbastion.standins.iam;

import java.util.Map;
import java.util.Objects;

/**
 * What IAM judges at once: a call may need several.
 *
 * @param action such as {@code ssm:PutParameter}
 * @param resource an ARN, or {@code *} where the action has no resources
 * @param context the values of condition keys
 */
record Access(String action, String resource, Map<String, String> context) {

  Access {
    Objects.requireNonNull(action, "action");
    Objects.requireNonNull(resource, "resource");
    context = Map.copyOf(context);
  }

  static Access on(String action, String resource) {
    return new Access(action, resource, Map.of());
  }

  /** To an action that has no resources. */
  static Access to(String action) {
    return on(action, "*");
  }
}
