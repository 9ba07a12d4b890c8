package org.dbtbastion.infra;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awscdk.services.iam.Effect;
import software.amazon.awscdk.services.iam.PolicyDocument;
import software.amazon.awscdk.services.iam.PolicyStatement;

/** Short ways to write IAM policies. */
final class Statements {

  private Statements() {}

  static PolicyStatement allow(String sid, List<String> actions, String... resources) {
    return allow(sid, actions, Map.of(), resources);
  }

  static PolicyStatement allow(
      String sid, List<String> actions, Map<String, ?> conditions, String... resources) {
    return statement(Effect.ALLOW, sid, actions, conditions, resources);
  }

  static PolicyStatement deny(
      String sid, List<String> actions, Map<String, ?> conditions, String... resources) {
    return statement(Effect.DENY, sid, actions, conditions, resources);
  }

  static PolicyDocument document(List<PolicyStatement> statements) {
    return PolicyDocument.Builder.create().statements(statements).build();
  }

  private static PolicyStatement statement(
      Effect effect,
      String sid,
      List<String> actions,
      Map<String, ?> conditions,
      String... resources) {
    PolicyStatement.Builder statement =
        PolicyStatement.Builder.create()
            .sid(sid)
            .effect(effect)
            .actions(actions)
            .resources(List.of(resources));
    if (!conditions.isEmpty()) {
      // Sorted, as the keys within an operator should be: equal statements are then equal bytes.
      statement.conditions(new TreeMap<>(conditions));
    }
    return statement.build();
  }
}
