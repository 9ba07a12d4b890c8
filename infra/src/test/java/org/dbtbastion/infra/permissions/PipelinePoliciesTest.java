package org.dbtbastion.infra.permissions;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;

class PipelinePoliciesTest {

  private static final Synthesized STACK =
      Synthesized.of(
          (stack, _) -> new PipelinePolicies(stack, "Policies", new BastionName("default")));

  private static void assertInvokesOnly(JsonNode policy, String function) {
    String arn = "arn:aws:lambda:us-east-1:123456789012:function:" + function;
    assertThat(policy.at("/PolicyDocument/Statement"))
        .singleElement()
        .satisfies(
            statement -> {
              assertThat(statement.get("Effect").asText()).isEqualTo("Allow");
              assertThat(statement.get("Action").asText()).isEqualTo("lambda:InvokeFunction");
              assertThat(statement.get("Resource"))
                  .extracting(JsonNode::asText)
                  .containsExactly(arn, arn + ":*");
            });
  }

  @Test
  void whoMayCheckCannotLetKeysIn() {
    JsonNode policy = STACK.properties("AWS::IAM::ManagedPolicy", "PoliciesCheck");
    assertThat(policy.get("ManagedPolicyName").asText())
        .isEqualTo("dbt-bastion-default-check-us-east-1");
    assertInvokesOnly(policy, "dbt-bastion-default-connection-check");
  }

  @Test
  void whoMayRegisterKeysMayDoNothingElse() {
    JsonNode policy = STACK.properties("AWS::IAM::ManagedPolicy", "PoliciesRegisterKeys");
    assertThat(policy.get("ManagedPolicyName").asText())
        .isEqualTo("dbt-bastion-default-register-keys-us-east-1");
    assertInvokesOnly(policy, "dbt-bastion-default-key-registry");
  }

  @Test
  void whatCannotBeChangedIsNotThere() {
    assertThat(STACK.resources("AWS::IAM::ManagedPolicy").values())
        .allSatisfy(policy -> assertThat(policy.at("/Properties/Description").asText()).isEmpty());
  }

  @Test
  void nobodyHasThemUntilTheyAreAttached() {
    assertThat(STACK.resources("AWS::IAM::ManagedPolicy"))
        .hasSize(2)
        .allSatisfy(
            (_, policy) ->
                assertThat(policy.get("Properties").fieldNames())
                    .toIterable()
                    .doesNotContain("Roles", "Users", "Groups"));
  }
}
