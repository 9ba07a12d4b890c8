package org.dbtbastion.infra.synthesis;

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
import java.util.stream.Stream;
import org.dbtbastion.infra.App;
import software.amazon.awscdk.AppProps;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;

/**
 * The template that a configuration gives, with the feature flags of cdk.json. It is synthesized
 * once and shared: each synth talks to a Node process.
 */
public record Synthesized(JsonNode template, Path file, Path hostFiles) {

  public static final String ACCOUNT = "123456789012";
  public static final String REGION = "us-east-1";

  // The command line gives up as well where nothing new is found.
  private static final int MOST_ROUNDS = 5;

  private static final class Holder {

    private static final Synthesized LEAST = synthesize(SampleContext.LEAST);
  }

  /** From {@link ConfigurationTest#LEAST}: all defaults. */
  public static Synthesized least() {
    return Holder.LEAST;
  }

  public static Synthesized synthesize(Map<String, Object> configuration) {
    return synthesize(configuration, Lookups.inVpcOf("Public", "Private", "Isolated"));
  }

  /** With what lookups find: asked again until nothing is missing, as the command line does it. */
  public static Synthesized synthesize(Map<String, Object> configuration, Lookups lookups) {
    try {
      Path folder = layOut(Files.createTempDirectory(Path.of("target"), "synthesized"));
      Map<String, Object> context = flags();
      for (int round = 0; round < MOST_ROUNDS; round++) {
        Path assembly = synthesize(configuration, context, folder, "cdk.out" + round);
        JsonNode missing =
            new ObjectMapper().readTree(assembly.resolve("manifest.json").toFile()).path("missing");
        if (missing.isEmpty()) {
          return read(
              assembly, "dbt-bastion-" + configuration.getOrDefault("name", "default"), folder);
        }
        missing.forEach(each -> context.put(each.get("key").asText(), lookups.answer(each)));
      }
      throw new AssertionError("something is missing still");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // Of the template's rules and of cdk-nag's.
  private static void assertValid(Path assembly) throws IOException {
    JsonNode report =
        new ObjectMapper().readTree(assembly.resolve("validation-report.json").toFile());
    StringBuilder violations = new StringBuilder();
    report
        .get("pluginReports")
        .forEach(plugin -> plugin.get("violations").forEach(violations::append));
    if (!violations.isEmpty()) {
      throw new AssertionError(violations);
    }
  }

  private static Path synthesize(
      Map<String, Object> configuration, Map<String, Object> context, Path folder, String output) {
    Map<String, Object> whole = new HashMap<>(context);
    whole.putAll(configuration);
    software.amazon.awscdk.App app =
        new software.amazon.awscdk.App(
            AppProps.builder().context(whole).outdir(folder.resolve(output).toString()).build());
    App.addStack(app, folder.resolve("infra"), ACCOUNT, REGION);
    return Path.of(app.synth().getDirectory());
  }

  /** A stack of these constructs alone, which get the path of a zip. */
  public static Synthesized of(BiConsumer<Stack, Path> constructs) {
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
      constructs.accept(stack, folder.resolve("function/target/function.zip"));
      return read(Path.of(app.synth().getDirectory()), stack.getStackName(), folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Synthesized read(Path assembly, String stack, Path folder) throws IOException {
    assertValid(assembly);
    Path template = assembly.resolve(stack + ".template.json");
    return new Synthesized(
        new ObjectMapper().readTree(template.toFile()), template, folder.resolve("infra/bastion"));
  }

  /** A folder like the repository's, with stand-ins for what other modules and people make. */
  public static Path layOut(Path folder) throws IOException {
    Path bootstrap = folder.resolve("infra/bastion/opt/dbt-bastion/bootstrap");
    Files.createDirectories(bootstrap.getParent());
    Files.writeString(bootstrap, "#!/bin/bash\nexit 0\n");
    Path zip = folder.resolve("function/target/function.zip");
    Files.createDirectories(zip.getParent());
    Files.writeString(zip, "a zip");
    return folder;
  }

  /** The context of cdk.json, what a lookup of the VPC gives, and {@code more}. */
  public static Map<String, Object> context(Map<String, ?> more) throws IOException {
    Map<String, Object> context = flags();
    String vpcId = (String) SampleContext.LEAST.get("vpcId");
    context.put(
        "vpc-provider:account=%s:filter.vpc-id=%s:region=%s:returnAsymmetricSubnets=true"
            .formatted(ACCOUNT, vpcId, REGION),
        Lookups.inVpcOf("Public", "Private", "Isolated").vpc(vpcId));
    context.putAll(more);
    return context;
  }

  private static Map<String, Object> flags() throws IOException {
    Map<String, Object> flags = new HashMap<>();
    // As the command line has it: what is wrong is in a report, which is read here as well.
    flags.put("@aws-cdk/core:failSynthOnValidationErrors", false);
    new ObjectMapper()
        .readTree(Path.of("cdk.json").toFile())
        .get("context")
        .properties()
        .forEach(flag -> flags.put(flag.getKey(), plain(flag.getValue())));
    return flags;
  }

  public static Object plain(JsonNode value) {
    return new ObjectMapper().convertValue(value, Object.class);
  }

  /** All resources of a type, by their logical ids. */
  public Map<String, JsonNode> resources(String type) {
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
  public JsonNode properties(String type, String logicalIdPrefix) {
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
  public List<String> statements(String logicalIdPrefix) {
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
  public List<String> rules(String direction, String group) {
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
                Stream.of(
                        "SourceSecurityGroupId", "DestinationSecurityGroupId", "SourcePrefixListId")
                    .filter(rule::has)
                    .map(rule::get)
                    .findFirst()
                    .orElseThrow());
    return "%s %s-%s %s"
        .formatted(rule.get("IpProtocol").asText(), rule.get("FromPort"), rule.get("ToPort"), peer);
  }

  // Logical ids without the hash at their end.
  private static String name(JsonNode group) {
    if (group.isTextual()) {
      return group.asText();
    }
    return (group.has("Ref") ? group.get("Ref") : group.at("/Fn::GetAtt/0"))
        .asText()
        .replaceFirst("[0-9A-F]{8}$", "");
  }
}
