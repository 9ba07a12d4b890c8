package org.dbtbastion.infra.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.dbtbastion.infra.sandbox.Account;
import org.dbtbastion.infra.scripts.Shell.Run;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.ParameterMetadata;
import software.amazon.awssdk.services.ssm.model.ParameterType;

/**
 * scripts/destroy with a stand-in for the CDK command line, which deletes the stack or does not, in
 * an account that moto emulates.
 */
class DestroyTest {

  private static final String SECRET = "a value that nobody may read";
  private static final String TEMPLATE =
      "{\"Resources\":{\"Topic\":{\"Type\":\"AWS::SNS::Topic\"}}}";

  /** Deletes the stack of the name that it was given, unless told otherwise. */
  private static final String CDK =
      """
      set -eu
      printf '%s\\n' "$*" >"$CDK_CALLS"
      [ "${CDK_STATUS:-0}" = 0 ] || exit "$CDK_STATUS"
      [ "${CDK_ANSWER:-y}" = y ] || exit 0
      aws cloudformation delete-stack --stack-name "dbt-bastion-${3#name=}"
      """;

  @TempDir private static Path account;
  private static Account aws;
  private static SsmClient ssm;
  private static CloudFormationClient stacks;

  @TempDir private Path folder;
  private BuiltFolder built;
  private Shell shell;

  @BeforeAll
  static void startAccount() {
    aws = Account.start(account, Account.Kind.WITH_NAT);
    ssm = aws.client(SsmClient.builder());
    stacks = aws.client(CloudFormationClient.builder());
  }

  @AfterAll
  static void stopAccount() {
    ssm.close();
    stacks.close();
    aws.close();
  }

  @BeforeEach
  void deploy() throws IOException {
    aws.moto().reset();
    built = BuiltFolder.withStandIn(folder.resolve("repository"), CDK);
    Map<String, String> environment = new HashMap<>(aws.environment());
    environment.put("CDK_CALLS", folder.resolve("cdk").toString());
    environment.put("TMPDIR", folder.toString());
    shell = new Shell(environment);
    for (String name : List.of("a", "ab")) {
      stacks.createStack(stack -> stack.stackName("dbt-bastion-" + name).templateBody(TEMPLATE));
      put("/dbt-bastion/%s/authorized-keys/0123".formatted(name), ParameterType.STRING);
      put("/dbt-bastion/%s/host-keys/ed25519".formatted(name), ParameterType.SECURE_STRING);
      put("/dbt-bastion/%s/host-keys/ed25519.pub".formatted(name), ParameterType.STRING);
      put("/dbt-bastion/%s/check-key".formatted(name), ParameterType.SECURE_STRING);
      put("/dbt-bastion/%s/last-seen/0123".formatted(name), ParameterType.STRING);
    }
    put("/dbt-bastion-a/check-key", ParameterType.STRING);
    put("/other/dbt-bastion/a/check-key", ParameterType.STRING);
  }

  @Test
  void keepsWhatWasWrittenAtRunTimeAndNamesIt() throws IOException {
    List<String> before = names();

    Run run = destroy("--name", "a", "-c", "vpcId=vpc-0", "--force");

    assertThat(run.status()).as(run.err()).isZero();
    assertThat(calls()).isEqualTo("destroy -c name=a -c vpcId=vpc-0 --force\n");
    assertThat(names()).isEqualTo(before);
    assertThat(run.err())
        .contains(
            "  /dbt-bastion/a/authorized-keys/0123  a registered key\n",
            "  /dbt-bastion/a/host-keys/ed25519  a host key\n",
            "  /dbt-bastion/a/host-keys/ed25519.pub  a host key, the public half\n",
            "  /dbt-bastion/a/check-key  the check's key\n",
            "  /dbt-bastion/a/last-seen/0123  when a key was last seen\n",
            "scripts/destroy --name a --remove-keys")
        .doesNotContain("/dbt-bastion/ab", "/dbt-bastion-a", "/other");
    assertThat(run.out() + run.err()).doesNotContain(SECRET);
    assertThat(folder.toFile().list()).noneMatch(file -> file.startsWith("dbt-bastion."));
  }

  @Test
  void removesAllPagesOfItsOwnKeysWhereAskedAndNobodyElses() {
    List<String> others =
        names().stream().filter(name -> !name.startsWith("/dbt-bastion/a/")).toList();
    // DescribeParameters gives 50 at most on a page.
    IntStream.range(0, 64)
        .forEach(
            key ->
                put("/dbt-bastion/a/authorized-keys/f%02d".formatted(key), ParameterType.STRING));

    Run run = destroy("--name=a", "--remove-keys", "--force");

    assertThat(run.status()).as(run.err()).isZero();
    assertThat(names()).isEqualTo(others);
    assertThat(run.err()).contains("all 69 parameters below /dbt-bastion/a/");
    assertThat(run.out() + run.err()).doesNotContain(SECRET);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-c name=a", "--context name=a", "--context=name=a"})
  void takesTheNameAsTheStackDoes(String option) throws IOException {
    List<String> words = new ArrayList<>(List.of(option.split(" ")));
    words.add("--remove-keys");

    Run run = destroy(words.toArray(String[]::new));

    assertThat(run.status()).as(run.err()).isZero();
    assertThat(calls()).isEqualTo("destroy -c name=a\n");
    assertThat(names()).noneMatch(name -> name.startsWith("/dbt-bastion/a/"));
    assertThat(names()).filteredOn(name -> name.startsWith("/dbt-bastion/ab/")).hasSize(5);
  }

  @Test
  void touchesNothingWhereSomebodyAnsweredNo() {
    List<String> before = names();
    shell = shell.with(Map.of("CDK_ANSWER", "n"));

    Run run = destroy("--name", "a", "--remove-keys");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.err()).contains("the stack dbt-bastion-a is still there");
    assertThat(names()).isEqualTo(before);
  }

  @Test
  void endsAsTheCdkDidWhereThatFailed() {
    List<String> before = names();
    shell = shell.with(Map.of("CDK_STATUS", "7"));

    Run run = destroy("--name", "a", "--remove-keys");

    assertThat(run.status()).isEqualTo(7);
    assertThat(run.err()).contains("cdk destroy failed");
    assertThat(names()).isEqualTo(before);
  }

  @Test
  void removesLaterWhatWasKeptAndThenHasNothingToSay() {
    destroy("--name", "a");

    assertThat(destroy("--name", "a", "--remove-keys").status()).isZero();
    Run again = destroy("--name", "a", "--remove-keys");

    assertThat(again.status()).isZero();
    assertThat(again.err()).contains("Nothing is left below /dbt-bastion/a/");
  }

  @Test
  void saysWhatIsLeftWhereRemovalFailsAndGoesOnTheNextTime() throws IOException {
    IntStream.range(0, 20)
        .forEach(
            key ->
                put("/dbt-bastion/a/authorized-keys/f%02d".formatted(key), ParameterType.STRING));
    Shell whole = shell;
    failing("ssm delete-parameters", 2);

    Run run = destroy("--name", "a", "--remove-keys");

    assertThat(run.status()).isEqualTo(254);
    List<String> left =
        names().stream().filter(name -> name.startsWith("/dbt-bastion/a/")).toList();
    assertThat(left).hasSize(15);
    assertThat(run.err().lines().filter(line -> line.startsWith("  /dbt-bastion/a/")))
        .as(run.err())
        .extracting(line -> line.strip().split(" ")[0])
        .containsExactlyElementsOf(left);

    shell = whole;
    assertThat(destroy("--name", "a", "--remove-keys").status()).isZero();
    assertThat(names()).noneMatch(name -> name.startsWith("/dbt-bastion/a/"));
  }

  @ParameterizedTest
  @CsvSource({
    "cloudformation describe-stacks, is not known",
    "ssm describe-parameters, cannot be listed"
  })
  void touchesNothingWhereAwsDoesNotAnswer(String call, String explanation) throws IOException {
    List<String> before = names();
    failing(call, 1);

    Run run = destroy("--name", "a", "--remove-keys");

    assertThat(run.status()).isEqualTo(254);
    assertThat(run.err()).contains(explanation, "AccessDenied");
    assertThat(names()).isEqualTo(before);
  }

  @Test
  void removesNothingOutsideItsPathWhateverIsListed() throws IOException {
    List<String> others =
        names().stream().filter(name -> !name.startsWith("/dbt-bastion/a/")).toList();
    wrapAws(
        """
        if [ "$1 $2" = 'ssm describe-parameters' ]; then
          echo '{"Parameters": [{"Name": "/dbt-bastion/ab/check-key"}, {"Name": "/other/dbt-bastion/a/check-key"},
            {"Name": "/dbt-bastion/a/check-key"}]}'
          exit
        fi
        """);

    Run run = destroy("--name", "a", "--remove-keys");

    assertThat(run.status()).as(run.err()).isZero();
    assertThat(names()).containsAll(others).doesNotContain("/dbt-bastion/a/check-key");
  }

  private Run destroy(String... options) {
    List<String> command = new ArrayList<>(List.of(built.script("destroy").toString()));
    command.addAll(List.of(options));
    return shell.run(command);
  }

  private String calls() throws IOException {
    return Files.readString(folder.resolve("cdk"));
  }

  /** The AWS CLI fails the n-th time that it is called for this, as where it is not allowed. */
  private void failing(String call, int time) throws IOException {
    wrapAws(
        """
        if [ "$1 $2" = '%s' ]; then
          echo >>"$0.calls"
          if [ "$(wc -l <"$0.calls")" -eq %d ]; then
            echo 'An error occurred (AccessDenied)' >&2
            exit 254
          fi
        fi
        """
            .formatted(call, time));
  }

  /** Puts commands in front of the real AWS CLI. */
  private void wrapAws(String before) throws IOException {
    Run real = new Shell(Map.of()).run(List.of("bash", "-c", "command -v aws"));
    Path program = Files.createDirectories(folder.resolve("bin")).resolve("aws");
    Files.writeString(
        program, "#!/usr/bin/env bash\n%sexec '%s' \"$@\"\n".formatted(before, real.out().strip()));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    shell = shell.with(Map.of("PATH", program.getParent() + ":" + System.getenv("PATH")));
  }

  private static void put(String name, ParameterType type) {
    ssm.putParameter(parameter -> parameter.name(name).type(type).value(SECRET));
  }

  /** Of all parameters in the account, but for those that AWS itself has there. */
  private static List<String> names() {
    return ssm.describeParametersPaginator(all -> {}).stream()
        .flatMap(page -> page.parameters().stream())
        .map(ParameterMetadata::name)
        .filter(name -> !name.startsWith("/aws/"))
        .sorted()
        .toList();
  }
}
