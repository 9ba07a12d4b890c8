package org.dbtbastion.infra.keys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;

class KeyRegistryFunctionTest {

  private final Synthesized stack = Synthesized.least();
  private final JsonNode function =
      stack.properties("AWS::Lambda::Function", "KeyRegistryFunction");

  @Test
  void functionAnswersForKeysOnly() {
    assertThat(function.get("FunctionName").asText()).isEqualTo("dbt-bastion-default-key-registry");
    assertThat(function.get("Handler").asText())
        .isEqualTo("io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest");
    assertThat(function.get("Runtime").asText()).isEqualTo("java25");
    assertThat(function.get("Architectures").toString()).isEqualTo("[\"arm64\"]");
    assertThat(function.at("/Environment/Variables").toString())
        .isEqualTo(
            "{\"DBT_BASTION_ACTIONS\":\"register-key,revoke-key,list-keys,renew-check-key\","
                + "\"DBT_BASTION_NAME\":\"default\","
                + "\"DBT_BASTION_SYNC_DOCUMENT\":\"dbt-bastion-default-sync-keys\"}");
  }

  @Test
  void functionStandsOutsideTheVpc() {
    assertThat(function.has("VpcConfig")).isFalse();
  }

  @Test
  void functionMayWriteKeysAndSendOneDocumentToItsHosts() {
    assertThat(stack.statements("KeyRegistryFunctionRole"))
        .isEqualTo(
            List.of(
                "Allow ssm:GetParameter ssm:GetParameters ssm:GetParametersByPath on"
                    + " ssm:parameter/dbt-bastion/default/authorized-keys"
                    + " ssm:parameter/dbt-bastion/default/authorized-keys/*"
                    + " ssm:parameter/dbt-bastion/default/last-seen"
                    + " ssm:parameter/dbt-bastion/default/last-seen/*",
                "Allow ssm:DeleteParameter ssm:PutParameter on"
                    + " ssm:parameter/dbt-bastion/default/authorized-keys/*",
                "Allow ssm:DeleteParameter on ssm:parameter/dbt-bastion/default/last-seen/*",
                "Allow ssm:GetParameter ssm:PutParameter on"
                    + " ssm:parameter/dbt-bastion/default/check-key",
                "Allow ssm:SendCommand on ssm:document/dbt-bastion-default-sync-keys",
                "Allow ssm:SendCommand on ec2:instance/* if"
                    + " {\"StringEquals\":{\"ssm:resourceTag/dbt-bastion\":\"default\"}}",
                "Allow ec2:DescribeInstances ssm:GetCommandInvocation on *",
                "Allow logs:CreateLogStream logs:PutLogEvents on"
                    + " logs:log-group:/aws/lambda/dbt-bastion-default-key-registry:*"));
  }

  @Test
  void documentRunsTheOneCommandAndTakesNothing() {
    JsonNode document = stack.properties("AWS::SSM::Document", "KeyRegistry");
    assertThat(document.get("Name").asText()).isEqualTo("dbt-bastion-default-sync-keys");
    assertThat(document.get("DocumentType").asText()).isEqualTo("Command");
    assertThat(document.get("DocumentFormat").asText()).isEqualTo("JSON");
    assertThat(document.get("Content").toString())
        .isEqualTo(
            "{\"schemaVersion\":\"2.2\","
                + "\"description\":\"Applies the registered keys of the bastion default now\","
                + "\"mainSteps\":[{\"action\":\"aws:runShellScript\",\"name\":\"syncKeys\","
                + "\"inputs\":{\"timeoutSeconds\":\"60\","
                + "\"runCommand\":[\"/opt/dbt-bastion/sync-keys\"]}}]}");
  }

  @Test
  void checkKeyIsLookedAfterEveryHour() {
    JsonNode schedule = stack.properties("AWS::Scheduler::Schedule", "KeyRegistry");
    assertThat(schedule.get("ScheduleExpression").asText()).isEqualTo("rate(60 minutes)");
    assertThat(schedule.at("/Target/Input").asText()).isEqualTo("{\"action\":\"renew-check-key\"}");
    assertThat(schedule.at("/Target/Arn/Fn::GetAtt/0").asText()).startsWith("KeyRegistryFunction");
    assertThat(stack.statements("KeyRegistryCheckKeyRenewalRole"))
        .hasSize(2)
        .first()
        .asString()
        .startsWith("Allow lambda:InvokeFunction on {\"Fn::GetAtt\":[\"KeyRegistryFunction");
  }
}
