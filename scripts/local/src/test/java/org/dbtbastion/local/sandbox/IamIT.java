package org.dbtbastion.local.sandbox;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.dbtbastion.standins.iam.Schedules;
import org.dbtbastion.standins.lambda.LambdaService;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the deployed policies allow, as IAM would judge it: the whole journey, and none of what is
 * somebody else's.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class IamIT {

  /** Statements that nothing here needs, each with the reason why they are there all the same. */
  private static final Map<String, String> NOT_EXERCISED =
      Map.ofEntries(
          entry("AttachToVpc", "Lambda itself attaches functions, as no stand-in does"),
          entry("AttachToVpcIsForLambdaOnly", "a denial of what the code does not try"),
          entry("AuditWorkgroups", "the sandbox's warehouse is a cluster"),
          entry("CompleteHooks", "moto's groups have no hooks; the host lab's hosts end them"),
          entry("DecryptSecrets", "Secrets Manager decrypts, with a key that no stand-in has"),
          entry("NeverReplaceHostKeys", "a denial of what no host does by itself"),
          entry("SeeVpc", "Lambda itself looks at the VPC"),
          entry("SeeWhetherItIsNeeded", "no other host has the address; the host lab's have"),
          entry("SignalStack", "moto knows no signals; the host lab's hosts send them"),
          entry("SystemsManagerAgent", "the agent's own channels: no stand-in runs the agent"),
          entry("WriteLog", "logs of functions and hosts are files here"));

  @TempDir private static Path folder;
  private static Sandbox sandbox;
  private static Map<String, String> host;
  private static String dbtKey;

  @BeforeAll
  static void start() {
    sandbox = Sandbox.start(Repository.root(), folder.resolve("sandbox"), new Progress(System.out));
    host =
        credentials(
            sandbox
                .judged()
                .assumeForInstance(
                    sandbox.stack().instanceProfile(), sandbox.machine().instanceId()));
    dbtKey =
        SshKeys.generate(folder, "dbt", "ed25519", OptionalInt.empty(), "").publicKey().toString();
  }

  @AfterAll
  static void stop() {
    if (sandbox != null) {
      sandbox.close();
    }
  }

  private static Map<String, String> credentials(Map<String, String> ofRole) {
    Map<String, String> environment = new TreeMap<>(sandbox.judged().environment());
    environment.putAll(ofRole);
    return environment;
  }

  private static Command.Result aws(Map<String, String> credentials, String... words) {
    return new Command(Stream.concat(Stream.of("aws"), Stream.of(words)).toList(), credentials)
        .run();
  }

  private static void assertDenied(Command.Result result, String action) {
    assertThat(result.status()).as("%s", result).isNotZero();
    assertThat(result.errors()).contains("is not authorized to perform: " + action);
  }

  /** Deployment, boot, keys, checks by all methods, the audit, settings, and the schedules. */
  @Test
  @Order(1)
  void theWholeJourneyPassesWithTheDeployedPoliciesAlone() {
    sandbox.renewCheckKey();
    assertThat(sandbox.script("register-key", "--label", "dbt", dbtKey).run().status()).isZero();
    assertThat(sandbox.script("list-keys").run().status()).isZero();
    Command.Result check = sandbox.script("check", "--audit").run();
    assertThat(check.output()).contains("analytics-iam · direct", "analytics-identity-center");
    assertThat(check.status()).as("%s", check).isZero();
    assertThat(sandbox.script("dbt-settings", "--connection", "analytics").run().status()).isZero();
    Schedules schedules = new Schedules(sandbox.judged(), sandbox.account().moto(), Sandbox.STACK);
    assertThat(schedules.run(Sandbox.STACK + "-check").body()).contains("\"ok\":true");
    assertThat(sandbox.machine().run("/opt/dbt-bastion/sync-keys --record-use").status()).isZero();
    assertThat(sandbox.script("revoke-key", "dbt").run().status()).isZero();

    assertThat(sandbox.judged().faults()).as("calls that are not judged").isEmpty();
    assertThat(sandbox.judged().refusals()).isEmpty();
  }

  /** What nothing needs should not be allowed; each exception has its reason. */
  @Test
  @Order(2)
  void everyStatementIsNeeded() {
    Set<String> unused = new TreeSet<>();
    for (String role : roles()) {
      unused.addAll(sandbox.judged().statements(role));
    }
    unused.removeAll(sandbox.judged().usedStatements());

    assertThat(unused)
        .filteredOn(
            statement ->
                !NOT_EXERCISED.containsKey(statement.substring(statement.lastIndexOf('/') + 1)))
        .isEmpty();
  }

  /** Those of schedules, which have two statements each, are not among them. */
  private static List<String> roles() {
    String ofHosts =
        sandbox.judged().usedStatements().stream()
            .filter(statement -> statement.contains("-HostRole"))
            .map(statement -> statement.substring(0, statement.indexOf('/')))
            .findFirst()
            .orElseThrow();
    return List.of(
        ofHosts,
        sandbox.account().functionRole(Sandbox.KEY_REGISTRY),
        sandbox.account().functionRole(Sandbox.CONNECTION_CHECK),
        Sandbox.CHECK_ROLE,
        Sandbox.KEYS_ROLE);
  }

  @Test
  @Order(3)
  void whoMayCheckCannotRegister() {
    Command.Result result =
        sandbox.scriptAs(Sandbox.CHECK_ROLE, "register-key", "--label", "mine", dbtKey).run();

    assertDenied(result, "lambda:InvokeFunction");
    assertThat(sandbox.scriptAs(Sandbox.KEYS_ROLE, "register-key", "--label", "mine", dbtKey).run())
        .extracting(Command.Result::status)
        .isEqualTo(0);
  }

  /** A name that begins like the bastion's is another's. */
  @ParameterizedTest
  @Order(4)
  @CsvSource({
    "ssm get-parameters-by-path --path /dbt-bastion/sandbox2/authorized-keys,"
        + " ssm:GetParametersByPath",
    "ssm get-parameter --name /dbt-bastion/sandbox2/host-keys/ed25519, ssm:GetParameter",
    "ssm put-parameter --type String --value a --name /dbt-bastion/sandbox2/last-seen/a,"
        + " ssm:PutParameter",
    "ssm put-parameter --type String --value a --name /dbt-bastion/sandbox/authorized-keys/a,"
        + " ssm:PutParameter",
    "ssm put-parameter --overwrite --type String --value a --name"
        + " /dbt-bastion/sandbox/host-keys/ed25519, ssm:PutParameter",
    "autoscaling complete-lifecycle-action --lifecycle-hook-name launch --instance-id i-1"
        + " --lifecycle-action-result CONTINUE --auto-scaling-group-name dbt-bastion-sandbox2,"
        + " autoscaling:CompleteLifecycleAction",
    "secretsmanager get-secret-value --secret-id dbt/analytics, secretsmanager:GetSecretValue"
  })
  void aHostMayDoNothingOfOthers(String words, String action) {
    assertDenied(aws(host, words.split(" ")), action);
  }

  @Test
  @Order(5)
  void aHostMayDoItsOwn() {
    assertThat(
            aws(
                    host,
                    "ssm",
                    "get-parameters-by-path",
                    "--path",
                    "/dbt-bastion/sandbox/authorized-keys")
                .status())
        .isZero();
  }

  /** Each of the functions does what the other may not. */
  @Test
  @Order(6)
  void theFunctionsCannotDoOneAnothersWork() {
    Map<String, String> check =
        credentials(
            sandbox
                .judged()
                .assumeForFunction(
                    sandbox.account().functionRole(Sandbox.CONNECTION_CHECK),
                    LambdaService.arn(Sandbox.CONNECTION_CHECK)));
    Map<String, String> registry =
        credentials(
            sandbox
                .judged()
                .assumeForFunction(
                    sandbox.account().functionRole(Sandbox.KEY_REGISTRY),
                    LambdaService.arn(Sandbox.KEY_REGISTRY)));

    assertDenied(
        aws(
            check,
            ("ssm put-parameter --type String --value a --name"
                    + " /dbt-bastion/sandbox/authorized-keys/a")
                .split(" ")),
        "ssm:PutParameter");
    assertDenied(
        aws(registry, "secretsmanager get-secret-value --secret-id dbt/analytics".split(" ")),
        "secretsmanager:GetSecretValue");
    assertDenied(
        aws(
            registry,
            ("ssm send-command --document-name AWS-RunShellScript --instance-ids "
                    + sandbox.machine().instanceId())
                .split(" ")),
        "ssm:SendCommand");
  }
}
