package org.dbtbastion.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.dbtbastion.infra.hosts.HostGroup;
import org.dbtbastion.infra.synthesis.Examples;
import org.dbtbastion.infra.synthesis.Order;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What must be there before something else, and must outlive it on deletion, although the one does
 * not name the other: an emulated account does not notice.
 */
class TemplateOrderTest {

  private static final String RULE = "AWS::EC2::SecurityGroup(In|E)gress";

  static Stream<Synthesized> examples() {
    return Examples.all().values().stream();
  }

  private static Set<String> neededBy(Synthesized stack, String id) {
    return Order.of(stack.template()).neededBy(id);
  }

  /** The logical ids of the resources of these types whose properties are such. */
  private static Set<String> ids(Synthesized stack, String types, Predicate<JsonNode> such) {
    Set<String> ids = new TreeSet<>();
    stack
        .template()
        .get("Resources")
        .properties()
        .forEach(
            resource -> {
              if (resource.getValue().get("Type").asText().matches(types)
                  && such.test(resource.getValue().path("Properties"))) {
                ids.add(resource.getKey());
              }
            });
    return ids;
  }

  private static Set<String> ids(Synthesized stack, String types) {
    return ids(stack, types, _ -> true);
  }

  /** The rules of a security group, and those of others that name it. */
  private static Set<String> rulesAbout(Synthesized stack, String group) {
    return ids(stack, RULE, rule -> rule.toString().contains("\"" + group));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void hostsComeAfterEveryRuleThatLeadsToThemAndOnwardAndDrainBeforeThoseGo(Synthesized stack) {
    assertThat(rulesAbout(stack, "HostSecurityGroup"))
        .hasSizeGreaterThanOrEqualTo(5)
        .isSubsetOf(neededBy(stack, HostGroup.GROUP));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void hostsComeAfterWhatDbtConnectsToAndDrainBeforeItGoes(Synthesized stack) {
    assertThat(
            ids(
                stack,
                "AWS::EC2::EIP|AWS::ElasticLoadBalancingV2::(LoadBalancer|Listener|TargetGroup)"))
        .isNotEmpty()
        .isSubsetOf(neededBy(stack, HostGroup.GROUP));
    assertThat(rulesAbout(stack, "LoadBalancerSecurityGroup"))
        .isSubsetOf(neededBy(stack, HostGroup.GROUP));
    assertThat(
            ids(
                stack,
                "AWS::SSM::Parameter",
                properties ->
                    properties.path("Name").asText().matches(".*/(elastic-ip|target-group)")))
        .hasSize(1)
        .isSubsetOf(neededBy(stack, HostGroup.GROUP));
  }

  @ParameterizedTest
  @MethodSource("examples")
  void hostsHaveTheirLogTheirRoleAndTheDeclaredKeysUntilTheyAreGone(Synthesized stack) {
    assertThat(neededBy(stack, HostGroup.GROUP))
        .containsAll(
            ids(
                stack,
                "AWS::Logs::LogGroup",
                log -> log.get("LogGroupName").asText().endsWith("/hosts")))
        .anyMatch(id -> id.startsWith("HostRole"))
        .containsAll(
            ids(
                stack,
                "AWS::SSM::Parameter",
                properties -> properties.path("Name").asText().contains("/authorized-keys/")));
  }

  // An address that an interface of the balancer still holds cannot be released; a security group
  // that such an interface is in cannot be deleted either, but CloudFormation tries that again.
  @ParameterizedTest
  @MethodSource("examples")
  void aBalancersAddressesOutliveItsSecurityGroupAndThatTheBalancer(Synthesized stack) {
    stack
        .resources("AWS::ElasticLoadBalancingV2::LoadBalancer")
        .forEach(
            (balancer, resource) -> {
              JsonNode groups = resource.at("/Properties/SecurityGroups");
              assertThat(groups).hasSize(1);
              String group = groups.at("/0/Fn::GetAtt/0").asText();
              assertThat(neededBy(stack, balancer)).contains(group);
              assertThat(neededBy(stack, group))
                  .containsAll(ids(stack, "AWS::EC2::EIP"))
                  .doesNotContain(balancer);
            });
  }

  // Lambda removes a function's interfaces with the function's role, after the function.
  @ParameterizedTest
  @MethodSource("examples")
  void aFunctionsRoleOutlivesItsSecurityGroupAndThatTheFunction(Synthesized stack) {
    Map<String, JsonNode> functions = stack.resources("AWS::Lambda::Function");
    functions.values().removeIf(function -> !function.get("Properties").has("VpcConfig"));
    assertThat(functions).hasSize(1);
    functions.forEach(
        (function, resource) -> {
          String role = resource.at("/Properties/Role/Fn::GetAtt/0").asText();
          JsonNode groups = resource.at("/Properties/VpcConfig/SecurityGroupIds");
          assertThat(groups).isNotEmpty();
          for (JsonNode each : groups) {
            String group = each.at("/Fn::GetAtt/0").asText();
            assertThat(neededBy(stack, function)).contains(group);
            assertThat(neededBy(stack, group)).contains(role).doesNotContain(function);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("examples")
  void aFunctionsLogOutlivesTheFunction(Synthesized stack) {
    for (String function : ids(stack, "AWS::Lambda::Function")) {
      assertThat(neededBy(stack, function)).anyMatch(ids(stack, "AWS::Logs::LogGroup")::contains);
    }
  }

  // The group is complete when its hosts have signalled, which they do in service.
  @ParameterizedTest
  @MethodSource("examples")
  void nothingIsCheckedBeforeTheHostsAreInServiceAndAllIsThereThatACheckNeeds(Synthesized stack) {
    assertThat(stack.template().at("/Resources/" + HostGroup.GROUP + "/CreationPolicy"))
        .isNotEmpty();
    Set<String> schedules = ids(stack, "AWS::Scheduler::Schedule");
    assertThat(schedules).hasSizeGreaterThanOrEqualTo(2);
    assertThat(schedules)
        .allSatisfy(id -> assertThat(neededBy(stack, id)).contains(HostGroup.GROUP));
    assertThat(schedules)
        .filteredOn(id -> id.startsWith("ConnectionChecks"))
        .isNotEmpty()
        .allSatisfy(
            id ->
                assertThat(neededBy(stack, id))
                    .containsAll(rulesAbout(stack, "ConnectionChecksSecurityGroup"))
                    .containsAll(rulesAbout(stack, "ConnectionChecksAwsApis"))
                    .containsAll(ids(stack, "AWS::EC2::VPCEndpoint"))
                    .containsAll(
                        ids(
                            stack,
                            "AWS::SSM::Parameter",
                            parameter ->
                                parameter.get("Name").asText().contains("/connections/"))));
    assertThat(schedules)
        .filteredOn(id -> id.startsWith("KeyRegistry"))
        .isNotEmpty()
        .allSatisfy(
            id -> assertThat(neededBy(stack, id)).containsAll(ids(stack, "AWS::SSM::Document")));
  }

  /**
   * Where no data is bad, an alarm comes after what makes the data. All others say nothing until
   * there are data.
   */
  @ParameterizedTest
  @MethodSource("examples")
  void noAlarmGoesOffBeforeThereIsSomethingToReport(Synthesized stack) {
    Set<String> breaching = ids(stack, "AWS::CloudWatch::Alarm", TemplateOrderTest::breaching);

    assertThat(breaching).hasSizeGreaterThanOrEqualTo(2);
    assertThat(breaching)
        .allSatisfy(id -> assertThat(neededBy(stack, id)).contains(HostGroup.GROUP));
    assertThat(breaching)
        .filteredOn(id -> id.contains("checks"))
        .singleElement()
        .satisfies(
            id ->
                assertThat(neededBy(stack, id))
                    .anyMatch(ids(stack, "AWS::Scheduler::Schedule")::contains));
    assertThat(ids(stack, "AWS::CloudWatch::Alarm", alarm -> !breaching(alarm)))
        .allSatisfy(
            id ->
                assertThat(
                        stack
                            .template()
                            .at("/Resources/%s/Properties/TreatMissingData".formatted(id))
                            .asText())
                    .isIn(List.of("notBreaching", "ignore")));
  }

  private static boolean breaching(JsonNode alarm) {
    return alarm.get("TreatMissingData").asText().equals("breaching");
  }
}
