package org.dbtbastion.infra;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import software.amazon.awscdk.services.sqs.IQueue;
import software.amazon.awscdk.services.ssm.CfnDocument;
import software.amazon.awscdk.services.ssm.CfnParameter;
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
   * @param publicKeys the keys that the deployment itself lets in
   * @param snapStart whether the function starts from a snapshot
   * @param missedRuns gets the scheduled renewals that never reached the function
   */
  record Props(
      BastionName bastion,
      FunctionZip zip,
      List<DeclaredKey> publicKeys,
      boolean snapStart,
      IQueue missedRuns) {

    Props {
      Objects.requireNonNull(bastion, "bastion");
      Objects.requireNonNull(zip, "zip");
      publicKeys = List.copyOf(publicKeys);
      Objects.requireNonNull(missedRuns, "missedRuns");
    }
  }

  private static final Duration CHECK_KEY_RENEWAL = Duration.ofHours(1);

  private final BastionFunction function;

  KeyRegistry(Construct scope, String id, Props props) {
    super(scope, id);
    BastionName bastion = props.bastion();
    // Hosts see no difference between these and those that the function registers.
    for (DeclaredKey key : props.publicKeys()) {
      String name = "authorized-keys/" + key.key().sha256Hex();
      CfnParameter.Builder.create(this, "PublicKey-" + key.key().sha256Hex())
          .name(bastion.parameter(name))
          .description("Let in by the deployment: " + key.label())
          .type("String")
          .value(key.json())
          .build();
    }
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
                permissions(bastion),
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

  private List<Permission> permissions(BastionName bastion) {
    Arns arns = Arns.of(this);
    String keys = arns.parameter(bastion.parameter("authorized-keys"));
    String lastSeen = arns.parameter(bastion.parameter("last-seen"));
    String ownKeys = "one parameter for each key, below the bastion's own path";
    return List.of(
        Permission.allow(
                "ReadKeys", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath")
            .on(keys)
            .onAny(ownKeys, keys + "/*")
            .on(lastSeen)
            .onAny(ownKeys, lastSeen + "/*"),
        Permission.allow("WriteKeys", "ssm:DeleteParameter", "ssm:PutParameter")
            .onAny(ownKeys, keys + "/*"),
        Permission.allow("ForgetLastSeen", "ssm:DeleteParameter").onAny(ownKeys, lastSeen + "/*"),
        Permission.allow("RenewCheckKey", "ssm:GetParameter", "ssm:PutParameter")
            .on(arns.parameter(bastion.parameter("check-key"))),
        Permission.allow("SendOnlySyncKeys", "ssm:SendCommand")
            .on(arns.document(bastion.syncDocument())),
        Permission.allow("SendOnlyToHosts", "ssm:SendCommand")
            .onAny("hosts come and go; the condition is their tag", arns.instance("*"))
            .when(
                Map.of(
                    "StringEquals", Map.of("ssm:resourceTag/" + BastionName.TAG, bastion.value()))),
        Permission.allow("FollowHosts", "ec2:DescribeInstances", "ssm:GetCommandInvocation")
            .onAny("IAM knows neither resources nor conditions for the actions", "*"));
  }
}
