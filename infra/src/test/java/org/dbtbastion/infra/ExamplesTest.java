package org.dbtbastion.infra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.cdklabs.cdknag.AwsSolutionsChecks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.synthesis.Examples;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.readme.Readme;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awscdk.Aspects;
import software.amazon.awscdk.services.ec2.Peer;
import software.amazon.awscdk.services.ec2.Port;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ec2.Vpc;
import software.amazon.awscdk.services.ec2.VpcAttributes;

/** What holds for every stack, whatever is configured. */
class ExamplesTest {

  @TempDir Path folder;

  static Stream<String> names() {
    return Examples.all().keySet().stream();
  }

  @Test
  void cfnLintHasNothingToSay() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("cfn-lint", "--format", "parseable"));
    Examples.all().values().forEach(stack -> command.add(stack.file().toString()));
    Path output = folder.resolve("cfn-lint");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
    } finally {
      process.destroyForcibly();
    }

    assertThat(output).content().isEmpty();
    assertThat(process.exitValue()).isZero();
  }

  @ParameterizedTest
  @MethodSource("names")
  void readmeTellsHowToDeployIt(String name) {
    Map<String, Object> configuration = new TreeMap<>(Examples.configuration(name));
    configuration.computeIfPresent("publicKeys", (_, keys) -> "prod=ssh-ed25519 KEYDATA");

    assertThat(
            Readme.in(Repository.infra()).blocks("Worked examples").stream()
                .map(Readme.Block::code)
                .map(ExamplesTest::options)
                .toList())
        .contains(configuration);
  }

  private static Map<String, Object> options(String command) {
    Map<String, Object> options = new TreeMap<>();
    Matcher option = Pattern.compile(" -c (?:'([^']*)'|(\\S+))").matcher(command);
    while (option.find()) {
      String[] pair = (option.group(1) == null ? option.group(2) : option.group(1)).split("=", 2);
      options.put(pair[0], pair[1]);
    }
    return options;
  }

  @Test
  void readmeNamesEveryKey() {
    String table = Readme.in(Repository.infra()).section("Configuration");

    assertThat(Configuration.KEYS)
        .allSatisfy(key -> assertThat(table).contains("| `" + key + "` |"));
    assertThat(table.lines().filter(line -> line.startsWith("| `")))
        .hasSameSizeAs(Configuration.KEYS);
  }

  @Test
  void readmeCountsEveryAlarm() {
    int alarms = Examples.clusterWithElasticIp().resources("AWS::CloudWatch::Alarm").size();

    assertThat(Readme.in(Repository.infra()).section("What it costs"))
        .contains("| alarms | %d × $0.10".formatted(alarms))
        .contains("with a balancer %d ×".formatted(alarms + 1));
  }

  // Synthesized throws what cdk-nag finds; here is the proof that it would.
  @Test
  void whatCdkNagFindsFailsASynth() {
    assertThatThrownBy(
            () ->
                Synthesized.of(
                    (stack, _) -> {
                      Aspects.of(stack).add(new AwsSolutionsChecks());
                      SecurityGroup.Builder.create(stack, "Open")
                          .vpc(
                              Vpc.fromVpcAttributes(
                                  stack,
                                  "Vpc",
                                  VpcAttributes.builder()
                                      .vpcId("vpc-0a1b2c3d")
                                      .availabilityZones(List.of("us-east-1a"))
                                      .build()))
                          .build()
                          .addIngressRule(Peer.anyIpv4(), Port.tcp(22));
                    }))
        .hasMessageContaining("AwsSolutions-EC23");
  }

  @ParameterizedTest
  @MethodSource("names")
  void everySuppressionOfCdkNagHasAReason(String name) {
    Examples.all()
        .get(name)
        .template()
        .findValues("rules_to_suppress")
        .forEach(
            rules ->
                rules.forEach(
                    rule -> {
                      assertThat(rule.get("reason").asText()).hasSizeGreaterThan(20);
                      if (rule.get("id").asText().equals("AwsSolutions-IAM5")) {
                        assertThat(rule.get("applies_to"))
                            .as("one wildcard each: " + rule)
                            .hasSize(1);
                      }
                    }));
  }

  @ParameterizedTest
  @MethodSource("names")
  void nothingInATemplateDiffersFromOneSynthToTheNext(String name) throws IOException {
    Synthesized stack = Examples.all().get(name);

    assertThat(Examples.again(name).file()).hasSameTextualContentAs(stack.file());
    assertThat(Files.size(stack.file())).as("the limit of CloudFormation").isLessThan(1_000_000);
  }
}
