package org.dbtbastion.infra;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import software.amazon.awscdk.AppProps;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;

/**
 * The template that a configuration gives, with the feature flags of cdk.json. It is synthesized
 * once and shared: each synth talks to a Node process.
 */
record Synthesized(JsonNode template, Path hostFiles) {

  static final String ACCOUNT = "123456789012";
  static final String REGION = "us-east-1";

  private static final Map<String, Integer> DIGITS =
      Map.of("Public", 1, "Private", 2, "Isolated", 3);

  private static final class Holder {

    private static final Synthesized LEAST = synthesize(ConfigurationTest.LEAST);
  }

  /** From {@link ConfigurationTest#LEAST}: all defaults. */
  static Synthesized least() {
    return Holder.LEAST;
  }

  static Synthesized synthesize(Map<String, Object> configuration) {
    return synthesize(configuration, List.of("Public", "Private", "Isolated"));
  }

  /** In a VPC with subnets of these types. */
  static Synthesized synthesize(Map<String, Object> configuration, List<String> subnetTypes) {
    try {
      Path folder = layOut(Files.createTempDirectory(Path.of("target"), "synthesized"));
      software.amazon.awscdk.App app =
          new software.amazon.awscdk.App(
              AppProps.builder()
                  .context(context(Map.of(), subnetTypes))
                  .outdir(folder.resolve("cdk.out").toString())
                  .build());
      BastionStack stack =
          new BastionStack(
              app,
              new BastionStack.Props(
                  Configuration.read(configuration),
                  HostFiles.in(folder.resolve("infra/bastion")),
                  FunctionZip.at(folder.resolve("function/target/function.zip")),
                  Environment.builder().account(ACCOUNT).region(REGION).build()));
      return read(app, stack, folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A stack of these constructs alone, which may run the zip. */
  static Synthesized of(BiConsumer<Stack, FunctionZip> constructs) {
    try {
      Path folder = layOut(Files.createTempDirectory(Path.of("target"), "synthesized"));
      software.amazon.awscdk.App app =
          new software.amazon.awscdk.App(
              AppProps.builder()
                  .context(context(Map.of()))
                  .outdir(folder.resolve("cdk.out").toString())
                  .build());
      Stack stack =
          new Stack(
              app,
              "Test",
              StackProps.builder()
                  .env(Environment.builder().account(ACCOUNT).region(REGION).build())
                  .analyticsReporting(false)
                  .build());
      constructs.accept(stack, FunctionZip.at(folder.resolve("function/target/function.zip")));
      return read(app, stack, folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Synthesized read(software.amazon.awscdk.App app, Stack stack, Path folder)
      throws IOException {
    JsonNode template =
        new ObjectMapper()
            .readTree(
                Path.of(app.synth().getStackByName(stack.getStackName()).getTemplateFullPath())
                    .toFile());
    return new Synthesized(template, folder.resolve("infra/bastion"));
  }

  /** A folder like the repository's, with stand-ins for what other modules and people make. */
  static Path layOut(Path folder) throws IOException {
    Path bootstrap = folder.resolve("infra/bastion").resolve(HostFiles.BOOTSTRAP);
    Files.createDirectories(bootstrap.getParent());
    Files.writeString(bootstrap, "#!/bin/bash\nexit 0\n");
    Path zip = folder.resolve("function/target/function.zip");
    Files.createDirectories(zip.getParent());
    Files.writeString(zip, "a zip");
    return folder;
  }

  /** The context of cdk.json, what a lookup of the VPC gives, and {@code more}. */
  static Map<String, Object> context(Map<String, ?> more) throws IOException {
    return context(more, List.of("Public", "Private", "Isolated"));
  }

  private static Map<String, Object> context(Map<String, ?> more, List<String> subnetTypes)
      throws IOException {
    Map<String, Object> context = new HashMap<>();
    new ObjectMapper()
        .readTree(Path.of("cdk.json").toFile())
        .get("context")
        .properties()
        .forEach(flag -> context.put(flag.getKey(), plain(flag.getValue())));
    context.put(
        "vpc-provider:account=%s:filter.vpc-id=%s:region=%s:returnAsymmetricSubnets=true"
            .formatted(ACCOUNT, ConfigurationTest.LEAST.get("vpcId"), REGION),
        Map.of(
            "vpcId",
            ConfigurationTest.LEAST.get("vpcId"),
            "vpcCidrBlock",
            "10.0.0.0/16",
            "ownerAccountId",
            ACCOUNT,
            "availabilityZones",
            List.of(),
            "subnetGroups",
            subnetTypes.stream().map(type -> subnets(type, DIGITS.get(type))).toList()));
    context.putAll(more);
    return context;
  }

  private static Object plain(JsonNode value) {
    return new ObjectMapper().convertValue(value, Object.class);
  }

  private static Map<String, Object> subnets(String type, int digit) {
    return Map.of(
        "name",
        type,
        "type",
        type,
        "subnets",
        List.of(subnet("a", digit + "a"), subnet("b", digit + "b")));
  }

  private static Map<String, Object> subnet(String zone, String idEnd) {
    return Map.of(
        "subnetId", "subnet-000000" + idEnd,
        "cidr", "10.0.0.0/24",
        "availabilityZone", REGION + zone,
        "routeTableId", "rtb-000000" + idEnd);
  }

  /** All resources of a type, by their logical ids. */
  Map<String, JsonNode> resources(String type) {
    Map<String, JsonNode> resources = new HashMap<>();
    template
        .get("Resources")
        .properties()
        .forEach(
            resource -> {
              if (resource.getValue().get("Type").asText().equals(type)) {
                resources.put(resource.getKey(), resource.getValue());
              }
            });
    return resources;
  }

  /** The properties of the one resource of a type whose logical id begins like this. */
  JsonNode properties(String type, String logicalIdPrefix) {
    List<JsonNode> found = new ArrayList<>();
    resources(type)
        .forEach(
            (id, resource) -> {
              if (id.startsWith(logicalIdPrefix)) {
                found.add(resource.get("Properties"));
              }
            });
    if (found.size() != 1) {
      throw new AssertionError(
          "%d of %s begin with %s: %s"
              .formatted(found.size(), type, logicalIdPrefix, resources(type).keySet()));
    }
    return found.getFirst();
  }

  /**
   * The statements of a role, each on one line: {@code Effect actions on resources if conditions}.
   */
  List<String> statements(String logicalIdPrefix) {
    JsonNode role = properties("AWS::IAM::Role", logicalIdPrefix);
    if (role.has("ManagedPolicyArns")) {
      throw new AssertionError("managed policies: " + role.get("ManagedPolicyArns"));
    }
    List<String> lines = new ArrayList<>();
    role.get("Policies")
        .forEach(
            policy ->
                policy
                    .at("/PolicyDocument/Statement")
                    .forEach(statement -> lines.add(line(statement))));
    return lines;
  }

  private static String line(JsonNode statement) {
    String line =
        "%s %s on %s"
            .formatted(
                statement.get("Effect").asText(),
                several(statement.get("Action")),
                several(statement.get("Resource"))
                    .replace("arn:aws:", "")
                    .replace(":%s:%s:".formatted(REGION, ACCOUNT), ":"));
    return statement.has("Condition") ? line + " if " + statement.get("Condition") : line;
  }

  private static String several(JsonNode oneOrMore) {
    List<String> texts = new ArrayList<>();
    (oneOrMore.isArray() ? oneOrMore : List.of(oneOrMore))
        .forEach(one -> texts.add(one.isTextual() ? one.asText() : one.toString()));
    return String.join(" ", texts);
  }

  /** What goes in or out of a security group, inline and by rules of their own, in any order. */
  List<String> rules(String direction, String group) {
    List<String> rules = new ArrayList<>();
    resources("AWS::EC2::SecurityGroup")
        .forEach(
            (id, resource) -> {
              if (id.startsWith(group)) {
                resource
                    .at("/Properties/SecurityGroup" + direction)
                    .forEach(rule -> rules.add(rule(rule)));
              }
            });
    resources("AWS::EC2::SecurityGroup" + direction)
        .values()
        .forEach(
            resource -> {
              if (name(resource.at("/Properties/GroupId")).startsWith(group)) {
                rules.add(rule(resource.get("Properties")));
              }
            });
    return rules;
  }

  private static String rule(JsonNode rule) {
    String peer =
        rule.has("CidrIp")
            ? rule.get("CidrIp").asText()
            : name(
                rule.has("SourceSecurityGroupId")
                    ? rule.get("SourceSecurityGroupId")
                    : rule.get("DestinationSecurityGroupId"));
    return "%s %s-%s %s"
        .formatted(rule.get("IpProtocol").asText(), rule.get("FromPort"), rule.get("ToPort"), peer);
  }

  // Logical ids without the hash at their end.
  private static String name(JsonNode group) {
    return group.isTextual()
        ? group.asText()
        : group.at("/Fn::GetAtt/0").asText().replaceFirst("[0-9A-F]{8}$", "");
  }
}
