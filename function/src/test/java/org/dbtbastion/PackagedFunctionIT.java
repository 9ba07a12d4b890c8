package org.dbtbastion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.dbtbastion.standins.account.AwsAccount;
import org.dbtbastion.standins.account.SystemsManagerFront.AgentResult;
import org.dbtbastion.standins.lambda.FunctionSettings;
import org.dbtbastion.standins.lambda.LambdaService;
import org.dbtbastion.standins.lambda.LambdaService.Invocation;
import org.dbtbastion.standins.lambda.MetricsDocument;
import org.dbtbastion.standins.lambda.MetricsDocument.Metric;
import org.dbtbastion.standins.redshift.RedshiftStandIn;
import org.dbtbastion.standins.redshift.RedshiftStandIn.Fault;
import org.dbtbastion.standins.ssh.BastionSshd;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The zip that is deployed, under Lambda's own runtime client, from a request to real servers. */
class PackagedFunctionIT {

  private static final String REGISTRY = "dbt-bastion-default-key-registry";
  private static final String CHECK = "dbt-bastion-default-connection-check";
  private static final String SHORT_CHECK = "dbt-bastion-default-short-check";
  private static final Duration SHORT = Duration.ofSeconds(8);
  private static final String ROOT = "/dbt-bastion/default/";
  private static final String SECRET = "dbt/analytics";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private static RedshiftStandIn redshift;
  private static AwsAccount account;
  private static String host;
  private static String secondHost;
  private static volatile AgentResult agentResult;
  private static BastionSshd bastion;
  private static LambdaService lambda;
  private static SshKeys dbt;
  private static final List<String> ANSWERS = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void deploy() {
    redshift = RedshiftStandIn.start(folder.resolve("redshift"));
    // So that dbt could create the schemas that it builds in.
    redshift.execute("grant create on database analytics to " + redshift.user());
    account = AwsAccount.start(folder, (_, _) -> synchronizeKeys());
    account.createSyncDocument("dbt-bastion-default-sync-keys");
    host = account.runHost("default");
    secondHost = account.runHost("default");
    account.stopHost(secondHost);
    // One sshd stands for both hosts: they have the same port, host keys and authorized keys.
    bastion =
        BastionSshd.startOn(
            account.address(host),
            folder.resolve("bastion"),
            List.of(redshift.host() + ":" + redshift.port()),
            "ListenAddress=" + account.address(secondHost));
    account.putParameter(ROOT + "host-keys/ed25519.pub", bastion.hostKeys().getFirst());
    account.putParameter(ROOT + "host-keys/rsa.pub", bastion.hostKeys().getLast());
    account.putParameter(
        ROOT + "connections/analytics",
        connection(object().put("method", "database").put("secret", SECRET)).toString());
    account.createSecret(SECRET, secret(redshift.password()));
    lambda = LambdaService.start(folder.resolve("lambda"));
    deploy(REGISTRY, "register-key,revoke-key,list-keys,renew-check-key", Duration.ofSeconds(30));
    deploy(CHECK, "check,dbt-settings", Duration.ofSeconds(60));
    dbt = SshKeys.likeDbt(folder, "dbt");
  }

  private static void deploy(String name, String actions, Duration timeout) {
    Map<String, String> environment = new HashMap<>(account.environment());
    environment.put("DBT_BASTION_NAME", "default");
    environment.put("DBT_BASTION_ACTIONS", actions);
    environment.put("DBT_BASTION_SYNC_DOCUMENT", "dbt-bastion-default-sync-keys");
    environment.put("DBT_BASTION_TUNNEL_HOST", "203.0.113.10");
    environment.put("DBT_BASTION_SSH_USER", BastionSshd.user());
    environment.put("DBT_BASTION_SSH_PORT", Integer.toString(bastion.port()));
    lambda.deploy(
        new FunctionSettings(
            name,
            Path.of("target/function.zip"),
            "io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest",
            environment,
            512,
            timeout,
            1,
            List.of("-Djavax.net.ssl.trustStore=" + redshift.caTrustStore())));
  }

  @AfterAll
  static void stop() {
    lambda.close();
    bastion.close();
    account.close();
    redshift.close();
  }

  @BeforeEach
  void allIsWell() {
    redshift.behave(Fault.NONE);
    agentResult = new AgentResult(0, "", "");
    setSecret(redshift.password());
    answer(REGISTRY, request("renew-check-key"));
  }

  /** What sync-keys does on a host, as far as sshd is concerned. */
  private static AgentResult synchronizeKeys() throws IOException {
    List<String> lines =
        account.parameters(ROOT + "authorized-keys").values().stream()
            .map(value -> json(value).get("publicKey").textValue())
            .toList();
    bastion.authorize(lines);
    return agentResult;
  }

  @Test
  void registersListsAndRevokesAKey() {
    ObjectNode registration =
        request("register-key")
            .put("publicKey", dbt.publicKeyLine())
            .put("label", "prod: analytics")
            .put("expiresAt", "2099-01-31T00:00:00Z");

    JsonNode created = answer(REGISTRY, registration);
    JsonNode again = answer(REGISTRY, registration);
    JsonNode listed = answer(REGISTRY, request("list-keys"));
    JsonNode revoked =
        answer(REGISTRY, request("revoke-key").put("fingerprint", dbt.fingerprint()));
    JsonNode revokedAgain =
        answer(REGISTRY, request("revoke-key").put("fingerprint", dbt.fingerprint()));

    assertThat(created.get("ok").booleanValue()).isTrue();
    assertThat(created.get("status").textValue()).isEqualTo("created");
    assertThat(created.get("fingerprint").textValue()).isEqualTo(dbt.fingerprint());
    assertThat(created.get("bits").intValue()).isEqualTo(4096);
    assertThat(created.get("hosts").get(0))
        .isEqualTo(object().put("host", host).put("state", "applied").put("detail", ""));
    assertThat(again.get("status").textValue()).isEqualTo("already-registered");
    assertThat(listed.get("keys").findValuesAsText("label"))
        .containsExactly("connection-check", "prod: analytics");
    assertThat(revoked.get("ok").booleanValue()).isTrue();
    assertThat(revokedAgain.get("status").textValue()).isEqualTo("not-registered");
    assertThat(account.parameters(ROOT + "authorized-keys")).hasSize(1);
  }

  @Test
  void holdsOfTheSdkOnlyWhatIsUsed() throws IOException {
    assertThat(Files.size(Path.of("target/function.zip"))).isLessThan(12_000_000);
  }

  @Test
  void checksBothRoutes() {
    JsonNode report = answer(CHECK, request("check"));

    assertThat(report.get("ok").booleanValue()).as(report.toPrettyString()).isTrue();
    assertThat(report.get("results").findValuesAsText("route")).containsExactly("direct", "tunnel");
    assertThat(report.get("results").get(1).get("host").textValue()).isEqualTo(host);
    assertThat(report.findValuesAsText("status")).containsOnly("passed");
  }

  @Test
  void saysWhatToTypeIntoDbt() {
    answer(
        REGISTRY,
        request("register-key")
            .put("publicKey", dbt.publicKeyLine())
            .put("label", "prod: analytics"));

    JsonNode settings = answer(CHECK, request("dbt-settings").put("connection", "analytics"));
    answer(REGISTRY, request("revoke-key").put("fingerprint", dbt.fingerprint()));

    assertThat(settings.at("/connections/0/fields/Host Name").textValue())
        .isEqualTo(redshift.host());
    assertThat(settings.at("/connections/0/profilesYml").textValue())
        .contains("dbname: " + redshift.database(), "env_var(''DBT_ENV_SECRET_PASSWORD'')");
    assertThat(settings.at("/tunnel/fields/Hostname").textValue()).isEqualTo("203.0.113.10");
    assertThat(settings.at("/tunnel/fields/Port").intValue()).isEqualTo(bastion.port());
    assertThat(settings.get("keys").findValuesAsText("dbtConnection"))
        .containsExactly("prod: analytics");
    assertThat(settings.toString()).doesNotContain(redshift.password());
    assertThat(
            error(CHECK, request("dbt-settings").put("connection", "finance"))
                .get("errorMessage")
                .textValue())
        .contains("connection: connection-unknown: There is no connection 'finance'.");
  }

  @Test
  void auditsWhereItIsAsked() {
    JsonNode report = answer(CHECK, only("direct").put("audit", true));

    assertThat(report.get("ok").booleanValue()).isTrue();
    // The stand-in is no warehouse of the account: that is said, and blames nobody.
    JsonNode audit = report.at("/results/0/audit");
    assertThat(audit.findValuesAsText("code")).containsExactly("unverified");
    assertThat(audit.get(0).get("resource").textValue()).isEqualTo(redshift.host());
    assertThat(answer(CHECK, request("check")).findValues("audit")).isEmpty();
  }

  @Test
  void everyHostIsCheckedByItself() {
    account.startHost(secondHost);
    String broken = account.runHost("default");
    try {
      Invocation invocation = invoke(CHECK, only("tunnel"));

      JsonNode report = json(invocation.text());
      assertThat(report.get("ok").booleanValue()).isFalse();
      assertThat(report.get("results"))
          .extracting(
              result -> result.get("host").textValue(), result -> result.get("ok").booleanValue())
          .containsExactlyInAnyOrder(
              tuple(host, true), tuple(secondHost, true), tuple(broken, false));
      assertThat(report.findValuesAsText("code")).containsExactly("bastion-refused");
      assertThat(MetricsDocument.in(invocation.log()))
          .filteredOn(document -> !document.dimensions().isEmpty())
          .allSatisfy(
              document ->
                  assertThat(document.dimensions())
                      .isEqualTo(Map.of("Connection", "analytics", "Route", "tunnel")))
          .extracting(
              document -> document.members().get("Host").textValue(),
              document -> document.metrics().get("Success").value())
          .containsExactlyInAnyOrder(tuple(host, 1.0), tuple(secondHost, 1.0), tuple(broken, 0.0));
    } finally {
      account.stopHost(secondHost);
      account.terminateHost(broken);
    }
  }

  @Test
  void checkWritesItsMetricsAndNoneOfTheInvocationBefore() {
    invoke(CHECK, request("check"));

    List<MetricsDocument> documents = MetricsDocument.in(invoke(CHECK, request("check")).log());

    assertThat(documents).extracting(MetricsDocument::namespace).containsOnly("DbtBastion/default");
    assertThat(documents)
        .extracting(
            MetricsDocument::dimensions, document -> Set.copyOf(document.metrics().keySet()))
        .containsExactly(
            tuple(
                Map.of("Connection", "analytics", "Route", "direct"),
                Set.of(
                    "Success",
                    "Duration",
                    "DnsDuration",
                    "TcpDuration",
                    "TlsDuration",
                    "CredentialsDuration",
                    "LoginDuration",
                    "QueryDuration",
                    "GrantsDuration")),
            tuple(
                Map.of("Connection", "analytics", "Route", "tunnel"),
                Set.of(
                    "Success",
                    "Duration",
                    "BastionDnsDuration",
                    "BastionTcpDuration",
                    "HostKeyDuration",
                    "SshAuthDuration",
                    "ForwardDuration",
                    "TlsDuration",
                    "CredentialsDuration",
                    "LoginDuration",
                    "QueryDuration",
                    "GrantsDuration")),
            tuple(Map.of(), Set.of("Checks", "LoginsFailed")));
    assertThat(documents.get(0).metrics()).containsEntry("Success", new Metric(1, "Count"));
    assertThat(documents.get(1).metrics()).containsEntry("Success", new Metric(1, "Count"));
    assertThat(documents.get(2).metrics()).containsEntry("Checks", new Metric(2, "Count"));
  }

  @Test
  void aFailedCheckThatIsAFunctionErrorWritesItsMetricsToo() {
    redshift.behave(Fault.UNTRUSTED_CERTIFICATE);

    Invocation invocation = invoke(CHECK, only("direct").put("failOnError", true));

    assertThat(invocation.functionError()).isPresent();
    assertThat(MetricsDocument.in(invocation.log()))
        .filteredOn(document -> !document.metrics().containsKey("ColdStart"))
        .extracting(document -> document.metrics().get("Success"))
        .containsExactly(new Metric(0, "Count"), null);
  }

  @Test
  void everyPushWritesHowManyHostsFailed() {
    ObjectNode registration =
        request("register-key").put("publicKey", dbt.publicKeyLine()).put("label", "metrics");
    ObjectNode revocation = request("revoke-key").put("fingerprint", dbt.fingerprint());

    List<Invocation> delivered =
        List.of(
            invoke(REGISTRY, registration),
            invoke(REGISTRY, request("renew-check-key")),
            invoke(REGISTRY, revocation));
    agentResult = new AgentResult(1, "", "no space left");
    Invocation failed = invoke(REGISTRY, revocation);
    Invocation nothingPushed = invoke(REGISTRY, request("list-keys"));

    assertThat(delivered)
        .allSatisfy(invocation -> assertThat(keysNotDelivered(invocation)).containsExactly(0.0));
    assertThat(keysNotDelivered(failed)).containsExactly(1.0);
    assertThat(keysNotDelivered(nothingPushed)).isEmpty();
  }

  private static List<Double> keysNotDelivered(Invocation invocation) {
    return MetricsDocument.in(invocation.log()).stream()
        .map(
            document -> {
              assertThat(document.dimensions()).isEmpty();
              assertThat(document.metrics().keySet()).containsExactly("KeysNotDelivered");
              return document.metrics().get("KeysNotDelivered").value();
            })
        .toList();
  }

  @Test
  void checksAConnectionWithoutASecretUpToTls() {
    account.putParameter(
        ROOT + "connections/monitor",
        object()
            .put("host", redshift.host())
            .put("port", redshift.port())
            .put("database", redshift.database())
            .toString());
    try {
      ObjectNode check = request("check");
      check.putArray("connections").add("monitor");
      Invocation invocation = invoke(CHECK, check);

      JsonNode report = json(invocation.text());
      assertThat(report.get("ok").booleanValue()).as(report.toPrettyString()).isTrue();
      assertThat(report.get("results"))
          .hasSize(2)
          .allSatisfy(
              result ->
                  assertThat(result.get("stages"))
                      .filteredOn(stage -> stage.get("status").textValue().equals("skipped"))
                      .extracting(stage -> stage.get("stage").textValue())
                      .containsExactly("credentials", "login", "query", "grants"));
      assertThat(MetricsDocument.in(invocation.log()))
          .allSatisfy(
              document ->
                  assertThat(document.metrics())
                      .doesNotContainKeys("CredentialsDuration", "LoginDuration", "QueryDuration"));
    } finally {
      account.deleteParameter(ROOT + "connections/monitor");
    }
  }

  @Test
  void saysThatTheKeyIsRefusedAfterItWasRevoked() {
    JsonNode listed = answer(REGISTRY, request("list-keys")).get("keys").get(0);
    assertThat(listed.get("label").textValue()).isEqualTo("connection-check");

    answer(
        REGISTRY, request("revoke-key").put("fingerprint", listed.get("fingerprint").textValue()));

    JsonNode report = answer(CHECK, only("tunnel"));
    assertThat(report.get("ok").booleanValue()).isFalse();
    assertThat(report.findValuesAsText("code")).containsExactly("ssh-key-refused");
  }

  @Test
  void mendsTheChecksKey() {
    account.deleteParameter(ROOT + "check-key");
    assertThat(answer(CHECK, only("tunnel")).findValuesAsText("code"))
        .containsExactly("check-key-missing");

    answer(REGISTRY, request("renew-check-key"));

    assertThat(answer(CHECK, only("tunnel")).get("ok").booleanValue()).isTrue();
  }

  @Test
  void aFailedCheckIsAFunctionErrorWhereThatIsWanted() {
    redshift.behave(Fault.UNTRUSTED_CERTIFICATE);

    JsonNode error = error(CHECK, only("direct").put("failOnError", true));

    assertThat(error.get("errorType").textValue()).isEqualTo("org.dbtbastion.handler.CheckFailed");
    assertThat(error.get("errorMessage").textValue())
        .contains("1 of 1 checks failed.")
        .contains("analytics direct: tls: certificate-untrusted: ")
        .contains("Find out who answers for " + redshift.host());
  }

  @Test
  void aRequestThatMakesNoSenseIsAFunctionErrorAndChangesNothing() {
    Map<String, String> before = account.parameters(ROOT);

    JsonNode error =
        error(
            REGISTRY,
            request("register-key")
                .put("publicKey", "ssh-dss AAAAB3NzaC1kc3M=")
                .put("label", "")
                .put("expiresAt", "2020-01-01T00:00:00Z")
                .put("options", "no-pty"));

    assertThat(error.get("errorType").textValue())
        .isEqualTo("org.dbtbastion.handler.RequestRefused");
    assertThat(error.get("errorMessage").textValue())
        .contains("key-dsa", "label-invalid", "expiry-in-the-past", "field-unknown");
    assertThat(account.parameters(ROOT)).isEqualTo(before);
  }

  @Test
  void anActionOfTheOtherFunctionIsRefused() {
    Map<String, String> before = account.parameters(ROOT);

    for (String action : List.of("register-key", "revoke-key", "list-keys", "renew-check-key")) {
      assertThat(error(CHECK, request(action)).get("errorMessage").textValue())
          .contains("action-not-offered");
    }
    assertThat(error(REGISTRY, request("check")).get("errorMessage").textValue())
        .contains("action-not-offered");
    assertThat(account.parameters(ROOT)).isEqualTo(before);
  }

  @Test
  void aConnectionThatDoesNotExistIsRefused() {
    ObjectNode check = request("check");
    check.putArray("connections").add("analytics").add("finance");

    assertThat(error(CHECK, check).get("errorMessage").textValue())
        .contains("connections: connection-unknown: There is no connection 'finance'.")
        .contains("Use one or more of: analytics.");
  }

  @Test
  void reportsBeforeLambdaWouldEndIt() {
    deploy(SHORT_CHECK, "check", SHORT);
    redshift.behave(Fault.SILENT_AT_LOGIN);

    JsonNode report = answer(SHORT_CHECK, request("check"));

    assertThat(report.get("millis").longValue()).isLessThan(SHORT.toMillis());
    assertThat(report.findValuesAsText("code")).containsExactly("out-of-time", "out-of-time");
  }

  @Test
  void whatIsSecretIsNeitherInAnswersNorInLogs() throws IOException {
    setSecret("canary-7391");
    answer(CHECK, request("check"));
    account
        .secretsManager()
        .putSecretValue(request -> request.secretId(SECRET).secretString("canary-5521 {"));
    answer(CHECK, request("check"));
    error(
        REGISTRY,
        request("register-key").put("publicKey", dbt.privateKeyText()).put("label", "private"));
    error(REGISTRY, request("list-keys").put(dbt.privateKeyText(), dbt.privateKeyText()));
    setSecret(redshift.password());
    answer(CHECK, request("check"));

    String told =
        String.join("\n", ANSWERS)
            + Files.readString(lambda.log(REGISTRY))
            + Files.readString(lambda.log(CHECK));
    assertThat(told).contains("connection-check", "password-refused", "secret-malformed");
    assertThat(told)
        .doesNotContain(redshift.password())
        .doesNotContain("canary-7391")
        .doesNotContain("canary-5521");
    for (String key :
        List.of(dbt.privateKeyText(), account.parameter(ROOT + "check-key").value())) {
      assertThat(key.lines().filter(line -> !line.startsWith("---")))
          .isNotEmpty()
          .noneMatch(told::contains);
    }
  }

  private static JsonNode answer(String function, ObjectNode request) {
    Invocation invocation = invoke(function, request);
    assertThat(invocation.functionError()).as(invocation.text()).isEmpty();
    return json(invocation.text());
  }

  private static JsonNode error(String function, ObjectNode request) {
    Invocation invocation = invoke(function, request);
    assertThat(invocation.functionError()).as(invocation.text()).contains("Unhandled");
    return json(invocation.text());
  }

  private static Invocation invoke(String function, ObjectNode request) {
    Invocation invocation = lambda.invoke(function, request.toString());
    ANSWERS.add(invocation.text());
    return invocation;
  }

  private static void setSecret(String password) {
    account
        .secretsManager()
        .putSecretValue(request -> request.secretId(SECRET).secretString(secret(password)));
  }

  private static String secret(String password) {
    return object().put("username", redshift.user()).put("password", password).toString();
  }

  /** A connection to the warehouse, with a schema to build in. */
  private static ObjectNode connection(ObjectNode authentication) {
    ObjectNode connection =
        object()
            .put("host", redshift.host())
            .put("port", redshift.port())
            .put("database", redshift.database());
    connection.set("authentication", authentication);
    connection.putArray("schemas").add("dbt_prod");
    return connection;
  }

  private static ObjectNode only(String route) {
    ObjectNode check = request("check");
    check.putArray("routes").add(route);
    return check;
  }

  private static ObjectNode request(String action) {
    return object().put("action", action);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
