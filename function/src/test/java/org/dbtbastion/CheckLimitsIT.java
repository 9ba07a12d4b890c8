package org.dbtbastion;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dbtbastion.check.Options;
import org.dbtbastion.report.Stage;
import org.dbtbastion.standins.account.AwsAccount;
import org.dbtbastion.standins.lambda.FunctionSettings;
import org.dbtbastion.standins.lambda.LambdaService;
import org.dbtbastion.standins.lambda.LambdaService.Invocation;
import org.dbtbastion.standins.lambda.MetricsDocument;
import org.dbtbastion.standins.net.BrokenServer;
import org.dbtbastion.standins.process.PeakMemory;
import org.dbtbastion.standins.redshift.RedshiftStandIn;
import org.dbtbastion.standins.ssh.BastionSshd;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one invocation of the packaged function holds, in little memory, and what it refuses. */
class CheckLimitsIT {

  private static final String CHECK = "dbt-bastion-default-connection-check";
  private static final String ROOT = "/dbt-bastion/default/";
  private static final String SECRET = "dbt/analytics";
  private static final int CONNECTIONS = 200;
  private static final String SILENT = name(77);

  /** Less than the deployed function has. */
  private static final int MEGABYTES = 512;

  private static final Duration TIMEOUT = Duration.ofMinutes(3);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private static RedshiftStandIn redshift;
  private static BrokenServer silent;
  private static BastionSshd bastion;
  private static AwsAccount account;
  private static LambdaService lambda;

  @BeforeAll
  static void deploy() {
    redshift = RedshiftStandIn.start(folder.resolve("redshift"));
    silent = BrokenServer.silent();
    account = AwsAccount.start(folder, (_, _) -> null);
    String host = account.runHost("default");
    bastion =
        BastionSshd.startOn(
            account.address(host), folder.resolve("bastion"), List.of("localhost:*"));
    SshKeys checkKey = SshKeys.ed25519(folder, "check");
    bastion.authorize(checkKey);
    account.putParameter(ROOT + "check-key", checkKey.privateKeyText());
    account.putParameter(ROOT + "host-keys/ed25519.pub", bastion.hostKeys().getFirst());
    account.createSecret(
        SECRET,
        object().put("username", redshift.user()).put("password", redshift.password()).toString());
    for (int i = 0; i < CONNECTIONS; i++) {
      ObjectNode connection =
          object()
              .put("host", redshift.host())
              .put("port", name(i).equals(SILENT) ? silent.port() : redshift.port())
              .put("database", redshift.database());
      connection.putObject("authentication").put("method", "database").put("secret", SECRET);
      account.putParameter(ROOT + "connections/" + name(i), connection.toString());
    }
    Map<String, String> environment = new HashMap<>(account.environment());
    environment.put("DBT_BASTION_NAME", "default");
    environment.put("DBT_BASTION_ACTIONS", "check");
    environment.put("DBT_BASTION_SSH_USER", BastionSshd.user());
    environment.put("DBT_BASTION_SSH_PORT", Integer.toString(bastion.port()));
    lambda = LambdaService.start(folder.resolve("lambda"));
    lambda.deploy(
        new FunctionSettings(
            CHECK,
            Path.of("target/function.zip"),
            "io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest",
            environment,
            MEGABYTES,
            TIMEOUT,
            1,
            List.of(
                // As the deployed function: one vCPU.
                "-XX:ActiveProcessorCount=1",
                "-Djavax.net.ssl.trustStore=" + redshift.caTrustStore())));
  }

  @AfterAll
  static void stop() {
    lambda.close();
    account.close();
    bastion.close();
    silent.close();
    redshift.close();
  }

  @Test
  void aServerThatNeverAnswersDelaysNoOtherConnection() {
    Invocation invocation = lambda.invoke(CHECK, "{\"action\":\"check\"}");

    assertThat(invocation.functionError()).as(invocation.text()).isEmpty();
    JsonNode report = json(invocation.text());
    List<String> failed = new ArrayList<>();
    for (JsonNode result : report.get("results")) {
      if (!result.get("ok").booleanValue()) {
        failed.add(result.get("connection").textValue());
        assertThat(result.get("stages").findValuesAsText("code"))
            .as(result.toString())
            .containsExactly("tls-timeout");
      }
    }
    assertThat(report.get("results")).hasSize(2 * CONNECTIONS);
    assertThat(failed).containsExactly(SILENT, SILENT);
    assertThat(report.get("millis").longValue())
        .isBetween(Stage.TLS.limit().toMillis(), TIMEOUT.dividedBy(2).toMillis());
    assertThat(MetricsDocument.in(invocation.log()))
        .filteredOn(document -> document.dimensions().containsKey("Connection"))
        .hasSize(2 * CONNECTIONS);
    assertThat(peakMegabytes()).isLessThan(MEGABYTES);
  }

  @Test
  void manyLoginsAtOnceFitIntoMemory() {
    Invocation invocation =
        lambda.invoke(
            CHECK,
            object()
                .put("action", "check")
                .put("logins", Options.MOST_LOGINS)
                .<ObjectNode>set("connections", JsonNodeFactory.instance.arrayNode().add(name(0)))
                .toString());

    assertThat(invocation.functionError()).as(invocation.text()).isEmpty();
    JsonNode logins = json(invocation.text()).get("logins");
    assertThat(logins).hasSize(1);
    assertThat(logins.get(0).get("accepted").intValue())
        .as(logins.toString())
        .isEqualTo(Options.MOST_LOGINS);
    assertThat(peakMegabytes()).isLessThan(MEGABYTES);
  }

  @Test
  void aHoldThatDoesNotFitIntoTheTimeoutIsRefused() {
    Invocation invocation = lambda.invoke(CHECK, holding(179).toString());

    assertThat(invocation.functionError()).isPresent();
    assertThat(json(invocation.text()).get("errorMessage").textValue())
        .containsPattern(
            "hold: hold-too-long: A hold of 179 s does not fit into the 17\\d s that the function's"
                + " timeout leaves, of which the other stages need 30 s\\. Hold for 14\\d s at most");
  }

  @Test
  void aHoldOfMoreTunnelsThanAreOpenAtOnceIsRefused() {
    Invocation invocation =
        lambda.invoke(CHECK, "{\"action\":\"check\",\"routes\":[\"tunnel\"],\"hold\":1}");

    assertThat(json(invocation.text()).get("errorMessage").textValue())
        .contains(
            "hold: hold-too-many: The tunnels of 200 connections cannot be held at once. Name 20"
                + " connections at most.");
  }

  @Test
  void aTunnelIsHeld() {
    Invocation invocation = lambda.invoke(CHECK, holding(2).toString());

    assertThat(invocation.functionError()).as(invocation.text()).isEmpty();
    JsonNode stages = json(invocation.text()).at("/results/0/stages");
    JsonNode hold = stages.get(stages.size() - 1);
    assertThat(hold.get("stage").textValue()).isEqualTo("hold");
    assertThat(hold.get("status").textValue()).isEqualTo("passed");
    assertThat(hold.get("detail").textValue()).startsWith("idle for 2.0 s");
  }

  @Test
  void everyLineOfTheLogIsJsonAndHasTheRequestsId() {
    ObjectNode request = object().put("action", "check");
    request.putArray("connections").add(SILENT);
    // What is logged at the start of an environment belongs to no request.
    lambda.invoke(CHECK, holding(1).toString());

    Invocation invocation = lambda.invoke(CHECK, request.toString());

    List<String> lines =
        invocation
            .log()
            .lines()
            .filter(line -> !line.matches("(START|END|REPORT) RequestId: .*"))
            .filter(line -> !line.contains("CloudWatchMetrics"))
            .toList();
    assertThat(lines)
        .allSatisfy(
            line ->
                assertThat(json(line).at("/mdc/requestId").asText())
                    .isEqualTo(invocation.requestId()));
    assertThat(lines)
        .extracting(line -> json(line).get("level").textValue())
        .contains("WARN", "INFO");
    assertThat(lines)
        .extracting(line -> json(line).get("message").textValue())
        .anyMatch(message -> message.startsWith(SILENT + " direct: tls: tls-timeout: "))
        .contains("Check: ok=false");
  }

  private static ObjectNode holding(int seconds) {
    ObjectNode request = object().put("action", "check").put("hold", seconds);
    request.putArray("routes").add("tunnel");
    request.putArray("connections").add(name(0));
    return request;
  }

  private static double peakMegabytes() {
    return lambda.processes(CHECK).mapToDouble(PeakMemory::mebibytes).max().orElseThrow();
  }

  private static String name(int i) {
    return "connection-%03d".formatted(i);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new AssertionError(text, e);
    }
  }
}
