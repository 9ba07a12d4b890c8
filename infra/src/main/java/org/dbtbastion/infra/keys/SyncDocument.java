package org.dbtbastion.infra.keys;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.dbtbastion.infra.configuration.BastionName;
import software.amazon.awscdk.services.ssm.CfnDocument;
import software.constructs.Construct;

/**
 * The SSM document that makes hosts fetch the registered keys. It takes no parameters: who may send
 * it can make hosts look for keys, and nothing else.
 */
final class SyncDocument {

  private SyncDocument() {}

  /** Puts the document into a construct. */
  static CfnDocument in(Construct scope, BastionName bastion) {
    return CfnDocument.Builder.create(scope, "SyncDocument")
        .name(bastion.syncDocument())
        .documentType("Command")
        .documentFormat("JSON")
        .targetType("/AWS::EC2::Instance")
        .updateMethod("NewVersion")
        .content(content(bastion))
        .build();
  }

  // Maps that keep their order: Map.of would give other bytes, and a new version of the document,
  // from one synth to the next.
  private static Map<String, Object> content(BastionName bastion) {
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
}
