package org.dbtbastion.infra.permissions;

import java.util.List;
import org.dbtbastion.infra.configuration.BastionName;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.iam.IManagedPolicy;
import software.amazon.awscdk.services.iam.ManagedPolicy;
import software.constructs.Construct;

/**
 * Two policies to attach to the roles of pipelines and people: one lets them check, the other lets
 * them register keys. Neither contains the other: a caller who may check cannot register a key.
 */
public final class PipelinePolicies extends Construct {

  private final ManagedPolicy check;
  private final ManagedPolicy registerKeys;

  /** Puts the policies into a construct. */
  public PipelinePolicies(Construct scope, String id, BastionName bastion) {
    super(scope, id);
    check = invoke("Check", name(bastion, "check"), bastion.connectionCheckFunction());
    registerKeys =
        invoke("RegisterKeys", name(bastion, "register-keys"), bastion.keyRegistryFunction());
  }

  /**
   * Allows checks, and to see what to type into dbt, with labels and fingerprints of the registered
   * keys.
   */
  public IManagedPolicy check() {
    return check;
  }

  /** Allows to register keys, and also to list and revoke them: IAM cannot tell requests apart. */
  public IManagedPolicy registerKeys() {
    return registerKeys;
  }

  // IAM knows no regions, but bastions of one name may live in several.
  private String name(BastionName bastion, String what) {
    return "%s-%s-%s".formatted(bastion.stack(), what, Stack.of(this).getRegion());
  }

  private ManagedPolicy invoke(String id, String name, String function) {
    String arn = Arns.of(this).function(function);
    List<Permission> permissions =
        List.of(
            Permission.allow("Invoke", "lambda:InvokeFunction")
                .on(arn)
                .onAny("its versions and aliases", arn + ":*"));
    ManagedPolicy policy =
        // Without a description, which IAM never changes: another one would be another policy, of
        // the same name.
        ManagedPolicy.Builder.create(this, id)
            .managedPolicyName(name)
            .statements(permissions.stream().map(Permission::statement).toList())
            .build();
    Permission.explain(policy, permissions);
    return policy;
  }
}
