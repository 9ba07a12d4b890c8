package org.dbtbastion.infra;

import java.util.List;
import software.amazon.awscdk.services.iam.IManagedPolicy;
import software.amazon.awscdk.services.iam.ManagedPolicy;
import software.constructs.Construct;

/**
 * Two policies to attach to the roles of pipelines and people: one lets them check, the other lets
 * them register keys. Neither contains the other: who may check cannot let a key in.
 */
final class PipelinePolicies extends Construct {

  private final ManagedPolicy check;
  private final ManagedPolicy registerKeys;

  PipelinePolicies(Construct scope, String id, BastionName bastion) {
    super(scope, id);
    check =
        invoke(
            "Check",
            bastion.stack() + "-check",
            "Lets its bearer check the connections of the dbt bastion " + bastion,
            bastion.connectionCheckFunction());
    registerKeys =
        invoke(
            "RegisterKeys",
            bastion.stack() + "-register-keys",
            "Lets its bearer register, list and revoke keys of the dbt bastion " + bastion,
            bastion.keyRegistryFunction());
  }

  /** May check. */
  IManagedPolicy check() {
    return check;
  }

  /** May register keys; list and revoke them, too: IAM cannot tell one request from another. */
  IManagedPolicy registerKeys() {
    return registerKeys;
  }

  private ManagedPolicy invoke(String id, String name, String description, String function) {
    String arn = Arns.of(this).function(function);
    return ManagedPolicy.Builder.create(this, id)
        .managedPolicyName(name)
        .description(description)
        .statements(
            List.of(
                // The second is its versions and aliases.
                Statements.allow("Invoke", List.of("lambda:InvokeFunction"), arn, arn + ":*")))
        .build();
  }
}
