package org.dbtbastion.local.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dbtbastion.local.scripts.LambdaStandIn.Invocation;
import org.dbtbastion.standins.process.AwsCli;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Command.Result;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** scripts/deploy with stand-ins for the CDK command line and for the functions. */
class DeployTest {

  private static final String BOOTSTRAP = "cdk bootstrap aws://ACCOUNT/REGION";
  private static final String RENEWED =
      "{\"ok\":true,\"status\":\"created\",\"fingerprint\":\"SHA256:A\",\"hosts\":[]}";

  /** Keeps its arguments, a line each; says what it is told to, and ends as it is told to. */
  private static final String CDK =
      """
      set -eu
      printf '%s\\n' "$@" >"$CDK_CALL"
      printf 'what the CDK prints\\n'
      printf '%s\\n' "${CDK_MESSAGE:-what the CDK says}" >&2
      exit "${CDK_STATUS:-0}"
      """;

  @TempDir private Path folder;
  private LambdaStandIn lambda;
  private BuiltFolder built;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void start() throws IOException {
    lambda = new LambdaStandIn();
    built = BuiltFolder.withStandIn(folder.resolve("repository"), CDK);
    environment.putAll(
        Map.of(
            "AWS_ENDPOINT_URL_LAMBDA", lambda.endpoint(),
            "AWS_ACCESS_KEY_ID", "test",
            "AWS_SECRET_ACCESS_KEY", "test",
            "AWS_REGION", "us-east-1",
            "AWS_CONFIG_FILE", "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE", "/dev/null",
            "CDK_CALL", folder.resolve("call").toString(),
            "DBT_BASTION_NAME", "",
            "TMPDIR", folder.toString(),
            "PATH", standInOfMaven() + ":" + AwsCli.shared().path()));
  }

  @AfterEach
  void stop() throws IOException {
    lambda.close();
    try (var left = Files.list(folder)) {
      assertThat(left.filter(file -> file.getFileName().toString().startsWith("dbt-bastion")))
          .as("what the script left behind")
          .isEmpty();
    }
  }

  @Test
  void deploysGivesTheCheckItsKeyAndSaysWhatIsNext() throws IOException {
    lambda.willAnswer(RENEWED);

    Result run = deploy("-c", "redshift=analytics");

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(call()).containsExactly("deploy", "-c", "redshift=analytics", "-c", "name=default");
    assertThat(lambda.invocations())
        .extracting(Invocation::function)
        .containsExactly("dbt-bastion-default-key-registry");
    assertThat(run.errors()).contains("what the CDK says").doesNotContain(BOOTSTRAP);
    assertThat(run.output())
        .startsWith("what the CDK prints\n")
        .contains(
            "Host Name = WarehouseHost, Port = WarehousePort, Database = WarehouseDatabase",
            "Host Name = TunnelHost, Port = TunnelPort, Username = TunnelUser",
            "scripts/register-key --label LABEL",
            "scripts/check\n",
            "see\nthe output AllowedAddresses, and give -c dbtRegion=… or -c cidrs=…")
        .doesNotContain("Confirm the mail");
  }

  @Test
  void tellsOfTheMailThatMustBeConfirmed() throws IOException {
    lambda.willAnswer(RENEWED);
    Result typed = deploy("-c", "alarmEmail=a@example.com");
    lambda.willAnswer(RENEWED);
    context("\"alarmEmail\": \"a@example.com\"");
    Result written = deploy();

    assertThat(List.of(typed, written))
        .extracting(Result::output)
        .allSatisfy(
            out ->
                assertThat(out)
                    .contains("Confirm the mail from AWS Notifications, or alarms reach nobody."));
  }

  @Test
  void handsWhatFollowsTheDashesToTheCdkAsItIs() throws IOException {
    lambda.willAnswer(RENEWED);

    Result run =
        deploy(
            "--context=publicKeys=a=ssh-ed25519 AAAA",
            "--name",
            "two",
            "--",
            "--require-approval",
            "never",
            "--outputs-file=outputs.json",
            "--exclusively",
            "-vv",
            "-c",
            "name=three",
            "--",
            "a b");

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(call())
        .containsExactly(
            "deploy",
            "-c",
            "publicKeys=a=ssh-ed25519 AAAA",
            "--require-approval",
            "never",
            "--outputs-file=outputs.json",
            "--exclusively",
            "-vv",
            "-c",
            "name=three",
            "--",
            "a b",
            "-c",
            "name=two");
    assertThat(lambda.invocations())
        .extracting(Invocation::function)
        .containsExactly("dbt-bastion-two-key-registry");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--force", "--require-approval never", "--outputs-file=o.json"})
  void saysWhereOptionsOfTheCdkGo(String line) {
    Result run = deploy(("-c redshift=analytics " + line).split(" "));

    assertThat(run.status()).isEqualTo(64);
    assertThat(run.errors())
        .contains("there is no option " + line.split("[ =]")[0] + ".")
        .contains("An option of cdk deploy goes after --")
        .contains("See: scripts/deploy --help");
    assertThat(folder.resolve("call")).doesNotExist();
    assertThat(deploy("--help").output()).contains("-- --require-approval never");
  }

  @ParameterizedTest
  @CsvSource({
    "--nmae two --force, there is no option --nmae.",
    "--nmae=two, there is no option --nmae.",
    "--dry-run, there is no option --dry-run.",
    "--no-execute, there is no option --no-execute.",
    "-x, there is no option -x.",
    "redshift=analytics, redshift=… needs -c in front of it",
    "analytics, does not belong here",
    "-c redshift, there is no KEY= in: redshift",
    "-c =analytics, there is no KEY= in: =analytics",
    "--context=redshift, there is no KEY= in: redshift",
    "-credshift=analytics, there is no space after -c",
    "--profile, --profile needs a value",
    "--profile=, --profile needs a value",
    "-c name=, a name is a lower-case letter",
    "--name=A, a name is a lower-case letter",
    "--name=, --name needs a value"
  })
  void refusesWhatTheCdkWouldPassOver(String line, String explanation) {
    Result run = deploy(line.split(" "));

    assertThat(run.status()).isEqualTo(64);
    assertThat(run.errors()).contains(explanation, "See: scripts/deploy --help");
    assertThat(folder.resolve("call")).doesNotExist();
    assertThat(lambda.invocations()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "--name typed, variable, written, typed",
    "--name=typed, variable, written, typed",
    "-c name=typed, variable, written, typed",
    "--context=name=typed, variable, written, typed",
    "'', variable, written, variable",
    "'', '', written, written",
    "'', '', '', default"
  })
  void takesTheNameFromWhereItIsMeant(String line, String variable, String written, String name)
      throws IOException {
    lambda.willAnswer(RENEWED);
    environment.put("DBT_BASTION_NAME", variable);
    context(written.isEmpty() ? "" : "\"name\": \"" + written + "\"");

    Result run = deploy(line.isEmpty() ? new String[0] : line.split(" "));

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(call()).endsWith("-c", "name=" + name);
    assertThat(lambda.invocations())
        .extracting(Invocation::function)
        .containsExactly("dbt-bastion-" + name + "-key-registry");
  }

  @ParameterizedTest
  @ValueSource(strings = {"check", "list-keys"})
  void otherScriptsTakeTheNameFromCdkJsonToo(String script) throws IOException {
    lambda.willAnswer("{\"ok\":true,\"millis\":1,\"results\":[],\"keys\":[]}");
    context("\"name\": \"written\"");

    Result run = new Command(List.of(built.script(script).toString()), environment).run();

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(lambda.invocations())
        .singleElement()
        .extracting(Invocation::function)
        .asString()
        .startsWith("dbt-bastion-written-");
  }

  @Test
  void refusesBadNamesWhereverTheyStand() throws IOException {
    context("\"name\": \"A b\"");
    Result written = deploy();
    environment.put("DBT_BASTION_NAME", "A");
    Result variable = deploy();

    assertThat(written.status()).isEqualTo(64);
    assertThat(written.errors()).contains("name in infra/cdk.json: a name is a lower-case letter");
    assertThat(variable.status()).isEqualTo(64);
    assertThat(variable.errors()).contains("DBT_BASTION_NAME: a name is a lower-case letter");
    assertThat(folder.resolve("call")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({
    "SSM parameter /cdk-bootstrap/hnb659fds/version not found. Has the environment been"
        + " bootstrapped? Please run 'cdk bootstrap', true",
    "This CDK deployment requires bootstrap stack version '6'; found an older one, true",
    "No bucket named 'x'. Is account 123456789012 bootstrapped?, true",
    "redshift is missing, false",
    "Rule in dbt-bastion-default CREATE_FAILED, false"
  })
  void speaksOfBootstrappingOnlyWhereTheCdkDoes(String message, boolean spoken) {
    environment.putAll(Map.of("CDK_STATUS", "7", "CDK_MESSAGE", message));

    Result run = deploy();

    assertThat(run.status()).isEqualTo(7);
    assertThat(run.errors()).contains(message);
    assertThat(run.errors().contains(BOOTSTRAP)).isEqualTo(spoken);
    assertThat(run.output()).doesNotContain("Next:");
    assertThat(lambda.invocations()).isEmpty();
  }

  @Test
  void asksFirstWhatStandsInTheWay() throws IOException {
    environment.put("PREFLIGHT_STATUS", "1");

    Result run = deploy("-c", "redshift=analytics", "--name", "prod");

    assertThat(run.status()).as(run.errors()).isEqualTo(1);
    assertThat(run.errors()).contains("Nothing was deployed. --no-preflight deploys all the same.");
    assertThat(folder.resolve("call")).doesNotExist();
    assertThat(built.script("preflight-call")).hasContent("--name prod -c redshift=analytics");

    lambda.willAnswer(RENEWED);
    assertThat(deploy("-c", "redshift=analytics", "--no-preflight").status()).isZero();
    assertThat(folder.resolve("call")).exists();
  }

  /** Of the command line's own error nobody would learn what to do. */
  @ParameterizedTest
  @CsvSource({
    "Cannot read field DBName. DBName is not found., -c database=DATABASE",
    "Cannot read field Namespace.DbName. DbName is not found., -c database=DATABASE",
    "Cannot read field Endpoint.Address. Endpoint is not found., Wait until it is available.",
  })
  void saysWhatToDoWhereALookupLacksAField(String message, String fix) {
    environment.putAll(Map.of("CDK_STATUS", "1", "CDK_MESSAGE", message));

    assertThat(deploy().errors()).contains(fix);
  }

  @Test
  void saysThatTheStackIsDeployedWhereTheChecksKeyIsNotMade() {
    lambda.willFail("{\"errorMessage\":\"Parameter Store is closed.\"}");

    Result run = deploy("--name", "two");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.errors())
        .contains(
            """
            The stack is deployed; the connection check's own key could not be made:
              Parameter Store is closed.
            The schedule tries again every hour.
            """);
    assertThat(run.output()).contains("Next:", "scripts/check --name two");
  }

  @Test
  void endsAsTheAwsCliDoesWhereTheFunctionMayNotBeCalled() {
    lambda.willRefuse(403, "AccessDeniedException", "not you");

    Result run = deploy();

    assertThat(run.status()).isGreaterThan(1);
    assertThat(run.errors())
        .contains("The stack is deployed", "AccessDenied", "lambda:InvokeFunction");
    assertThat(run.output()).contains("Next:");
  }

  /** Nothing is built here: it is asked for its version, which takes half a second otherwise. */
  private Path standInOfMaven() throws IOException {
    Path maven = Files.createDirectories(folder.resolve("bin")).resolve("mvn");
    Files.writeString(maven, "#!/bin/sh\necho 'Apache Maven 3.9.9'\n");
    Files.setPosixFilePermissions(maven, PosixFilePermissions.fromString("rwxr-xr-x"));
    return maven.getParent();
  }

  private void context(String entries) throws IOException {
    Files.writeString(
        built.root().resolve("infra/cdk.json"), "{\"context\": {%s}}".formatted(entries));
  }

  private Result deploy(String... options) {
    List<String> command = new ArrayList<>(List.of(built.script("deploy").toString()));
    command.addAll(List.of(options));
    return new Command(command, environment).run();
  }

  private List<String> call() throws IOException {
    return Files.readAllLines(folder.resolve("call"));
  }
}
