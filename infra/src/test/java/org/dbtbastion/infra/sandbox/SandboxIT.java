package org.dbtbastion.infra.sandbox;

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
import java.util.stream.Stream;
import org.dbtbastion.infra.sandbox.Scripts.Outcome;
import org.dbtbastion.testing.LambdaService.Invocation;
import org.dbtbastion.testing.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
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
      Map.of(
          Link.WAREHOUSE_DOWN, new Diagnosis("tcp/tcp-refused", "forward/target-unreachable"),
          Link.WAREHOUSE_SILENT, new Diagnosis("tls/tls-timeout", "tls/tls-timeout"),
          Link.WRONG_PASSWORD, new Diagnosis("login/password-refused", "login/password-refused"),
          Link.UNKNOWN_DATABASE, new Diagnosis("login/database-missing", "login/database-missing"),
          Link.NO_TLS, new Diagnosis("tls/no-tls", "tls/no-tls"),
          Link.UNTRUSTED_CERTIFICATE,
              new Diagnosis("tls/certificate-untrusted", "tls/certificate-untrusted"),
          Link.BASTION_DOWN, new Diagnosis("", "bastion-tcp/bastion-refused"),
          Link.HOST_KEY_CHANGED, new Diagnosis("", "host-key/host-key-changed"),
          Link.KEY_REVOKED, new Diagnosis("", "ssh-auth/ssh-key-refused"),
          Link.FORWARD_REFUSED, new Diagnosis("", "forward/forwarding-refused"));

  @TempDir private static Path folder;
  private static Sandbox sandbox;

  /** Stage and code of a failure; empty where the route works all the same. */
  private record Diagnosis(String direct, String tunnel) {}

  @BeforeAll
  static void start() {
    sandbox =
        Sandbox.start(
            Path.of("..").toAbsolutePath().normalize(),
            folder.resolve("sandbox"),
            new Progress(System.out));
    sandbox.renewCheckKey();
  }

  @AfterAll
  static void stop() {
    sandbox.close();
  }

  @Test
  void bothRoutesPass() throws IOException {
    Outcome check = sandbox.scripts().run("check", "--json");

    assertThat(check.status()).as(check.out() + check.error()).isZero();
    JsonNode report = JSON.readTree(check.out());
    assertThat(report.get("ok").asBoolean()).isTrue();
    assertThat(report.get("results"))
        .extracting(result -> result.get("route").asText())
        .containsExactly("direct", "tunnel");
    assertThat(report.at("/results/1/host").asText()).isEqualTo(sandbox.machine().instanceId());
  }

  @Test
  void saysWhatToTypeIntoDbt() throws IOException {
    Outcome settings = sandbox.scripts().run("dbt-settings", "--json");

    assertThat(settings.status()).as(settings.error()).isZero();
    JsonNode json = JSON.readTree(settings.out());
    assertThat(json.at("/connections/0/fields/Host Name").asText())
        .isEqualTo(sandbox.warehouse().host());
    assertThat(json.at("/connections/0/fields/Port").asInt()).isEqualTo(sandbox.warehouse().port());
    assertThat(json.at("/tunnel/fields/Hostname").asText()).matches("[0-9.]+");
    assertThat(sandbox.scripts().run("dbt-settings").out())
        .contains("profiles.yml, for dbt Core", "SSH tunnel", "(the connection check)")
        .doesNotContain(sandbox.warehouse().password());
  }

  @ParameterizedTest
  @EnumSource(Link.class)
  void namesTheLinkThatIsBroken(Link link) throws IOException {
    link.breakIn(sandbox);
    try {
      Outcome check = sandbox.scripts().run("check", "--json");

      assertThat(check.status()).isEqualTo(1);
      JsonNode report = JSON.readTree(check.out());
      assertThat(failure(report, "direct")).isEqualTo(DIAGNOSES.get(link).direct());
      assertThat(failure(report, "tunnel")).isEqualTo(DIAGNOSES.get(link).tunnel());
      assertThat(report.findValuesAsText("remedy")).isNotEmpty().doesNotContain("");
    } finally {
      link.mendIn(sandbox);
    }
    assertThat(sandbox.scripts().run("check").status()).as("mended").isZero();
  }

  @Test
  void aKeyLikeDbtsLetsItsHolderForwardUntilItIsRevoked() throws Exception {
    SshKeys key = SshKeys.likeDbt(folder, "like_dbt");
    Outcome register =
        sandbox
            .scripts()
            .run("register-key", "--json", "--label", "like dbt", key.publicKey().toString());
    assertThat(register.status()).as(register.error()).isZero();
    assertThat(JSON.readTree(register.out()).get("fingerprint").asText())
        .isEqualTo(key.fingerprint());
    assertThat(answerToSslRequest(key)).isEqualTo("S");

    Outcome again =
        sandbox
            .scripts()
            .run("register-key", "--json", "--label", "like dbt", key.publicKey().toString());
    assertThat(JSON.readTree(again.out()).get("status").asText()).isEqualTo("already-registered");

    assertThat(sandbox.scripts().run("revoke-key", key.fingerprint()).status()).isZero();
    assertThat(answerToSslRequest(key)).isEmpty();
    assertThat(sandbox.scripts().run("list-keys").out()).doesNotContain(key.fingerprint());
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
    String before = sandbox.scripts().run("list-keys", "--json").out();

    Invocation invocation = sandbox.lambda().invoke(Sandbox.KEY_REGISTRY, request);

    assertThat(invocation.functionError()).isPresent();
    assertThat(invocation.text()).contains("RequestRefused").contains("nothing was changed");
    assertThat(sandbox.scripts().run("list-keys", "--json").out()).isEqualTo(before);
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
    sandbox.scripts().run("check");
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
            sandbox.context().get("sshPort"),
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
