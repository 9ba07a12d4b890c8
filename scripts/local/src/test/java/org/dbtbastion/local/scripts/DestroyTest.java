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
import java.util.stream.IntStream;
import org.dbtbastion.local.sandbox.WarehouseAccount;
import org.dbtbastion.standins.process.AwsCli;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Command.Result;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.cloudformation.model.Stack;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.ParameterMetadata;
import software.amazon.awssdk.services.ssm.model.ParameterType;

/** scripts/destroy in an account that moto emulates. */
class DestroyTest {

  private static final String SECRET = "a value that nobody may read";
  private static final String TEMPLATE =
      "{\"Resources\":{\"Topic\":{\"Type\":\"AWS::SNS::Topic\"}}}";

  /** What must not be needed: it says that it was called, and fails. */
  private static final String NOT_NEEDED = "echo \"$0\" >>\"$NOT_NEEDED\"; exit 1\n";

  @TempDir private static Path account;
  private static WarehouseAccount aws;
  private static SsmClient ssm;
  private static CloudFormationClient stacks;

  @TempDir private Path folder;
  private Path programs;
  private BuiltFolder built;
  private Map<String, String> environment;

  @BeforeAll
  static void startAccount() {
    aws = WarehouseAccount.start(account, WarehouseAccount.Kind.WITH_NAT);
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
    programs = Files.createDirectories(folder.resolve("bin"));
    built = BuiltFolder.withStandIn(folder.resolve("repository"), NOT_NEEDED);
    for (String program : List.of("java", "javac", "mvn", "node", "npm")) {
      program(program, NOT_NEEDED);
    }
    // A stand-in: a poll is not waited for.
    program("sleep", "");
    environment = new HashMap<>(aws.environment());
    environment.put("NOT_NEEDED", folder.resolve("not-needed").toString());
    environment.put("JAVA_HOME", "");
    environment.put("DBT_BASTION_NAME", "");
    environment.put("TMPDIR", folder.toString());
    environment.put("PATH", programs + ":" + AwsCli.shared().path());
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

  @AfterEach
  void neededNoneOfWhatBuilds() {
    assertThat(folder.resolve("not-needed")).doesNotExist();
  }

  @Test
  void keepsWhatWasWrittenAtRunTimeAndNamesIt() {
    List<String> before = names();

    Result run = destroy("--name", "a", "-c", "vpcId=vpc-0", "--force");

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(stacks()).containsExactly("dbt-bastion-ab");
    assertThat(names()).isEqualTo(before);
    assertThat(run.errors())
        .contains(
            "-c vpcId=… is not needed here",
            "in account 123456789012, region us-east-1:\n  the stack dbt-bastion-a\n");
    assertThat(run.errors())
        .contains(
            "  /dbt-bastion/a/authorized-keys/0123  a registered key\n",
            "  /dbt-bastion/a/host-keys/ed25519  a host key\n",
            "  /dbt-bastion/a/host-keys/ed25519.pub  a host key, the public half\n",
            "  /dbt-bastion/a/check-key  the check's key\n",
            "  /dbt-bastion/a/last-seen/0123  when a key was last seen\n",
            "scripts/destroy --name a --remove-keys")
        .doesNotContain("/dbt-bastion/ab", "/dbt-bastion-a", "/other");
    assertThat(run.output() + run.errors()).doesNotContain(SECRET);
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

    Result run = destroy("--name=a", "--remove-keys", "--force");

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(names()).isEqualTo(others);
    assertThat(run.errors()).contains("all 69 parameters below /dbt-bastion/a/");
    assertThat(run.output() + run.errors()).doesNotContain(SECRET);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-c name=a", "--context name=a", "--context=name=a"})
  void takesTheNameAsTheStackDoes(String option) {
    List<String> words = new ArrayList<>(List.of(option.split(" ")));
    words.addAll(List.of("--remove-keys", "--force"));

    Result run = destroy(words.toArray(String[]::new));

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(stacks()).containsExactly("dbt-bastion-ab");
    assertThat(names()).noneMatch(name -> name.startsWith("/dbt-bastion/a/"));
    assertThat(names()).filteredOn(name -> name.startsWith("/dbt-bastion/ab/")).hasSize(5);
  }

  @ParameterizedTest
  @CsvSource({"n, true", "'', true", "yes, false", "y, false"})
  void asksSomebodyAtTheTerminal(String answer, boolean kept) {
    List<String> before = names();

    Result run = atTerminal(answer, "--name", "a", "--remove-keys");

    assertThat(run.output())
        .contains("the stack dbt-bastion-a", "left below /dbt-bastion/a/", "Delete it? [y/N]");
    if (kept) {
      assertThat(run.status()).isEqualTo(1);
      assertThat(run.output()).contains("not destroyed");
      assertThat(stacks()).contains("dbt-bastion-a");
      assertThat(names()).isEqualTo(before);
    } else {
      assertThat(run.status()).as(run.output()).isZero();
      assertThat(stacks()).containsExactly("dbt-bastion-ab");
      assertThat(names()).noneMatch(name -> name.startsWith("/dbt-bastion/a/"));
    }
  }

  @Test
  void touchesNothingWhereNobodyCanBeAsked() {
    List<String> before = names();

    Result run = destroy("--name", "a", "--remove-keys");

    assertThat(run.status()).isEqualTo(64);
    assertThat(run.errors()).contains("no terminal", "--force");
    assertThat(stacks()).contains("dbt-bastion-a");
    assertThat(names()).isEqualTo(before);
  }

  @Test
  void namesTheOthersWhereThereIsNoSuchStack() {
    stacks.createStack(stack -> stack.stackName("other").templateBody(TEMPLATE));
    destroy("--name", "ab", "--remove-keys", "--force");

    Result run = destroy("--name", "b", "--force");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.errors())
        .isEqualTo(
            """
            There is no stack dbt-bastion-b in account 123456789012, region us-east-1.
            The stacks there that are called dbt-bastion-…:
              dbt-bastion-a
            Nothing is left below /dbt-bastion/b/ in Parameter Store.
            """);
    assertThat(stacks()).containsExactlyInAnyOrder("dbt-bastion-a", "other");
  }

  @Test
  void saysSoWhereTheOthersMayNotBeListed() throws IOException {
    failing("cloudformation list-stacks", 1);

    Result run = destroy("--name", "b", "--force");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.errors()).contains("no stack dbt-bastion-b", "cloudformation:ListStacks");
  }

  @Test
  void removesLaterWhatWasKeptAndThenHasNothingToDo() {
    destroy("--name", "a", "--force");

    Result kept = destroy("--name", "a", "--force");
    Result nobodyAsked = destroy("--name", "a", "--remove-keys");
    Result no = atTerminal("n", "--name", "a", "--remove-keys");
    assertThat(names()).filteredOn(name -> name.startsWith("/dbt-bastion/a/")).hasSize(5);
    Result removed = destroy("--name", "a", "--remove-keys", "--force");
    Result again = destroy("--name", "a", "--remove-keys", "--force");

    assertThat(kept.status()).isEqualTo(1);
    assertThat(kept.errors())
        .contains("There is no stack dbt-bastion-a", "scripts/destroy --name a --remove-keys");
    assertThat(nobodyAsked.status()).isEqualTo(64);
    assertThat(no.status()).isEqualTo(1);
    assertThat(no.output()).contains("/dbt-bastion/a/check-key", "Remove them? [y/N]");
    assertThat(removed.status()).as(removed.errors()).isZero();
    assertThat(again.status()).isEqualTo(1);
    assertThat(again.errors()).contains("Nothing is left below /dbt-bastion/a/");
  }

  @Test
  void waitsAsLongAsTheDeletionTakes() throws IOException {
    // A stand-in for a host that waits for its tunnels to end.
    wrapAws(
        """
        case "$1 $2 $4" in
          'cloudformation describe-stacks arn:'*)
            echo >>"$0.polls"
            if [ "$(wc -l <"$0.polls")" -le 30 ]; then
              echo '{"Stacks": [{"StackStatus": "DELETE_IN_PROGRESS"}]}'
              exit
            fi ;;
        esac
        """);

    Result run = destroy("--name", "a", "--remove-keys", "--force");

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(run.errors()).contains("Deleted dbt-bastion-a");
    assertThat(Files.readAllLines(programs.resolve("aws.polls"))).hasSize(31);
  }

  @Test
  void saysWhyResourcesCouldNotBeDeletedAndTouchesNothingElse() throws IOException {
    List<String> before = names();
    wrapAws(COUNT_DELETIONS + failed("AWS::SNS::Topic"));

    Result run = destroy("--name", "a", "--remove-keys", "--force");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.errors())
        .contains("  Rule (AWS::SNS::Topic): in use by eni-0\n", "dbt-bastion-a is still there")
        .doesNotContain("an older deletion", "the stack itself", "Removed", "Once more");
    assertThat(names()).isEqualTo(before);
    assertThat(deletions()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"AWS::EC2::EIP", "AWS::EC2::NetworkInterface", "AWS::EC2::SecurityGroup"})
  void deletesOnceMoreWhatAwsFreesLate(String type) throws IOException {
    wrapAws(COUNT_DELETIONS + "[ \"$(wc -l <\"$0.deletions\")\" -gt 1 ] ||\n" + failed(type));

    Result run = destroy("--name", "a", "--force");

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(run.errors())
        .containsSubsequence(
            "It may take more than an hour",
            "  Rule (%s): in use by eni-0\n".formatted(type),
            "Once more:",
            "Deleted dbt-bastion-a");
    assertThat(deletions()).isEqualTo(2);
    assertThat(stacks()).containsExactly("dbt-bastion-ab");
  }

  @Test
  void deletesNoThirdTime() throws IOException {
    wrapAws(COUNT_DELETIONS + failed("AWS::EC2::EIP"));

    Result run = destroy("--name", "a", "--force");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.errors()).contains("dbt-bastion-a is still there");
    assertThat(deletions()).isEqualTo(2);
  }

  private long deletions() throws IOException {
    return Files.readAllLines(programs.resolve("aws.deletions")).size();
  }

  @Test
  void saysWhatTheStackSaysWhereEventsMayNotBeRead() throws IOException {
    wrapAws("[ \"$2\" != describe-stack-events ] || exit 254\n" + failed("AWS::EC2::EIP"));

    Result run = destroy("--name", "a", "--force");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.errors()).contains("  [Rule] failed to delete\n");
  }

  private static final String COUNT_DELETIONS =
      "touch \"$0.deletions\"; [ \"$2\" != delete-stack ] || echo >>\"$0.deletions\"\n";

  private static String failed(String type) {
    return """
        case "$1 $2 $4" in
          'cloudformation describe-stacks arn:'*)
            echo '{"Stacks": [{"StackStatus": "DELETE_FAILED", "StackStatusReason": "[Rule] failed to delete"}]}'
            exit ;;
          'cloudformation describe-stack-events arn:'*)
            cat <<'EVENTS'
        {"StackEvents": [
          {"StackId": "arn", "PhysicalResourceId": "arn", "LogicalResourceId": "dbt-bastion-a",
            "ResourceType": "AWS::CloudFormation::Stack", "ResourceStatus": "DELETE_FAILED",
            "ResourceStatusReason": "the stack itself"},
          {"StackId": "arn", "PhysicalResourceId": "sg-0", "LogicalResourceId": "Rule",
            "ResourceType": "TYPE", "ResourceStatus": "DELETE_FAILED",
            "ResourceStatusReason": "in use by eni-0"},
          {"StackId": "arn", "PhysicalResourceId": "arn", "LogicalResourceId": "dbt-bastion-a",
            "ResourceType": "AWS::CloudFormation::Stack", "ResourceStatus": "DELETE_IN_PROGRESS"},
          {"StackId": "arn", "PhysicalResourceId": "sg-0", "LogicalResourceId": "Rule",
            "ResourceType": "AWS::EC2::SecurityGroup", "ResourceStatus": "DELETE_FAILED",
            "ResourceStatusReason": "an older deletion"}]}
        EVENTS
            exit ;;
        esac
        """
        .replace("TYPE", type);
  }

  @Test
  void saysWhatIsLeftWhereRemovalFailsAndGoesOnTheNextTime() throws IOException {
    IntStream.range(0, 20)
        .forEach(
            key ->
                put("/dbt-bastion/a/authorized-keys/f%02d".formatted(key), ParameterType.STRING));
    failing("ssm delete-parameters", 2);

    Result run = destroy("--name", "a", "--remove-keys", "--force");

    assertThat(run.status()).isEqualTo(254);
    List<String> left =
        names().stream().filter(name -> name.startsWith("/dbt-bastion/a/")).toList();
    assertThat(left).hasSize(15);
    assertThat(run.errors().lines().filter(line -> line.startsWith("  /dbt-bastion/a/")))
        .as(run.errors())
        .extracting(line -> line.strip().split(" ")[0])
        .containsExactlyElementsOf(left);

    assertThat(destroy("--name", "a", "--remove-keys", "--force").status()).isZero();
    assertThat(names()).noneMatch(name -> name.startsWith("/dbt-bastion/a/"));
  }

  @ParameterizedTest
  @CsvSource({
    "cloudformation describe-stacks, is not known",
    "cloudformation delete-stack, was not deleted",
    "ssm describe-parameters, cannot be listed"
  })
  void touchesNothingWhereAwsDoesNotAnswer(String call, String explanation) throws IOException {
    List<String> before = names();
    failing(call, 1);

    Result run = destroy("--name", "a", "--remove-keys", "--force");

    assertThat(run.status()).isEqualTo(254);
    assertThat(run.errors()).contains(explanation, "AccessDenied");
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

    Result run = destroy("--name", "a", "--remove-keys", "--force");

    assertThat(run.status()).as(run.errors()).isZero();
    assertThat(names()).containsAll(others).doesNotContain("/dbt-bastion/a/check-key");
  }

  private Result destroy(String... options) {
    List<String> command = new ArrayList<>(List.of(built.script("destroy").toString()));
    command.addAll(List.of(options));
    return new Command(command, environment).run();
  }

  /** As somebody at a terminal who answers this; what both streams print is in one. */
  private Result atTerminal(String answer, String... options) {
    String command = built.script("destroy") + " " + String.join(" ", options);
    return new Command(List.of("script", "-qec", command, "/dev/null"), environment)
        .reading(answer + "\n")
        .run();
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
    program("aws", "%sPATH='%s' exec aws \"$@\"\n".formatted(before, AwsCli.shared().path()));
  }

  private void program(String name, String body) throws IOException {
    Path program = Files.writeString(programs.resolve(name), "#!/usr/bin/env bash\n" + body);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static List<String> stacks() {
    return stacks.describeStacks().stacks().stream().map(Stack::stackName).toList();
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
