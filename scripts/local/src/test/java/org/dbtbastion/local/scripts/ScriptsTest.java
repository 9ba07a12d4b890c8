package org.dbtbastion.local.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dbtbastion.local.scripts.LambdaStandIn.Invocation;
import org.dbtbastion.standins.process.AwsCli;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Command.Result;
import org.dbtbastion.standins.process.Repository;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScriptsTest {

  private static final String KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGtleQ";
  private static final String FINGERPRINT = "SHA256:" + "A".repeat(43);
  private static final String OTHER_FINGERPRINT = "SHA256:" + "E".repeat(43);
  private static final String REGISTERED =
      """
      {"ok":true,"status":"created","fingerprint":"%s","type":"ssh-ed25519","bits":256,\
      "label":"prod","registered":"2026-11-23T03:00:00Z","expires":"2027-01-31T00:00:00Z",\
      "hosts":[{"host":"i-0abc","state":"applied","detail":""}]}"""
          .formatted(FINGERPRINT);
  private static final String PENDING =
      """
      {"ok":false,"status":"created","fingerprint":"%s","type":"ssh-ed25519","bits":256,\
      "label":"prod","registered":"2026-11-23T03:00:00Z",\
      "hosts":[{"host":"i-0abc","state":"pending","detail":"It has not answered yet."}]}"""
          .formatted(FINGERPRINT);
  private static final String REVOKED =
      """
      {"ok":true,"status":"revoked","fingerprint":"%s",\
      "hosts":[{"host":"i-0abc","state":"applied","detail":""}]}"""
          .formatted(FINGERPRINT);
  private static final String KEYS =
      """
      {"ok":true,"keys":[\
      {"fingerprint":"%s","type":"ssh-ed25519","bits":256,"label":"Größe 日本",\
      "registered":"2026-11-23T03:00:00Z","expired":false,"lastSeen":"2026-11-23T03:05:09Z"},\
      {"fingerprint":"%s","type":"ssh-rsa","bits":4096,"label":"twice",\
      "registered":"2026-11-22T03:00:00Z","expires":"2026-11-23T00:00:00Z","expired":true},\
      {"fingerprint":"%s","type":"ssh-rsa","bits":4096,"label":"twice",\
      "registered":"2026-11-22T03:00:00Z","expired":false}]}"""
          .formatted(FINGERPRINT, OTHER_FINGERPRINT, FINGERPRINT);
  private static final String REPORT =
      """
      {"ok":false,"millis":1234,"results":[\
      {"connection":"analytics","route":"direct","ok":true,"stages":[\
      {"stage":"dns","status":"passed","millis":3,"detail":"10.0.2.9"},\
      {"stage":"login","status":"skipped","millis":0,"detail":"no secret"}]},\
      {"connection":"analytics","route":"tunnel","host":"10.0.1.5","ok":false,"stages":[\
      {"stage":"bastion-dns","status":"warned","millis":12,"detail":"a public address",\
      "code":"name-is-public","remedy":"Use the private one."},\
      {"stage":"host-key","status":"failed","millis":45,"detail":"It is \\u001b[31manother.",\
      "code":"host-key-differs","remedy":"Find out who replaced it."},\
      {"stage":"ssh-auth","status":"skipped","millis":0}]}]}""";
  private static final String SETTINGS =
      """
      {"ok":true,"connections":[{"connection":"analytics","method":"iam",\
      "fields":{"Host Name":"a.example.com","Port":5439,"Database":"dev"},\
      "extendedAttributes":"host: a.example.com\\nmethod: iam\\n",\
      "profilesYml":"analytics:\\n  target: \\u001bdefault\\n",\
      "environmentVariables":{"DBT_ENV_A":"one","DBT_ENV_LONGER":"two"},\
      "warnings":[{"code":"not-in-dbt-tunnels","message":"Not there","remedy":"Use another."}]}],\
      "tunnel":{"fields":{"Hostname":"203.0.113.10","Port":22,"Username":"dbtcloud"},\
      "warnings":[]},\
      "keys":[{"fingerprint":"%1$s","type":"ssh-ed25519","bits":256,"label":"connection-check",\
      "registered":"2026-11-23T03:00:00Z","expired":false,"lastSeen":"2026-11-23T03:05:09Z"},\
      {"dbtConnection":"prod","fingerprint":"%1$s","type":"ssh-rsa","bits":4096,"label":"prod",\
      "registered":"2026-11-23T03:00:00Z","expired":true}]}"""
          .formatted(FINGERPRINT);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private LambdaStandIn lambda;
  private Map<String, String> environment;

  @BeforeEach
  void start() throws IOException {
    lambda = new LambdaStandIn();
    environment =
        Map.of(
            "AWS_ENDPOINT_URL_LAMBDA", lambda.endpoint(),
            "AWS_ACCESS_KEY_ID", "test",
            "AWS_SECRET_ACCESS_KEY", "test",
            "AWS_REGION", "us-east-1",
            "AWS_CONFIG_FILE", "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE", "/dev/null",
            "DBT_BASTION_NAME", "default",
            "TMPDIR", folder.toString(),
            "PATH", AwsCli.shared().path(),
            "LC_ALL", "C");
  }

  @AfterEach
  void stop() throws IOException {
    lambda.close();
    try (var left = Files.list(folder)) {
      assertThat(left.filter(file -> file.getFileName().toString().startsWith("dbt-bastion")))
          .as("what the scripts left behind")
          .isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "benchmark",
        "check",
        "dbt-settings",
        "deploy",
        "destroy",
        "list-keys",
        "register-key",
        "revoke-key",
        "sandbox",
        "test",
        "../.ci/run"
      })
  void everyScriptHelps(String name) {
    Result run = type(name, "--help");

    assertThat(run.status()).isZero();
    assertThat(run.output()).contains("Exit status: 0").contains("  scripts/");
    assertThat(run.errors()).isEmpty();
  }

  @Test
  void scriptsWorkThroughLinks() throws IOException {
    lambda.willAnswer(KEYS);
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Path list = Files.createSymbolicLink(bin.resolve("list"), Repository.script("list-keys"));
    Path link = Files.createSymbolicLink(bin.resolve("link"), list.getFileName());

    Result run = new Command(List.of(link.toString(), "--json"), environment).run();

    assertThat(run.output()).isEqualTo(KEYS + "\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--only", "--only=", "--only nope", "--only=synth,nope", "--json", "--x"})
  void theBenchmarkRefusesBeforeMinutesOfBuilding(String arguments) {
    Result run = type("benchmark", arguments.split(" "));

    assertThat(run.status()).isEqualTo(64);
    assertThat(run.output()).isEmpty();
    assertThat(run.errors()).startsWith("benchmark: ");
  }

  @Test
  void registersKeyFromArgument() {
    lambda.willAnswer(REGISTERED);

    Result run = type("register-key", "--label", "prod", KEY);

    assertThat(run.status()).isZero();
    assertThat(run.output())
        .isEqualTo(
            """
            ✓ created  %s  ssh-ed25519 256
              label    prod
              expires  2027-01-31 00:00Z
              ✓ i-0abc  applied
            """
                .formatted(FINGERPRINT));
    assertInvoked("dbt-bastion-default-key-registry", registration(KEY, "prod"));
  }

  @Test
  void registersKeyThatTheShellTookApart() {
    lambda.willAnswer(REGISTERED);
    List<String> command = new ArrayList<>(List.of("--label", "prod"));
    command.addAll(List.of(KEY.split(" ")));
    command.add("dbt");

    type("register-key", command.toArray(String[]::new));

    assertInvoked("dbt-bastion-default-key-registry", registration(KEY + " dbt", "prod"));
  }

  @Test
  void registersKeyFromFile() throws IOException {
    lambda.willAnswer(REGISTERED);
    Path file = Files.writeString(folder.resolve("a key.pub"), KEY + " somebody\r\n");

    type("register-key", "--label=prod", "--name=other", file.toString());

    assertInvoked("dbt-bastion-other-key-registry", registration(KEY + " somebody", "prod"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-"})
  void registersKeyFromStandardInput(String argument) {
    lambda.willAnswer(REGISTERED);
    List<String> command = command("register-key", "--label", "prod");
    if (!argument.isEmpty()) {
      command.add(argument);
    }

    new Command(command, environment).reading(KEY + "\n").run();

    assertInvoked("dbt-bastion-default-key-registry", registration(KEY, "prod"));
  }

  @Test
  void sendsWhatWasTypedAsItIs() {
    lambda.willAnswer(REGISTERED);
    String label = "a \"b\" \\n 'c' $HOME `id` {{x}} Größe 日本 \t";

    type("register-key", "--label", label, "--expires", "2027-01-31", KEY + "\nssh-rsa BBBB");

    assertInvoked(
        "dbt-bastion-default-key-registry",
        JSON.createObjectNode()
            .put("action", "register-key")
            .put("publicKey", KEY + "\nssh-rsa BBBB")
            .put("label", label)
            .put("expiresAt", "2027-01-31T00:00:00Z"));
  }

  @Test
  void neitherSendsNorRepeatsPrivateKeys() throws IOException {
    String secret = "c2VjcmV0";
    String key =
        "-----BEGIN OPENSSH PRIVATE KEY-----\n%s\n-----END OPENSSH PRIVATE KEY-----\n"
            .formatted(secret);
    Path file = Files.writeString(folder.resolve("id"), key);

    List<Result> runs =
        List.of(
            type("register-key", "--label", "prod", key),
            type("register-key", "--label", "prod", file.toString()),
            new Command(command("register-key", "--label", "prod"), environment).reading(key).run(),
            type("register-key", "--label", "prod", secret),
            type("register-key", "--label", "prod", "--" + secret),
            type("list-keys", key),
            type("list-keys", secret));

    assertThat(runs)
        .allSatisfy(
            run -> {
              assertThat(run.status()).isEqualTo(64);
              assertThat(run.output() + run.errors()).doesNotContain(secret);
            });
    assertThat(lambda.invocations()).isEmpty();
  }

  @Test
  void saysWhichHostsDoNotHaveTheKeyYet() {
    lambda.willAnswer(PENDING);

    Result run = type("register-key", "--label", "prod", KEY);

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.output()).contains("  ! i-0abc  pending  It has not answered yet.\n");
  }

  @Test
  void printsAnswersAsTheyAreWhereAsked() {
    lambda.willAnswer(REPORT);
    lambda.willAnswer(KEYS);
    lambda.willAnswer(REGISTERED);
    lambda.willAnswer(REVOKED);

    Result report = type("check", "--json");

    assertThat(report.status()).isEqualTo(1);
    assertThat(report.output()).isEqualTo(REPORT + "\n");
    assertThat(type("list-keys", "--json").output()).isEqualTo(KEYS + "\n");
    assertThat(type("register-key", "--json", "--label", "x", KEY).output())
        .isEqualTo(REGISTERED + "\n");
    assertThat(type("revoke-key", "--json", FINGERPRINT).output()).isEqualTo(REVOKED + "\n");
  }

  @Test
  void showsReport() {
    lambda.willAnswer(REPORT);

    Result run = type("check");

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.output())
        .isEqualTo(
            """
            ✓ analytics · direct
              ✓ dns               3 ms  10.0.2.9
              · login          skipped  no secret

            ✗ analytics · tunnel by 10.0.1.5
              ! bastion-dns      12 ms  a public address
                                        name-is-public
                                        fix: Use the private one.
              ✗ host-key         45 ms  It is ?[31manother.
                                        host-key-differs
                                        fix: Find out who replaced it.
              · ssh-auth       skipped

            1 of 2 checks passed, in 1234 ms
            """);
    assertInvoked(
        "dbt-bastion-default-connection-check", JSON.createObjectNode().put("action", "check"));
  }

  @Test
  void showsWhatTheAuditFound() {
    lambda.willAnswer(
        """
        {"ok":false,"millis":9,"results":[
         {"connection":"a","route":"direct","ok":false,"stages":[],"audit":[
          {"code":"ingress-rule-missing","resource":"sg-1","detail":"group sg-1 lets nobody in",
           "remedy":"aws ec2 authorize-security-group-ingress"}]},
         {"connection":"b","route":"direct","ok":true,"stages":[],"audit":[]}]}
        """);

    Result run = type("check", "--audit");

    assertThat(run.output())
        .isEqualTo(
            """
            ✗ a · direct
              → audit                   group sg-1 lets nobody in
                                        ingress-rule-missing
                                        fix: aws ec2 authorize-security-group-ingress

            ✓ b · direct
              → audit                   finds nothing wrong with what AWS says of the way

            1 of 2 checks passed, in 9 ms
            """);
    assertThat(lambda.invocations().getFirst().payload())
        .isEqualTo(parse("{\"action\":\"check\",\"audit\":true}"));
  }

  @Test
  void checksOnlyWhatIsAskedFor() {
    lambda.willAnswer("{\"ok\":true,\"millis\":1,\"results\":[]}");

    Result run = type("check", "--connection", "a \"b", "--connection=c", "--route", "tunnel");

    assertThat(run.status()).isZero();
    assertThat(lambda.invocations().getFirst().payload())
        .isEqualTo(
            parse(
                """
                {"action":"check","connections":["a \\"b","c"],"routes":["tunnel"]}"""));
  }

  @Test
  void checksWithoutLoginIfAskedTo() {
    lambda.willAnswer("{\"ok\":true,\"millis\":1,\"results\":[]}");

    type("check", "--no-login");

    assertThat(lambda.invocations().getFirst().payload())
        .isEqualTo(parse("{\"action\":\"check\",\"login\":false}"));
  }

  @Test
  void holdsAndLogsInAsAskedFor() {
    lambda.willAnswer("{\"ok\":true,\"millis\":1,\"results\":[]}");
    lambda.willAnswer("{\"ok\":true,\"millis\":1,\"results\":[]}");

    type("check", "--hold", "840", "--logins=50");
    type("check", "--hold=PT5M", "--logins", "x\"y");

    assertThat(lambda.invocations())
        .extracting(Invocation::payload)
        .containsExactly(
            parse("{\"action\":\"check\",\"hold\":840,\"logins\":50}"),
            parse("{\"action\":\"check\",\"hold\":\"PT5M\",\"logins\":\"x\\\"y\"}"));
  }

  @Test
  void showsWhatBecameOfLogins() {
    lambda.willAnswer(
        """
        {"ok":false,"millis":1234,"results":[],"logins":[
          {"host":"i-1","ok":false,"logins":5,"accepted":3,
           "millis":{"min":20,"median":30,"p95":90,"max":90},
           "dropped":[{"code":"ssh-closed","count":2,"detail":"closed before a banner",
                       "remedy":"Read the journal."}]},
          {"host":"i-2","ok":false,"logins":5,"accepted":0,
           "dropped":[{"code":"bastion-refused","count":5,"detail":"refused","remedy":"Look."}]}]}
        """);

    assertThat(type("check", "--logins", "5").output())
        .isEqualTo(
            """
            ✗ 5 logins at once by i-1
              3 accepted: 20 ms the fastest, median 30 ms, 95 % within 90 ms, 90 ms the slowest
              2 dropped: closed before a banner
                    ssh-closed
                    fix: Read the journal.

            ✗ 5 logins at once by i-2
              0 accepted
              5 dropped: refused
                    bastion-refused
                    fix: Look.

            Nothing was checked: no connection is configured.
            """);
  }

  @Test
  void listsKeys() {
    lambda.willAnswer(KEYS);

    Result run = type("list-keys");

    assertThat(run.status()).isZero();
    assertThat(run.output())
        .isEqualTo(
            """
            LABEL       TYPE         BITS  FINGERPRINT%1$s  REGISTERED         EXPIRES                      LAST SEEN
            Größe 日本  ssh-ed25519  256   %2$s  2026-11-23 03:00Z  never                        2026-11-23 03:05Z
            twice       ssh-rsa      4096  %3$s  2026-11-22 03:00Z  2026-11-23 00:00Z (expired)  never
            twice       ssh-rsa      4096  %2$s  2026-11-22 03:00Z  never                        never
            """
                .formatted(" ".repeat(39), FINGERPRINT, OTHER_FINGERPRINT));
  }

  @Test
  void saysWhatToTypeIntoDbt() {
    lambda.willAnswer(SETTINGS);

    Result run = type("dbt-settings");

    assertThat(run.status()).isZero();
    assertThat(run.output())
        .isEqualTo(
            """
            analytics · method iam
              Host Name  a.example.com
              Port       5439
              Database   dev
              ! Not there
                not-in-dbt-tunnels
                fix: Use another.

            extended attributes, in the dbt platform
            host: a.example.com
            method: iam

            profiles.yml, for dbt Core
            analytics:
              target: ?default

            environment variables
              DBT_ENV_A       one
              DBT_ENV_LONGER  two

            SSH tunnel
              Hostname  203.0.113.10
              Port      22
              Username  dbtcloud

            DBT CONNECTION          TYPE         FINGERPRINT%1$s  LAST SEEN
            (the connection check)  ssh-ed25519  %2$s  2026-11-23 03:05Z
            prod                    ssh-rsa      %2$s  never (expired)
            """
                .formatted(" ".repeat(39), FINGERPRINT));
    assertInvoked(
        "dbt-bastion-default-connection-check",
        JSON.createObjectNode().put("action", "dbt-settings"));
  }

  @Test
  void saysWhatToTypeForOneConnection() {
    lambda.willAnswer(SETTINGS);

    Result run = type("dbt-settings", "--connection", "a \"b", "--json", "--name=other");

    assertThat(run.output()).isEqualTo(SETTINGS + "\n");
    assertInvoked(
        "dbt-bastion-other-connection-check",
        JSON.createObjectNode().put("action", "dbt-settings").put("connection", "a \"b"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"SHA256:AAAA", "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789abcdef"})
  void revokesByFingerprintWithoutListing(String fingerprint) {
    lambda.willAnswer(REVOKED);

    Result run = type("revoke-key", fingerprint);

    assertThat(run.status()).isZero();
    assertThat(run.output())
        .isEqualTo("✓ revoked  %s\n  ✓ i-0abc  applied\n".formatted(FINGERPRINT));
    assertInvoked("dbt-bastion-default-key-registry", revocation(fingerprint));
  }

  @Test
  void revokesByTheLabelOfOneKey() {
    lambda.willAnswer(KEYS);
    lambda.willAnswer(REVOKED);

    Result run = type("revoke-key", "Größe 日本");

    assertThat(run.status()).isZero();
    assertThat(lambda.invocations())
        .extracting(Invocation::payload)
        .containsExactly(
            JSON.createObjectNode().put("action", "list-keys"), revocation(FINGERPRINT));
  }

  @ParameterizedTest
  @CsvSource({"twice, several keys have this label", "Größe, no key has this label"})
  void revokesNothingByAnyOtherLabel(String label, String explanation) {
    lambda.willAnswer(KEYS);

    Result run = type("revoke-key", label);

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.errors()).contains(explanation);
    assertThat(lambda.invocations()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "check --loud, there is no option --loud",
    "check direct, does not belong here",
    "check --route, --route needs a value",
    "check --hold=, --hold needs a value",
    "check --logins=, --logins needs a value",
    "dbt-settings analytics, does not belong here",
    "dbt-settings --connection, --connection needs a value",
    "deploy --context, --context needs a value",
    "destroy --nmae two --force, there is no option --nmae",
    "destroy --exclusively, there is no option --exclusively",
    "destroy -c redshift --force, there is no KEY= in: redshift",
    "destroy --name= --force, --name needs a value",
    "destroy --name, --name needs a value",
    "destroy --name a/b --force, a name is a lower-case letter",
    "destroy -c name=* --remove-keys, a name is a lower-case letter",
    "destroy --context=name=.. --remove-keys, a name is a lower-case letter",
    "list-keys --name, --name needs a value",
    "list-keys --name Default, a name is a lower-case letter",
    "register-key --expires 2027-01-31 ssh-rsa AAAA, --label",
    "register-key --label x --expires=, --expires needs a value",
    "register-key --label x /no/such/file, there is no such file",
    "register-key --label x, there is no key in it",
    "revoke-key, which key",
    "revoke-key a b, one key at a time",
    "sandbox --onec, there is no option --onec",
    "sandbox --break, --break needs a value",
    "sandbox --break=, --break needs a value",
    "sandbox --break=down, there is no link 'down'"
  })
  void refusesWrongUse(String line, String explanation) {
    List<String> words = List.of(line.split(" "));

    Result run = type(words.getFirst(), words.subList(1, words.size()).toArray(String[]::new));

    assertThat(run.status()).isEqualTo(64);
    assertThat(run.errors())
        .contains(explanation)
        .contains("See: scripts/" + words.getFirst() + " --help");
    assertThat(run.output()).isEmpty();
    assertThat(lambda.invocations()).isEmpty();
  }

  @Test
  void printsFunctionErrorsWithoutStackTrace() {
    lambda.willFail(
        """
        {"errorMessage":"Refused.\\nlabel: label-invalid: …","errorType":"RequestRefused",\
        "stackTrace":["org.dbtbastion.Handler"]}""");

    Result run = type("register-key", "--json", "--label", "!", KEY);

    assertThat(run.status()).isEqualTo(1);
    assertThat(run.errors()).isEqualTo("Refused.\nlabel: label-invalid: …\n");
    assertThat(run.output()).isEmpty();
  }

  @Test
  void passesOnWhatLambdaRefuses() {
    lambda.willRefuse(404, "ResourceNotFoundException", "Function not found");

    Result run = type("list-keys", "--name", "other");

    assertThat(run.status()).isGreaterThan(1).isNotIn(64, 69);
    assertThat(run.errors())
        .contains("ResourceNotFoundException")
        .contains("There is no function dbt-bastion-other-key-registry")
        .contains("us-east-1")
        .contains("scripts/deploy");
  }

  @Test
  void invokesOnceEvenIfLambdaFails() {
    lambda.willRefuse(500, "ServiceException", "Something broke");

    Result run = type("check");

    assertThat(run.status()).isGreaterThan(1);
    assertThat(lambda.invocations()).hasSize(1);
  }

  private Result type(String script, String... arguments) {
    return new Command(command(script, arguments), environment).run();
  }

  private static List<String> command(String script, String... arguments) {
    List<String> command = new ArrayList<>(List.of(Repository.script(script).toString()));
    command.addAll(List.of(arguments));
    return command;
  }

  private void assertInvoked(String function, JsonNode payload) {
    assertThat(lambda.invocations()).containsExactly(new Invocation(function, payload));
  }

  private static JsonNode registration(String key, String label) {
    return JSON.createObjectNode()
        .put("action", "register-key")
        .put("publicKey", key)
        .put("label", label);
  }

  private static JsonNode revocation(String fingerprint) {
    return JSON.createObjectNode().put("action", "revoke-key").put("fingerprint", fingerprint);
  }

  private static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }
}
