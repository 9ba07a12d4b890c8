package org.dbtbastion.infra.functions;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MissedRunsTest {

  private final Synthesized stack = Synthesized.least();

  private String queue() {
    return stack.resources("AWS::SQS::Queue").keySet().iterator().next();
  }

  @Test
  void queueKeepsMessagesEncryptedAndAsLongAsItMay() {
    JsonNode queue = stack.properties("AWS::SQS::Queue", "MissedRuns");
    assertThat(queue.get("QueueName").asText()).isEqualTo("dbt-bastion-default-missed-runs");
    assertThat(queue.get("SqsManagedSseEnabled").asBoolean()).isTrue();
    assertThat(queue.get("MessageRetentionPeriod").asInt()).isEqualTo(14 * 24 * 60 * 60);
  }

  @Test
  void queueIsReachedByTlsOnly() {
    JsonNode statements =
        stack.properties("AWS::SQS::QueuePolicy", "MissedRuns").at("/PolicyDocument/Statement");
    assertThat(statements)
        .singleElement()
        .satisfies(
            statement -> {
              assertThat(statement.get("Effect").asText()).isEqualTo("Deny");
              assertThat(statement.get("Action").asText()).isEqualTo("sqs:*");
              assertThat(statement.get("Condition").toString())
                  .isEqualTo("{\"Bool\":{\"aws:SecureTransport\":\"false\"}}");
            });
  }

  @ParameterizedTest
  @CsvSource({"ConnectionChecks, Check", "KeyRegistry, CheckKeyRenewal"})
  void everyScheduleLeavesWhatItMissedInTheQueueAndMayWriteToNoOther(
      String construct, String schedule) {
    String arn = "{\"Fn::GetAtt\":[\"%s\",\"Arn\"]}".formatted(queue());

    assertThat(
            stack
                .properties("AWS::Scheduler::Schedule", construct)
                .at("/Target/DeadLetterConfig/Arn")
                .toString())
        .isEqualTo(arn);
    assertThat(stack.statements(construct + schedule + "Role"))
        .filteredOn(statement -> statement.contains("sqs:"))
        .containsExactly("Allow sqs:SendMessage on " + arn);
  }
}
