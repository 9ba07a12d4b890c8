package org.dbtbastion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.StreamSupport;
import org.assertj.core.groups.Tuple;
import org.dbtbastion.standins.account.AwsAccount;
import org.dbtbastion.standins.account.RedshiftApiFront;
import org.dbtbastion.standins.idp.IdentityProvider;
import org.dbtbastion.standins.lambda.FunctionSettings;
import org.dbtbastion.standins.lambda.LambdaService;
import org.dbtbastion.standins.lambda.LambdaService.Invocation;
import org.dbtbastion.standins.lambda.MetricsDocument;
import org.dbtbastion.standins.net.HttpServers;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.redshift.RedshiftStandIn;
import org.dbtbastion.standins.ssh.BastionSshd;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.redshift.RedshiftClient;

/** Every way to authenticate, on both routes, with the zip that is deployed. */
class PackagedLoginsIT {

  private static final String CHECK = "dbt-bastion-default-connection-check";
  private static final String SNAPSHOT = "dbt-bastion-default-from-snapshot";
  private static final String ROOT = "/dbt-bastion/default/";
  private static final String CLIENT_SECRET = "canary-client-7391";
  private static final String ROLE = "IAMR:" + RedshiftApiFront.ROLE;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Whom each connection logs in as. */
  private static final Map<String, String> USERS = new LinkedHashMap<>();

  @TempDir private static Path folder;
  private static RedshiftStandIn redshift;
  private static AwsAccount account;
  private static RedshiftApiFront redshiftApi;
  private static IdentityProvider identityProvider;
  private static BastionSshd bastion;
  private static LambdaService lambda;
  private static final List<String> TOKENS = new CopyOnWriteArrayList<>();
  private static final List<String> TOLD = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void deploy() {
    redshift = RedshiftStandIn.start(folder.resolve("redshift"));
    account = AwsAccount.start(folder, (_, _) -> null);
    redshiftApi = new RedshiftApiFront(account.moto().endpoint(), redshift::issuePassword);
    identityProvider =
        new IdentityProvider(redshift.authority(), CLIENT_SECRET, PackagedLoginsIT::token);
    String host = account.runHost("default");
    bastion =
        BastionSshd.startOn(
            account.address(host),
            folder.resolve("bastion"),
            List.of(redshift.host() + ":" + redshift.port()));
    SshKeys key = SshKeys.ed25519(folder, "check");
    bastion.authorize(key);
    account.putParameter(ROOT + "check-key", key.privateKeyText());
    account.putParameter(ROOT + "host-keys/ed25519.pub", bastion.hostKeys().getFirst());
    try (RedshiftClient client = account.moto().client(RedshiftClient.builder())) {
      client.createCluster(
          request ->
              request
                  .clusterIdentifier("analytics")
                  .nodeType("ra3.large")
                  .masterUsername("admin")
                  .masterUserPassword("Passw0rd"));
    }
    redshiftApi.createWorkgroup("adhoc");
    account.createSecret("dbt", "{}");
    account.createSecret("managed", "{}");
    account.createSecret(
        "idp",
        object()
            .put("client_id", IdentityProvider.CLIENT_ID)
            .put("client_secret", CLIENT_SECRET)
            .toString());
    connections();
    lambda = LambdaService.start(folder.resolve("lambda"));
    deploy(CHECK, Map.of());
  }

  /** A token that the warehouse accepts, each time another. */
  private static String token() {
    String token = "canary-token-" + TOKENS.size();
    TOKENS.add(token);
    redshift.acceptToken(token);
    return token;
  }

  private static void connections() {
    connection("password", redshift.user(), database("dbt"));
    connection("managed-password", redshift.user(), database("managed"));
    connection(
        "iam-cluster",
        "IAM:ci",
        object().put("method", "iam").put("clusterId", "analytics").put("user", "ci"));
    connection(
        "iam-cluster-autocreate",
        "IAMA:new",
        object()
            .put("method", "iam")
            .put("clusterId", "analytics")
            .put("user", "new")
            .put("autocreate", true));
    connection(
        "iam-serverless",
        ROLE,
        object().put("method", "iam").put("workgroup", "adhoc").put("user", "ignored"));
    connection(
        "role-cluster", ROLE, object().put("method", "iam_role").put("clusterId", "analytics"));
    connection(
        "role-serverless", ROLE, object().put("method", "iam_role").put("workgroup", "adhoc"));
    connection("okta", "the token's user", oauth("okta", identityProvider.okta()));
    connection("entra", "the token's user", oauth("entra", identityProvider.entra()));
  }

  private static ObjectNode database(String secret) {
    return object().put("method", "database").put("secret", secret);
  }

  private static ObjectNode oauth(String type, URI url) {
    ObjectNode authentication = object().put("method", "oauth_token_identity_center");
    authentication.put("secret", "idp");
    authentication
        .putObject("tokenEndpoint")
        .put("type", type)
        .put("requestUrl", url.toString())
        .put("requestData", "grant_type=client_credentials&scope=redshift");
    return authentication;
  }

  private static void connection(String name, String user, ObjectNode authentication) {
    USERS.put(name, user);
    account.putParameter(ROOT + "connections/" + name, described(authentication).toString());
  }

  private static ObjectNode described(ObjectNode authentication) {
    ObjectNode connection =
        object()
            .put("host", redshift.host())
            .put("port", redshift.port())
            .put("database", redshift.database());
    connection.set("authentication", authentication);
    return connection;
  }

  private static void deploy(String name, Map<String, String> more) {
    Map<String, String> environment = new HashMap<>(account.environment());
    environment.putAll(redshiftApi.environment());
    environment.put("DBT_BASTION_NAME", "default");
    environment.put("DBT_BASTION_ACTIONS", "check");
    environment.put("DBT_BASTION_SSH_USER", BastionSshd.user());
    environment.put("DBT_BASTION_SSH_PORT", Integer.toString(bastion.port()));
    environment.putAll(more);
    if (more.containsKey("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
      // The SDK looks there first.
      environment.keySet().removeAll(Set.of("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"));
    }
    lambda.deploy(
        new FunctionSettings(
            name,
            Path.of("target/function.zip"),
            "io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest",
            environment,
            1024,
            Duration.ofSeconds(60),
            1,
            List.of("-Djavax.net.ssl.trustStore=" + redshift.caTrustStore())));
  }

  @AfterAll
  static void stop() {
    lambda.close();
    bastion.close();
    identityProvider.close();
    redshiftApi.close();
    account.close();
    redshift.close();
  }

  @BeforeEach
  void allIsWell() {
    redshiftApi.deny(false);
    storePassword();
  }

  /** What a rotation does after it has changed the password. */
  private static void storePassword() {
    ObjectNode plain =
        object().put("username", redshift.user()).put("password", redshift.password());
    ObjectNode managed = plain.deepCopy().put("engine", "redshift").put("port", 5439);
    put("dbt", plain);
    put("managed", managed.put("dbClusterIdentifier", "analytics").put("dbname", "dev"));
  }

  private static void put(String secret, ObjectNode value) {
    account
        .secretsManager()
        .putSecretValue(request -> request.secretId(secret).secretString(value.toString()));
  }

  @Test
  void everyMethodLogsInOnBothRoutes() {
    JsonNode report = check(CHECK, object());

    assertAllLogIn(report);
    assertThat(redshiftApi.calls())
        .anySatisfy(call -> assertThat(call).containsEntry("AutoCreate", "true"))
        .anySatisfy(call -> assertThat(call).containsEntry("workgroupName", "adhoc"));
  }

  @Test
  void saysWhichMethodsTheDbtPlatformCannotUseThroughATunnel() {
    JsonNode report = check(CHECK, object());

    assertThat(report.get("results"))
        .allSatisfy(
            result -> {
              JsonNode credentials = stage(result, "credentials");
              boolean usable =
                  result.get("route").textValue().equals("direct")
                      || result.get("connection").textValue().endsWith("password");
              assertThat(credentials.get("status").textValue())
                  .as(result.toString())
                  .isEqualTo(usable ? "passed" : "warned");
              if (!usable) {
                assertThat(credentials.get("code").textValue()).isEqualTo("not-in-dbt-tunnels");
                assertThat(credentials.get("remedy").textValue())
                    .contains("extended attributes", "Use method database");
              }
            });
  }

  @Test
  void whatExpiredOrWasRotatedIsObtainedAnewByTheSameEnvironment() {
    assertAllLogIn(check(CHECK, object()));

    redshift.setPassword("canary-rotated-" + System.nanoTime());
    redshift.expireCredentials();

    JsonNode beforeTheSecretIsRotated = check(CHECK, object());
    assertThat(beforeTheSecretIsRotated.findValuesAsText("code"))
        .filteredOn(code -> !code.equals("not-in-dbt-tunnels"))
        .hasSize(4)
        .containsOnly("password-refused");
    storePassword();
    assertAllLogIn(check(CHECK, object()));
    assertThat(lambda.environments(CHECK)).isEqualTo(1);
  }

  @Test
  void nothingThatASnapshotHoldsIsUsedForALogin() {
    int before = TOKENS.size();
    deploy(SNAPSHOT, Map.of("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start"));

    // All of them have logged in before it was taken, so that it holds what that takes.
    assertThat(TOKENS).hasSizeGreaterThan(before);

    redshift.setPassword("canary-since-the-snapshot");
    redshift.expireCredentials();
    storePassword();

    assertAllLogIn(check(SNAPSHOT, object()));
    redshift.expireCredentials();
    assertAllLogIn(check(SNAPSHOT, object()));
    assertThat(lambda.environments(SNAPSHOT)).isEqualTo(1);
  }

  /**
   * With SnapStart Lambda has an endpoint for the role's credentials, in place of variables that
   * would be in the snapshot.
   *
   * @see <a
   *     href="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html">SnapStart</a>
   */
  @Test
  void theRolesOwnCredentialsAreAskedForAgainWhenTheyExpire() {
    AtomicReference<String> accessKey = new AtomicReference<>("AKIDSNAPSHOT");
    HttpServer credentials =
        HttpServers.start(
            0,
            exchange ->
                HttpServers.answer(
                    exchange,
                    200,
                    "application/json",
                    object()
                        .put("AccessKeyId", accessKey.get())
                        .put("SecretAccessKey", "test")
                        .put("Token", "test")
                        // Within the minute in which the SDK no more relies on them.
                        .put("Expiration", Instant.now().plusSeconds(30).toString())
                        .toString()
                        .getBytes(StandardCharsets.UTF_8)));
    try {
      deploy(
          SNAPSHOT,
          Map.of(
              "AWS_LAMBDA_INITIALIZATION_TYPE",
              "snap-start",
              "AWS_CONTAINER_CREDENTIALS_FULL_URI",
              "http://127.0.0.1:%d/".formatted(credentials.getAddress().getPort())));

      accessKey.set("AKIDRESTORED");
      redshiftApi.accessKeys().clear();
      assertAllLogIn(check(SNAPSHOT, object()));
      assertThat(redshiftApi.accessKeys()).containsExactly("AKIDRESTORED");

      accessKey.set("AKIDREFRESHED");
      // The SDK relies on what it got for a second, however soon that expires.
      Await.until(
          "calls are signed with the new credentials alone",
          Duration.ofSeconds(20),
          () -> {
            redshiftApi.accessKeys().clear();
            assertAllLogIn(check(SNAPSHOT, object()));
            return redshiftApi.accessKeys().equals(Set.of("AKIDREFRESHED"));
          });
    } finally {
      credentials.stop(0);
    }
  }

  @Test
  void namesWhatTheRoleMayNot() {
    redshiftApi.deny(true);
    ObjectNode request = object();
    request.putArray("connections").add("iam-cluster").add("role-serverless");
    request.putArray("routes").add("direct");

    JsonNode report = check(CHECK, request);

    assertThat(report.findValuesAsText("code")).containsOnly("issuer-refused").hasSize(2);
    assertThat(report.findValuesAsText("remedy"))
        .anySatisfy(
            remedy -> assertThat(remedy).contains("redshift:GetClusterCredentials on cluster"))
        .anySatisfy(
            remedy ->
                assertThat(remedy)
                    .contains("redshift-serverless:GetCredentials on workgroup adhoc"));
  }

  @Test
  void checksAConnectionThatTheRequestDescribes() {
    ObjectNode request = object();
    request
        .putArray("connections")
        .add("password")
        .add(described(database("dbt")).put("name", "adhoc").put("database", "postgres"));

    Invocation invocation = lambda.invoke(CHECK, request.put("action", "check").toString());

    JsonNode report = json(invocation.text());
    assertThat(report.get("ok").booleanValue()).as(report.toPrettyString()).isTrue();
    assertThat(report.get("results").findValuesAsText("connection"))
        .containsExactly("password", "adhoc", "password", "adhoc");
    assertThat(stage(report.get("results").get(1), "login").get("detail").textValue())
        .isEqualTo("logged in as dbt_user to postgres");
    assertThat(MetricsDocument.in(invocation.log()))
        .extracting(document -> document.dimensions().getOrDefault("Connection", ""))
        .as("alarms and dashboards are about deployed connections")
        .containsOnly("password", "");
  }

  @Test
  void sendsNoSecretToWhereNoDeployedConnectionGoes() {
    int before = redshift.connections();
    ObjectNode request = object().put("action", "check");
    request
        .putArray("connections")
        .add(
            described(oauth("okta", URI.create("https://evil.example/token")))
                .put("name", "theirs")
                .put("host", "evil.example"));

    Invocation invocation = lambda.invoke(CHECK, request.toString());

    assertThat(invocation.functionError()).isPresent();
    assertThat(json(invocation.text()).get("errorMessage").textValue())
        .contains("connections theirs: host-not-deployed", "token-endpoint-not-deployed");
    assertThat(redshift.connections()).isEqualTo(before);
  }

  @Test
  void whatIsSecretIsNeitherInAnswersNorInLogs() throws Exception {
    String password = redshift.password();
    String issued = redshift.issuePassword("IAM:ci");
    check(CHECK, object());
    redshift.expireCredentials();
    check(CHECK, object());

    assertThat(String.join("\n", TOLD) + Files.readString(lambda.log(CHECK)))
        .contains("IAM:ci")
        .doesNotContain(password, issued, CLIENT_SECRET, "canary");
  }

  private static void assertAllLogIn(JsonNode report) {
    assertThat(report.get("ok").booleanValue()).as(report.toPrettyString()).isTrue();
    Tuple[] expected =
        USERS.entrySet().stream()
            .flatMap(
                connection ->
                    List.of("direct", "tunnel").stream()
                        .map(
                            route ->
                                tuple(
                                    connection.getKey(),
                                    route,
                                    "logged in as %s to analytics"
                                        .formatted(connection.getValue()))))
            .toArray(Tuple[]::new);
    assertThat(report.get("results"))
        .extracting(
            result -> result.get("connection").textValue(),
            result -> result.get("route").textValue(),
            result -> stage(result, "login").get("detail").textValue())
        .containsExactlyInAnyOrder(expected);
    assertThat(report.get("results"))
        .allSatisfy(
            result ->
                assertThat(stage(result, "query").get("status").asText()).isEqualTo("passed"));
  }

  private static JsonNode stage(JsonNode result, String name) {
    return StreamSupport.stream(result.get("stages").spliterator(), false)
        .filter(stage -> stage.get("stage").textValue().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static JsonNode check(String function, ObjectNode request) {
    Invocation invocation = lambda.invoke(function, request.put("action", "check").toString());
    TOLD.add(invocation.text());
    assertThat(invocation.functionError()).as(invocation.text()).isEmpty();
    return json(invocation.text());
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
