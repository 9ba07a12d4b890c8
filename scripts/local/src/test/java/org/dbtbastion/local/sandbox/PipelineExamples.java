package org.dbtbastion.local.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.dbtbastion.standins.lambda.LambdaService.Invocation;
import org.dbtbastion.standins.process.AwsCli;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Command.Result;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.readme.Readme;
import org.dbtbastion.standins.readme.Readme.Block;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.Test;

/**
 * What the pipelines of README.md run, run against the sandbox by the shells that GitHub and GitLab
 * start: it does what it is there for, and fails its job where that did not work.
 */
abstract class PipelineExamples {

  private static final Path REPOSITORY = Repository.root();
  private static final Readme README = Readme.in(REPOSITORY.resolve("scripts"));

  private final Sandbox sandbox;
  private final Path folder;

  /**
   * @param folder for the files of these tests
   */
  PipelineExamples(Sandbox sandbox, Path folder) {
    this.sandbox = sandbox;
    this.folder = folder;
  }

  @Test
  void checksPassAndFailWithTheConnection() throws IOException {
    for (Result run : checks().values()) {
      assertThat(run.status()).as(run.output() + run.errors()).isZero();
    }
    Link.WAREHOUSE_DOWN.breakIn(sandbox);
    try {
      checks()
          .forEach(
              (pipeline, run) -> {
                assertThat(run.status()).as(pipeline).isEqualTo(1);
                assertThat(run.output() + run.errors()).as(pipeline).contains("tcp-refused");
              });
    } finally {
      Link.WAREHOUSE_DOWN.mendIn(sandbox);
    }
  }

  /** What came of each pipeline's check. */
  private Map<String, Result> checks() throws IOException {
    Map<String, Result> runs = new LinkedHashMap<>();
    runs.put("GitHub", gitHubStep("check", "Check", Map.of()));
    runs.put("GitLab", gitLabJob("check", Map.of()));
    runs.put("anything else", run(folder, README.block("From anything else", "bash").code()));
    return runs;
  }

  @Test
  void stepFunctionsStateFailsWithTheConnection() throws IOException {
    assertThat(invokeState("Check", Map.of()).functionError()).isEmpty();
    Link.WAREHOUSE_DOWN.breakIn(sandbox);
    try {
      Invocation check = invokeState("Check", Map.of());

      assertThat(check.functionError()).isPresent();
      assertThat(check.text()).contains("tcp-refused");
    } finally {
      Link.WAREHOUSE_DOWN.mendIn(sandbox);
    }
  }

  @Test
  void eachPipelineRegistersTheKeyThatItIsGiven() throws Exception {
    SshKeys gitHub = SshKeys.likeDbt(folder, "github");
    SshKeys gitLab = SshKeys.likeDbt(folder, "gitlab");
    SshKeys stepFunctions = SshKeys.likeDbt(folder, "step_functions");

    Result step =
        gitHubStep(
            "register-key", "Register the key", Map.of("label", "by GitHub", "key", line(gitHub)));
    Result job =
        gitLabJob("register-key", Map.of("DBT_KEY", line(gitLab), "DBT_KEY_LABEL", "by GitLab"));
    Invocation state =
        invokeState(
            "RegisterKey", Map.of("label", "by Step Functions", "publicKey", line(stepFunctions)));

    assertThat(step.status()).as(step.errors()).isZero();
    assertThat(job.status()).as(job.errors()).isZero();
    assertThat(state.functionError()).as(state.text()).isEmpty();
    assertThat(sandbox.script("list-keys").run().output())
        .containsPattern("by GitHub .*" + Pattern.quote(gitHub.fingerprint()))
        .containsPattern("by GitLab .*" + Pattern.quote(gitLab.fingerprint()))
        .containsPattern("by Step Functions .*" + Pattern.quote(stepFunctions.fingerprint()));
  }

  @Test
  void whatSomebodyTypesIsNeverRunAndFailsTheJobIfItIsNoKey() throws IOException {
    Path trace = folder.resolve("trace");
    for (String typed :
        List.of(
            "$(touch '%s')",
            "`touch '%s'`", "'; touch '%s'; '", "\"; touch '%s'; \"", "x\ntouch '%s'")) {
      String attack = typed.formatted(trace);

      Result step =
          gitHubStep("register-key", "Register the key", Map.of("label", attack, "key", attack));
      Result job = gitLabJob("register-key", Map.of("DBT_KEY", attack, "DBT_KEY_LABEL", attack));

      assertThat(List.of(step, job))
          .allSatisfy(
              run -> {
                assertThat(run.status()).isEqualTo(1);
                assertThat(run.errors()).contains("nothing was changed", "publicKey: ", "label: ");
              });
      assertThat(trace).doesNotExist();
    }
  }

  private static String line(SshKeys key) throws IOException {
    return Files.readString(key.publicKey()).strip();
  }

  /** As GitHub's runner runs a step that names no shell, with the inputs of the workflow. */
  private Result gitHubStep(String job, String name, Map<String, String> inputs)
      throws IOException {
    JsonNode workflow =
        README.blocks("GitHub Actions").stream()
            .map(Block::parsed)
            .filter(each -> each.get("jobs").has(job))
            .findFirst()
            .orElseThrow();
    JsonNode step =
        StreamSupport.stream(workflow.at("/jobs/" + job + "/steps").spliterator(), false)
            .filter(each -> each.path("name").asText().equals(name))
            .findFirst()
            .orElseThrow();
    Map<String, String> environment = new HashMap<>();
    for (JsonNode variables : List.of(workflow.get("env"), step.path("env"))) {
      variables
          .properties()
          .forEach(
              each -> environment.put(each.getKey(), evaluated(each.getValue().asText(), inputs)));
    }
    environment.putAll(environment());
    Path script = Files.writeString(folder.resolve("step.sh"), step.get("run").asText());
    return new Command(List.of("bash", "-e", script.toString()), environment).in(REPOSITORY).run();
  }

  private static String evaluated(String text, Map<String, String> inputs) {
    return text.startsWith("${{ inputs.")
        ? inputs.get(text.replaceAll("\\$\\{\\{ inputs\\.(\\w+) }}", "$1"))
        : text;
  }

  /**
   * As GitLab's runner runs a job's commands. The job's token is a stand-in, which moto takes for a
   * role's credentials; there are no others. apt-get is a stand-in that installs nothing.
   */
  private Result gitLabJob(String name, Map<String, String> typed) throws IOException {
    JsonNode pipeline = README.block("GitLab CI", "yaml").parsed();
    JsonNode job = pipeline.get(name);
    Map<String, String> environment = new HashMap<>();
    job.get("variables")
        .properties()
        .forEach(each -> environment.put(each.getKey(), each.getValue().asText()));
    environment.putAll(typed);
    environment.putAll(sandbox.environment());
    environment.put("AWS_ID_TOKEN", "a token");
    // As each job has one: in the user's, the AWS CLI keeps credentials of accounts that are gone.
    environment.put("HOME", Files.createDirectories(folder.resolve("home")).toString());
    environment.put("TMPDIR", folder.toString());
    Path aptGet = Files.createDirectories(folder.resolve("bin")).resolve("apt-get");
    Files.writeString(aptGet, "#!/bin/sh\n");
    Files.setPosixFilePermissions(aptGet, PosixFilePermissions.fromString("rwxr-xr-x"));
    environment.put("PATH", aptGet.getParent() + ":" + AwsCli.shared().path());
    List<String> lines = new ArrayList<>();
    lines.add("set -eo pipefail");
    lines.add("unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY");
    for (JsonNode commands : List.of(pipeline.at("/default/before_script"), job.get("script"))) {
      commands.forEach(command -> lines.add(command.asText()));
    }
    return new Command(List.of("bash", "-c", String.join("\n", lines)), environment)
        .in(REPOSITORY)
        .run();
  }

  private Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>(sandbox.environment());
    environment.putAll(AwsCli.shared().environment());
    return environment;
  }

  private Result run(Path directory, String commands) {
    return new Command(List.of("bash", "-c", commands), environment()).in(directory).run();
  }

  /** As Step Functions invokes a task's function, with the input's fields in their places. */
  private Invocation invokeState(String name, Map<String, String> input) {
    JsonNode parameters =
        README.block("Step Functions", "json").parsed().at("/States/" + name + "/Parameters");
    ObjectNode payload = parameters.get("Payload").deepCopy();
    input.forEach(
        (field, value) -> {
          assertThat(payload.remove(field + ".$").asText()).isEqualTo("$." + field);
          payload.put(field, value);
        });
    String function =
        parameters.get("FunctionName").asText().replace("-default-", "-" + Sandbox.NAME + "-");
    return sandbox.lambda().invoke(function, payload.toString());
  }
}
