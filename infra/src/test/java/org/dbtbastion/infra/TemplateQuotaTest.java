package org.dbtbastion.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dbtbastion.infra.configuration.AddressMode;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.synthesis.Examples;
import org.dbtbastion.infra.synthesis.Lookups;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Command.Result;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What AWS takes at most, without a quota being raised, held by every example and by stacks in
 * which all names and lists are as long as they may be.
 */
class TemplateQuotaTest {

  private static final String LONGEST_NAME = "a".repeat(31);
  private static final Map<String, Synthesized> LARGEST = new TreeMap<>();

  @BeforeAll
  static void synthesizeTheLargest() {
    for (AddressMode mode : AddressMode.values()) {
      Map<String, Object> configuration = new HashMap<>(SampleContext.LEAST);
      configuration.remove("dbtRegion");
      configuration.putAll(
          Map.of(
              "name",
              LONGEST_NAME,
              "addressMode",
              mode.id(),
              "cidrs",
              IntStream.range(0, Configuration.Ssh.MOST_SOURCES)
                  .mapToObj(i -> "203.255.255.%d/32".formatted(100 + i))
                  .collect(Collectors.joining(",")),
              "sshUser",
              "u".repeat(31),
              "endpoint",
              "e".repeat(63) + ".abcdefghijkl.us-east-1.redshift.amazonaws.com",
              "publicKeys",
              "l".repeat(64) + "=" + SampleContext.KEY,
              "snapStart",
              "true"));
      for (String subnets : List.of("Private", "Isolated")) {
        LARGEST.put(
            mode.id() + " " + subnets,
            Synthesized.synthesize(configuration, Lookups.inVpcOf("Public", subnets)));
      }
    }
  }

  static Stream<Synthesized> stacks() {
    return Stream.concat(Examples.all().values().stream(), LARGEST.values().stream());
  }

  // It knows the longest that a name or a description of each type may be.
  @Test
  void cfnLintTakesTheLongestNames() {
    assertThat(LARGEST).hasSize(4);
    List<String> command =
        Stream.concat(
                Stream.of("cfn-lint", "--format", "parseable"),
                LARGEST.values().stream().map(stack -> stack.file().toString()))
            .toList();

    Result lint = Command.of(command.toArray(String[]::new)).run();

    assertThat(lint.output() + lint.errors()).isEmpty();
  }

  // "CloudFormation quotas"; "Logical IDs" of the template reference.
  @ParameterizedTest
  @MethodSource("stacks")
  void cloudFormationTakesTheTemplate(Synthesized stack) throws IOException {
    assertThat(Files.size(stack.file())).isLessThanOrEqualTo(1_000_000);
    assertThat(stack.template().get("Resources").size()).isLessThanOrEqualTo(500);
    assertThat(stack.template().get("Outputs").size()).isLessThanOrEqualTo(200);
    assertThat(stack.template().get("Resources").fieldNames())
        .toIterable()
        .allMatch(id -> id.length() <= 255);
  }

  // "IAM and AWS STS quotas": all inline policies of a role together, and one managed policy,
  // without white space.
  @ParameterizedTest
  @MethodSource("stacks")
  void iamTakesThePolicies(Synthesized stack) {
    assertThat(stack.resources("AWS::IAM::Role").values())
        .isNotEmpty()
        .allSatisfy(
            role ->
                assertThat(characters(role.at("/Properties/Policies").findValues("PolicyDocument")))
                    .isLessThanOrEqualTo(10_240));
    assertThat(stack.resources("AWS::IAM::ManagedPolicy").values())
        .isNotEmpty()
        .allSatisfy(
            policy ->
                assertThat(characters(policy.findValues("PolicyDocument")))
                    .isLessThanOrEqualTo(6_144));
    assertThat(stack.resources("AWS::IAM::Role").values())
        .allSatisfy(
            role ->
                assertThat(characters(role.findValues("AssumeRolePolicyDocument")))
                    .isLessThanOrEqualTo(2_048));
  }

  private static int characters(List<JsonNode> policies) {
    return policies.stream().mapToInt(policy -> policy.toString().length()).sum();
  }

  // "Parameter Store": the value of a standard parameter.
  @ParameterizedTest
  @MethodSource("stacks")
  void parameterStoreTakesTheValues(Synthesized stack) {
    assertThat(stack.resources("AWS::SSM::Parameter").values())
        .isNotEmpty()
        .allSatisfy(
            parameter ->
                assertThat(bytes(parameter.at("/Properties/Value"))).isLessThanOrEqualTo(4_096));
  }

  // "Lambda quotas": all environment variables of a function together.
  @ParameterizedTest
  @MethodSource("stacks")
  void lambdaTakesTheEnvironment(Synthesized stack) {
    assertThat(stack.resources("AWS::Lambda::Function").values())
        .hasSize(2)
        .allSatisfy(
            function ->
                assertThat(bytes(function.at("/Properties/Environment/Variables")))
                    .isLessThanOrEqualTo(4_096));
  }

  private static int bytes(JsonNode value) {
    return (value.isTextual() ? value.asText() : value.toString())
        .getBytes(StandardCharsets.UTF_8)
        .length;
  }

  // "Amazon VPC quotas": rules in each direction; a prefix list counts as its size.
  @ParameterizedTest
  @MethodSource("stacks")
  void ec2TakesTheRulesOfEverySecurityGroup(Synthesized stack) {
    int listed = stack.properties("AWS::EC2::PrefixList", "DbtAddresses").get("MaxEntries").asInt();
    assertThat(listed).isEqualTo(Configuration.Ssh.MOST_SOURCES);
    for (String direction : List.of("Ingress", "Egress")) {
      for (String group : stack.resources("AWS::EC2::SecurityGroup").keySet()) {
        int rules =
            stack.rules(direction, group.substring(0, group.length() - 8)).stream()
                .mapToInt(rule -> rule.endsWith("DbtAddressesList") ? listed : 1)
                .sum();
        assertThat(rules).as(direction + " of " + group).isBetween(1, 60);
      }
    }
  }
}
