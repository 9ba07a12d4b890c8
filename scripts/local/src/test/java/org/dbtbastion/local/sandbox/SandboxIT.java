package org.dbtbastion.local.sandbox;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.dbtbastion.standins.lambda.LambdaService.Invocation;
import org.dbtbastion.standins.process.AwsCli;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Command.Result;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The whole path: the deployed stack, its host files, the packaged functions and the scripts. */
class SandboxIT {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What each broken link must be called, on the direct route and through the tunnel. */
  private static final Map<Link, Diagnosis> DIAGNOSES =
      Map.ofEntries(
          entry(
              Link.WAREHOUSE_UNKNOWN,
              new Diagnosis(
                  "dns/name-not-found", "forward/forwarding-refused", "warehouse-not-found")),
          entry(
              Link.WAREHOUSE_SECURITY_GROUP,
              new Diagnosis("tcp/tcp-timeout", "forward/forward-timeout", "ingress-rule-missing")),
          entry(
              Link.WAREHOUSE_DOWN, new Diagnosis("tcp/tcp-refused", "forward/target-unreachable")),
          entry(Link.WAREHOUSE_SILENT, onBoth("tls/tls-timeout")),
          entry(Link.WRONG_PASSWORD, onBoth("login/password-refused")),
          entry(Link.UNKNOWN_DATABASE, onBoth("login/database-missing")),
          entry(Link.SECRET_DELETED, onBoth("credentials/secret-missing")),
          entry(Link.SECRET_MALFORMED, onBoth("credentials/secret-malformed")),
          entry(Link.PRIVILEGE_REVOKED, onBoth("grants/grants-missing")),
          entry(Link.IAM_DENIED, onBoth("credentials/issuer-refused")),
          entry(Link.TEMPORARY_PASSWORD_REFUSED, onBoth("login/temporary-password-refused")),
          entry(Link.TOKEN_ENDPOINT_DOWN, onBoth("credentials/token-endpoint-unreachable")),
          entry(Link.CLIENT_SECRET_EXPIRED, onBoth("credentials/token-refused")),
          entry(Link.TOKEN_NOT_TRUSTED, onBoth("login/token-not-accepted")),
          entry(Link.NO_TLS, onBoth("tls/no-tls")),
          entry(Link.UNTRUSTED_CERTIFICATE, onBoth("tls/certificate-untrusted")),
          entry(Link.BASTION_DOWN, inTunnel("bastion-tcp/bastion-refused")),
          entry(Link.BASTION_STOPPED, inTunnel("bastion-dns/bastion-not-found", "no-host-runs")),
          entry(
              Link.BASTION_SECURITY_GROUP,
              inTunnel("bastion-tcp/bastion-timeout", "ingress-rule-missing")),
          entry(
              Link.ADDRESS_LOST,
              inTunnel("bastion-dns/address-not-claimed", "elastic-ip-not-on-host")),
          entry(Link.HOST_KEYS_LOST, inTunnel("host-key/host-key-not-pinned")),
          entry(Link.HOST_KEY_CHANGED, inTunnel("host-key/host-key-changed")),
          entry(Link.KEY_REVOKED, inTunnel("ssh-auth/ssh-key-refused")),
          entry(Link.FORWARD_REFUSED, inTunnel("forward/forwarding-refused")));

  @TempDir private static Path folder;
  private static Sandbox sandbox;

  /**
   * Stage and code of a failure, empty where the route works all the same; and what the audit must
   * hold for the likeliest cause, empty where AWS's configuration has no fault.
   */
  private record Diagnosis(String direct, String tunnel, String culprit) {

    Diagnosis(String direct, String tunnel) {
      this(direct, tunnel, "");
    }
  }

  private static Diagnosis onBoth(String failure) {
    return new Diagnosis(failure, failure);
  }

  private static Diagnosis inTunnel(String failure) {
    return new Diagnosis("", failure);
  }

  private static Diagnosis inTunnel(String failure, String culprit) {
    return new Diagnosis("", failure, culprit);
  }

  @BeforeAll
  static void start() {
    sandbox = Sandbox.start(Repository.root(), folder.resolve("sandbox"), new Progress(System.out));
    sandbox.renewCheckKey();
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  /** The pipelines of README.md, in the same sandbox. */
  @Nested
  class Pipelines extends PipelineExamples {

    Pipelines() {
      super(sandbox, folder);
    }
  }

  private static Command script(String name, String... arguments) {
    return sandbox.script(name, arguments).with(AwsCli.shared().environment());
  }

  @Test
  void bothRoutesPassWithEveryWayToLogIn() throws IOException {
    // As users run it, with the real AWS CLI from its start.
    Result check = sandbox.script("check", "--json").run();

    assertThat(check.status()).as(check.output() + check.errors()).isZero();
    JsonNode report = JSON.readTree(check.output());
    assertThat(report.get("ok").asBoolean()).isTrue();
    assertThat(report.get("results"))
        .extracting(result -> result.get("route").asText())
        .containsExactly("direct", "direct", "direct", "tunnel", "tunnel", "tunnel");
    assertThat(report.at("/results/3/host").asText()).isEqualTo(sandbox.machine().instanceId());
  }

  @Test
  void saysWhatToTypeIntoDbt() throws IOException {
    Result settings = script("dbt-settings", "--json").run();

    assertThat(settings.status()).as(settings.errors()).isZero();
    JsonNode json = JSON.readTree(settings.output());
    assertThat(json.at("/connections/0/fields/Host Name").asText())
        .isEqualTo(sandbox.warehouse().host());
    assertThat(json.at("/connections/0/fields/Port").asInt()).isEqualTo(sandbox.warehouse().port());
    assertThat(json.at("/tunnel/fields/Hostname").asText()).matches("[0-9.]+");
    assertThat(script("dbt-settings").run().output())
        .contains("profiles.yml, for dbt Core", "SSH tunnel", "(the connection check)")
        .doesNotContain(sandbox.warehouse().password());
  }

  @ParameterizedTest
  @EnumSource(Link.class)
  void namesTheLinkThatIsBroken(Link link) throws IOException {
    try {
      link.breakIn(sandbox);
      Result check = script("check", "--json", "--connection", link.connection()).run();

      assertThat(check.status()).isEqualTo(1);
      JsonNode report = JSON.readTree(check.output());
      assertThat(failure(report, "direct")).isEqualTo(DIAGNOSES.get(link).direct());
      assertThat(failure(report, "tunnel")).isEqualTo(DIAGNOSES.get(link).tunnel());
      assertThat(report.findValuesAsText("remedy")).isNotEmpty().doesNotContain("");
      assertThat(report.findValues("audit"))
          .allSatisfy(
              audit ->
                  assertThat(audit.at("/0/code").asText())
                      .as("%s", audit)
                      .isIn(DIAGNOSES.get(link).culprit(), "unverified", "unreadable"));
      if (!DIAGNOSES.get(link).culprit().isEmpty()) {
        assertThat(report.findValues("audit"))
            .extracting(audit -> audit.at("/0/code").asText())
            .as("%s", report)
            .contains(DIAGNOSES.get(link).culprit());
      }
      closedGroup(link)
          .ifPresent(
              group ->
                  assertThat(report.findValues("audit"))
                      .filteredOn(
                          audit ->
                              audit.at("/0/code").asText().equals(DIAGNOSES.get(link).culprit()))
                      .extracting(audit -> audit.at("/0/resource").asText())
                      .containsOnly(group));
    } finally {
      link.mendIn(sandbox);
    }
    assertThat(script("check").run().status()).as("mended").isZero();
  }

  /** The id of the security group that lets nobody in, which the audit must name. */
  private static Optional<String> closedGroup(Link link) {
    return switch (link) {
      case WAREHOUSE_SECURITY_GROUP -> Optional.of(sandbox.account().securityGroupId());
      case BASTION_SECURITY_GROUP ->
          Optional.of(sandbox.stack().instance().securityGroups().getFirst().groupId());
      default -> Optional.empty();
    };
  }

  @Test
  void aKeyLikeDbtsLetsItsHolderForwardUntilItIsRevoked() throws Exception {
    SshKeys key = SshKeys.likeDbt(folder, "like_dbt");
    Result register =
        script("register-key", "--json", "--label", "like dbt", key.publicKey().toString()).run();
    assertThat(register.status()).as(register.errors()).isZero();
    assertThat(JSON.readTree(register.output()).get("fingerprint").asText())
        .isEqualTo(key.fingerprint());
    assertThat(answerToSslRequest(key)).isEqualTo("S");

    Result again =
        script("register-key", "--json", "--label", "like dbt", key.publicKey().toString()).run();
    assertThat(JSON.readTree(again.output()).get("status").asText())
        .isEqualTo("already-registered");

    assertThat(script("revoke-key", key.fingerprint()).run().status()).isZero();
    assertThat(answerToSslRequest(key)).isEmpty();
    assertThat(script("list-keys").run().output()).doesNotContain(key.fingerprint());
  }

  static List<String> malformed() {
    return List.of(
        "{\"action\":\"register-key\",\"publicKey\":\"ssh-dss AAAA\",\"label\":\"\",\"options\":\"pty\"}",
        "{\"action\":\"register-key\",\"publicKey\":7,\"label\":[],\"expiresAt\":\"soon\"}",
        "{\"action\":\"revoke-key\",\"fingerprint\":\"MD5:00\",\"all\":true}",
        "{\"action\":\"drop-everything\"}",
        "[]");
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void aMalformedRequestIsRefusedAndChangesNothing(String request) {
    String before = script("list-keys", "--json").run().output();

    Invocation invocation = sandbox.lambda().invoke(Sandbox.KEY_REGISTRY, request);

    assertThat(invocation.functionError()).isPresent();
    assertThat(invocation.text()).contains("RequestRefused").contains("nothing was changed");
    assertThat(script("list-keys", "--json").run().output()).isEqualTo(before);
  }

  @Test
  void allProblemsOfARequestAreListedAtOnce() {
    Invocation invocation = sandbox.lambda().invoke(Sandbox.KEY_REGISTRY, malformed().getFirst());

    assertThat(invocation.text()).contains("publicKey: ", "label: ", "'options': field-unknown");
  }

  @Test
  void whoMayCheckCannotLetAKeyIn() {
    Invocation invocation =
        sandbox.lambda().invoke(Sandbox.CONNECTION_CHECK, "{\"action\":\"list-keys\"}");

    assertThat(invocation.text()).contains("action-not-offered");
  }

  @Test
  void noSecretIsInAnyLog() throws IOException {
    script("check").run();
    List<Path> logs = new ArrayList<>();
    try (Stream<Path> files = Files.walk(sandbox.folder())) {
      files.filter(file -> file.toString().endsWith(".log")).forEach(logs::add);
    }

    assertThat(logs).isNotEmpty();
    for (Path log : logs) {
      assertThat(Files.readString(log, StandardCharsets.ISO_8859_1))
          .as(log.toString())
          .doesNotContain(sandbox.warehouse().password())
          .doesNotContain("PRIVATE KEY");
    }
  }

  private static String failure(JsonNode report, String route) {
    for (JsonNode result : report.get("results")) {
      if (result.get("route").asText().equals(route)) {
        for (JsonNode stage : result.get("stages")) {
          if (stage.get("status").asText().equals("failed")) {
            return stage.get("stage").asText() + "/" + stage.get("code").asText();
          }
        }
      }
    }
    return "";
  }

  /** What the warehouse says through a tunnel that the ssh client opens with this key. */
  private static String answerToSslRequest(SshKeys key) throws Exception {
    List<String> command =
        List.of(
            "ssh",
            "-F",
            "none",
            "-i",
            key.privateKey().toString(),
            "-o",
            "IdentitiesOnly=yes",
            "-o",
            "BatchMode=yes",
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=" + folder.resolve("known_hosts"),
            "-p",
            Integer.toString(sandbox.sshPort()),
            "-W",
            sandbox.warehouse().host() + ":" + sandbox.warehouse().port(),
            System.getProperty("user.name") + "@" + sandbox.machine().address());
    Process ssh =
        new ProcessBuilder(command).redirectError(folder.resolve("ssh.log").toFile()).start();
    try (OutputStream out = ssh.getOutputStream()) {
      out.write(new byte[] {0, 0, 0, 8, 4, (byte) 210, 22, 47});
      out.flush();
      return new String(ssh.getInputStream().readNBytes(1), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      return ""; // the pipe is broken: ssh has gone
    } finally {
      ssh.destroy();
      ssh.waitFor();
    }
  }
}
