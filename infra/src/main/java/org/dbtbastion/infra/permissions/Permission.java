package org.dbtbastion.infra.permissions;

import io.github.cdklabs.cdknag.NagPackSuppression;
import io.github.cdklabs.cdknag.NagSuppressions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.TreeMap;
import software.amazon.awscdk.services.iam.Effect;
import software.amazon.awscdk.services.iam.IPrincipal;
import software.amazon.awscdk.services.iam.PolicyDocument;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.iam.Role;
import software.constructs.Construct;
import software.constructs.IConstruct;

/**
 * A statement of an IAM policy. No resource has a wildcard without a reason: {@link #on} refuses
 * it, {@link #onAny} asks for the reason.
 *
 * @param effect whether it allows or denies
 * @param sid the statement's name
 * @param actions what is done
 * @param resources to what, each with the reason for its wildcard, or with none
 * @param conditions when, as IAM writes it
 */
public record Permission(
    Effect effect,
    String sid,
    List<String> actions,
    SequencedMap<String, String> resources,
    Map<String, ?> conditions) {

  private static final String NO_WILDCARD = "";

  public Permission {
    Objects.requireNonNull(effect, "effect");
    Objects.requireNonNull(sid, "sid");
    actions = List.copyOf(actions);
    resources = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(resources));
    // Sorted, as the keys within an operator should be: equal statements are then equal bytes.
    conditions = Collections.unmodifiableMap(new TreeMap<>(conditions));
  }

  /** A statement that allows the actions, on nothing yet. */
  public static Permission allow(String sid, String... actions) {
    return new Permission(Effect.ALLOW, sid, List.of(actions), new LinkedHashMap<>(), Map.of());
  }

  /** A statement that denies the actions, on nothing yet. */
  public static Permission deny(String sid, String... actions) {
    return new Permission(Effect.DENY, sid, List.of(actions), new LinkedHashMap<>(), Map.of());
  }

  /**
   * The statement with these resources, too.
   *
   * @throws IllegalArgumentException if there is a wildcard in one of them
   */
  public Permission on(String... arns) {
    for (String arn : arns) {
      if (arn.contains("*")) {
        throw new IllegalArgumentException("a wildcard without a reason: " + arn);
      }
    }
    return with(NO_WILDCARD, arns);
  }

  /**
   * The statement with these resources, too, which may have wildcards.
   *
   * @param reason why they cannot be narrower, or are narrow enough
   * @throws IllegalArgumentException if there is no reason
   */
  public Permission onAny(String reason, String... arns) {
    if (reason.isBlank()) {
      throw new IllegalArgumentException("a wildcard without a reason: " + Arrays.toString(arns));
    }
    return with(reason, arns);
  }

  private Permission with(String reason, String... arns) {
    SequencedMap<String, String> more = new LinkedHashMap<>(resources);
    for (String arn : arns) {
      more.put(arn, reason);
    }
    return new Permission(effect, sid, actions, more, conditions);
  }

  /** The statement under these conditions, as IAM writes them. */
  public Permission when(Map<String, ?> conditions) {
    return new Permission(effect, sid, actions, resources, conditions);
  }

  /** The statement as CDK represents it. */
  public PolicyStatement statement() {
    PolicyStatement.Builder statement =
        PolicyStatement.Builder.create()
            .sid(sid)
            .effect(effect)
            .actions(actions)
            .resources(List.copyOf(resources.keySet()));
    if (!conditions.isEmpty()) {
      statement.conditions(conditions);
    }
    return statement.build();
  }

  /** A role with these permissions and no other. */
  public static Role role(
      Construct scope,
      String id,
      String description,
      IPrincipal assumedBy,
      List<Permission> permissions) {
    Role role =
        Role.Builder.create(scope, id)
            .description(description)
            .assumedBy(assumedBy)
            .inlinePolicies(
                Map.of(
                    "Permissions",
                    PolicyDocument.Builder.create()
                        .statements(permissions.stream().map(Permission::statement).toList())
                        .build()))
            .build();
    explain(role, permissions);
    return role;
  }

  /** Gives cdk-nag the reason for each wildcard of a role or policy. */
  static void explain(IConstruct bearer, List<Permission> permissions) {
    List<NagPackSuppression> reasons = new ArrayList<>();
    for (Permission permission : permissions) {
      permission.resources.forEach(
          (arn, reason) -> {
            if (!reason.equals(NO_WILDCARD)) {
              reasons.add(
                  NagPackSuppression.builder()
                      .id("AwsSolutions-IAM5")
                      .appliesTo(List.of("Resource::" + arn))
                      .reason("%s: %s".formatted(permission.sid, reason))
                      .build());
            }
          });
    }
    if (!reasons.isEmpty()) {
      NagSuppressions.addResourceSuppressions(bearer, reasons);
    }
  }
}
