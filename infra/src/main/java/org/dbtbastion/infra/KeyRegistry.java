package org.dbtbastion.infra;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.sqs.IQueue;
import software.amazon.awscdk.services.ssm.CfnDocument;
import software.constructs.Construct;

/**
 * The function that registers, revokes and lists keys, and what it needs to make hosts apply them
 * at once. It stands outside the VPC: it talks to AWS APIs only, and so works in a VPC without any
 * way out.
 */
final class KeyRegistry extends Construct {

  /**
   * What the registry needs.
   *
   * @param bastion whose keys they are
   * @param zip what the function runs
   * @param snapStart whether the function starts from a snapshot
   * @param missedRuns gets the scheduled renewals that never reached the function
   */
  record Props(BastionName bastion, FunctionZip zip, boolean snapStart, IQueue missedRuns) {

    Props {
      Objects.requireNonNull(bastion, "bastion");
      Objects.requireNonNull(zip, "zip");
      Objects.requireNonNull(missedRuns, "missedRuns");
    }
  }

  private static final Duration CHECK_KEY_RENEWAL = Duration.ofHours(1);

  private final BastionFunction function;

  KeyRegistry(Construct scope, String id, Props props) {
    super(scope, id);
    BastionName bastion = props.bastion();
    // It takes no parameters: who may send it can make hosts look for keys, and nothing else.
    CfnDocument.Builder.create(this, "SyncDocument")
        .name(bastion.syncDocument())
        .documentType("Command")
        .documentFormat("JSON")
        .targetType("/AWS::EC2::Instance")
        .updateMethod("NewVersion")
        .content(syncDocument(bastion))
        .build();

    function =
        new BastionFunction(
            this,
            "Function",
            new BastionFunction.Props(
                bastion,
                bastion.keyRegistryFunction(),
                "Registers, revokes and lists the public keys that the bastion lets in",
                props.zip(),
                List.of("register-key", "revoke-key", "list-keys", "renew-check-key"),
                Map.of("DBT_BASTION_SYNC_DOCUMENT", bastion.syncDocument()),
                Duration.ofMinutes(2),
                statements(bastion),
                null,
                props.snapStart()));

    new RecurringInvocation(
        this,
        "CheckKeyRenewal",
        new RecurringInvocation.Props(
            bastion.stack() + "-renew-check-key",
            "Keeps the key that the connection check logs in with",
            function.invoked(),
            CHECK_KEY_RENEWAL,
            "{\"action\":\"renew-check-key\"}",
            props.missedRuns()));
  }

  BastionFunction function() {
    return function;
  }

  // Maps that keep their order: Map.of would give other bytes, and a new version of the document,
  // from one synth to the next.
  private static Map<String, Object> syncDocument(BastionName bastion) {
    SequencedMap<String, Object> inputs = new LinkedHashMap<>();
    inputs.put("timeoutSeconds", "60");
    inputs.put("runCommand", List.of("/opt/dbt-bastion/sync-keys"));
    SequencedMap<String, Object> step = new LinkedHashMap<>();
    step.put("action", "aws:runShellScript");
    step.put("name", "syncKeys");
    step.put("inputs", inputs);
    SequencedMap<String, Object> document = new LinkedHashMap<>();
    document.put("schemaVersion", "2.2");
    document.put(
        "description", "Applies the registered keys of the bastion %s now".formatted(bastion));
    document.put("mainSteps", List.of(step));
    return document;
  }

  private List<PolicyStatement> statements(BastionName bastion) {
    Arns arns = Arns.of(this);
    String keys = arns.parameter(bastion.parameter("authorized-keys"));
    String lastSeen = arns.parameter(bastion.parameter("last-seen"));
    return List.of(
        Statements.allow(
            "ReadKeys",
            List.of("ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"),
            keys,
            keys + "/*",
            lastSeen,
            lastSeen + "/*"),
        Statements.allow(
            "WriteKeys", List.of("ssm:DeleteParameter", "ssm:PutParameter"), keys + "/*"),
        Statements.allow("ForgetLastSeen", List.of("ssm:DeleteParameter"), lastSeen + "/*"),
        Statements.allow(
            "RenewCheckKey",
            List.of("ssm:GetParameter", "ssm:PutParameter"),
            arns.parameter(bastion.parameter("check-key"))),
        Statements.allow(
            "SendOnlySyncKeys", List.of("ssm:SendCommand"), arns.document(bastion.syncDocument())),
        Statements.allow(
            "SendOnlyToHosts",
            List.of("ssm:SendCommand"),
            Map.of("StringEquals", Map.of("ssm:resourceTag/" + BastionName.TAG, bastion.value())),
            arns.instance("*")),
        // Neither action knows resources or conditions that would narrow it.
        Statements.allow(
            "FollowHosts", List.of("ec2:DescribeInstances", "ssm:GetCommandInvocation"), "*"));
  }
}
