package org.dbtbastion.infra.functions;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.action.Action;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;
import software.amazon.awscdk.CfnOutput;

class BastionFunctionTest {

  private static final BastionName BASTION = new BastionName("default");

  private static Synthesized synthesize(boolean snapStart, String variable) {
    return Synthesized.of(
        (stack, zip) -> {
          BastionFunction.Shared shared =
              new BastionFunction.Shared(
                  BASTION,
                  FunctionZip.at(zip),
                  snapStart,
                  new MissedRuns(stack, "MissedRuns", BASTION).queue());
          BastionFunction function =
              new BastionFunction(
                  stack,
                  "Function",
                  new BastionFunction.Props(
                      shared,
                      BASTION.keyRegistryFunction(),
                      "For this test",
                      List.of(Action.LIST_KEYS),
                      Map.of("VARIABLE", variable),
                      Duration.ofMinutes(2),
                      List.of(),
                      Optional.empty()));
          new RecurringInvocation(
              stack,
              "Schedule",
              new RecurringInvocation.Props(
                  "schedule",
                  "For this test",
                  function.invoked(),
                  Duration.ofHours(1),
                  "{}",
                  shared.missedRuns()));
          CfnOutput.Builder.create(stack, "Name")
              .value(function.invoked().getFunctionName())
              .build();
        });
  }

  private static String onlyIdOf(Synthesized stack, String type) {
    assertThat(stack.resources(type)).hasSize(1);
    return stack.resources(type).keySet().iterator().next();
  }

  @Test
  void withoutSnapStartTheFunctionItselfIsInvoked() {
    Synthesized stack = synthesize(false, "one");
    String function = onlyIdOf(stack, "AWS::Lambda::Function");

    assertThat(stack.resources("AWS::Lambda::Version")).isEmpty();
    assertThat(stack.resources("AWS::Lambda::Alias")).isEmpty();
    assertThat(stack.properties("AWS::Lambda::Function", "Function").has("SnapStart")).isFalse();
    assertThat(
            stack.properties("AWS::Scheduler::Schedule", "Schedule").at("/Target/Arn").toString())
        .isEqualTo("{\"Fn::GetAtt\":[\"%s\",\"Arn\"]}".formatted(function));
    assertThat(stack.template().at("/Outputs/Name/Value").toString())
        .isEqualTo("{\"Ref\":\"%s\"}".formatted(function));
  }

  @Test
  void withSnapStartTheAliasOfThePublishedVersionIsInvokedAndNothingElse() {
    Synthesized stack = synthesize(true, "one");
    String alias = onlyIdOf(stack, "AWS::Lambda::Alias");

    assertThat(
            stack.properties("AWS::Lambda::Function", "Function").at("/SnapStart/ApplyOn").asText())
        .isEqualTo("PublishedVersions");
    JsonNode properties = stack.properties("AWS::Lambda::Alias", "Function");
    assertThat(properties.get("Name").asText()).isEqualTo("live");
    assertThat(properties.get("FunctionVersion").toString())
        .isEqualTo(
            "{\"Fn::GetAtt\":[\"%s\",\"Version\"]}"
                .formatted(onlyIdOf(stack, "AWS::Lambda::Version")));
    assertThat(
            stack.properties("AWS::Scheduler::Schedule", "Schedule").at("/Target/Arn").toString())
        .isEqualTo("{\"Ref\":\"%s\"}".formatted(alias));
    assertThat(stack.statements("ScheduleRole"))
        .contains("Allow lambda:InvokeFunction on {\"Ref\":\"%s\"}".formatted(alias));
    // The name with the alias, as scripts and the AWS CLI take it: cut out of the alias's ARN.
    assertThat(stack.template().at("/Outputs/Name/Value").toString())
        .contains(alias)
        .endsWith("\":live\"]]}");
  }

  @Test
  void onlyTheVersionIsCalledAnewWhenTheConfigurationChanges() {
    Synthesized one = synthesize(true, "one");
    Synthesized other = synthesize(true, "other");

    assertThat(synthesize(true, "one").template()).isEqualTo(one.template());
    assertThat(onlyIdOf(other, "AWS::Lambda::Version"))
        .isNotEqualTo(onlyIdOf(one, "AWS::Lambda::Version"));
    assertThat(onlyIdOf(other, "AWS::Lambda::Alias"))
        .isEqualTo(onlyIdOf(one, "AWS::Lambda::Alias"));
    assertThat(onlyIdOf(other, "AWS::Lambda::Function"))
        .isEqualTo(onlyIdOf(one, "AWS::Lambda::Function"));
  }
}
