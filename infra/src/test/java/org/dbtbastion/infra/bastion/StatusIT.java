package org.dbtbastion.infra.bastion;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.account.ParameterStore;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What administrators see on a host. */
class StatusIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final String FOUND = "var/lib/dbt-bastion/last-sync.json";

  @TempDir static Path shared;
  private static Moto moto;
  private static HostKeys stored;
  @TempDir Path folder;
  private String name;
  private Host host;
  private Target target;

  @BeforeAll
  static void openAccount() {
    moto = Moto.start(shared);
    stored = HostKeys.make(shared);
  }

  @AfterAll
  static void closeAccount() {
    moto.close();
  }

  @BeforeEach
  void makeHost() {
    target = new Target();
    name = "status-" + NAMES.incrementAndGet();
    host =
        new Host(
            folder.resolve("host"),
            moto,
            name,
            "127.0.0.1:%d warehouse.example:5439".formatted(target.port()));
  }

  @AfterEach
  void stop() {
    host.close();
    target.close();
  }

  private SshKeys registered(String label, String more) {
    SshKeys key = host.newKey("key" + NAMES.incrementAndGet(), "ed25519", 256);
    String value =
        ParameterStore.registration(key.publicKeyLine())
            .replace("\"label\":\"test\"", "\"label\":" + Host.quoted(label))
            .replace("}", more + "}");
    host.parameters.put(ParameterStore.keyPath(key), value);
    return key;
  }

  private void ready() {
    host.with(stored).bootstrapped().withSshd();
  }

  private Command.Result status(String... arguments) {
    return host.dbtBastion(
            Stream.concat(Stream.of("status"), Stream.of(arguments)).toArray(String[]::new))
        .run();
  }

  /** The facts, after a run that must end with this status. */
  private JsonNode facts(int status, String... arguments) throws IOException {
    Command.Result result =
        status(Stream.concat(Stream.of("--json"), Stream.of(arguments)).toArray(String[]::new));
    assertThat(result.status()).as("%s", result).isEqualTo(status);
    assertThat(result.errors()).isEmpty();
    return JSON.readTree(result.output());
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  private void makeUnreachable() throws IOException {
    Path environment = host.root.resolve("etc/dbt-bastion/environment");
    Files.writeString(
        environment,
        Files.readString(environment)
            + "AWS_ENDPOINT_URL='http://localhost:%d'\nAWS_MAX_ATTEMPTS=1\n"
                .formatted(FreePort.find()));
  }

  private ObjectNode found() throws IOException {
    return (ObjectNode) JSON.readTree(host.text(FOUND));
  }

  private void write(ObjectNode found) throws IOException {
    Files.writeString(host.root.resolve(FOUND), found.toString());
  }

  @Test
  void showsKeysTunnelsAndHowTheHostIs() throws IOException {
    Instant before = Instant.now().minusSeconds(2);
    SshKeys used = registered("prod: analytics", ",\"expires\":\"2037-06-30T12:34:56Z\"");
    SshKeys unused = registered("other", "");
    SshKeys expired = registered("old", ",\"expires\":\"2020-01-01T00:00:00Z\"");
    host.parameters.put("authorized-keys/not-a-hash", "garbage");
    ready();
    host.tunnel(used, target.port());
    host.tunnel(used, target.port());

    JsonNode facts = facts(0);

    assertThat(facts.get("well").asBoolean()).isTrue();
    assertThat(facts.get("problems")).isEmpty();
    assertThat(facts.get("name").asText()).isEqualTo(name);
    assertThat(facts.get("instance").asText()).isEqualTo("i-0123");
    assertThat(facts.get("region").asText()).isEqualTo(moto.environment().get("AWS_REGION"));
    assertThat(facts.get("addressMode").asText()).isEqualTo("network-load-balancer");
    assertThat(facts.get("user").asText()).isEqualTo(Host.USER);
    assertThat(facts.get("port").asInt()).isEqualTo(host.port);
    assertThat(texts(facts.get("targets")))
        .containsExactly("127.0.0.1:" + target.port(), "warehouse.example:5439");
    assertThat(facts.get("bootstrap"))
        .hasToString("{\"complete\":true,\"failedStep\":null,\"failedAt\":null}");
    assertThat(facts.at("/sshd/running").asBoolean()).isTrue();
    assertThat(Instant.parse(facts.at("/sshd/since").asText())).isBetween(before, Instant.now());
    assertThat(facts.at("/sshd/fault").isNull()).isTrue();
    assertThat(texts(facts.at("/sshd/settings/maxsessions"))).containsExactly("0");
    assertThat(texts(facts.at("/sshd/settings/permitopen")))
        .containsExactly("127.0.0.1:%d warehouse.example:5439".formatted(target.port()));
    assertThat(facts.at("/sshd/settings").has("ciphers")).isFalse();
    assertThat(facts.at("/sync/outcome").asText()).isEqualTo("succeeded");
    assertThat(Instant.parse(facts.at("/sync/at").asText())).isBetween(before, Instant.now());
    assertThat(facts.at("/sync/ageSeconds").asInt()).isBetween(0, 60);
    assertThat(facts.at("/sync/fault").isNull()).isTrue();
    assertThat(facts.at("/memory/totalBytes").asLong())
        .isGreaterThan(facts.at("/memory/availableBytes").asLong());
    if (Host.USER.equals("root")) { // others may not look into sshd's processes
      assertThat(facts.at("/memory/perTunnelBytes").asLong()).isBetween(100_000L, 20_000_000L);
    }
    assertThat(facts.get("skipped"))
        .hasToString(
            "[{\"name\":\"not-a-hash\","
                + "\"reason\":\"not the JSON of a key of an allowed type\"}]");
    assertThat(facts.get("keys")).hasSize(3);
    JsonNode key = key(facts, used);
    assertThat(key.get("type").asText()).isEqualTo("ssh-ed25519");
    assertThat(key.get("bits").asInt()).isEqualTo(256);
    assertThat(key.get("label").asText()).isEqualTo("prod: analytics");
    assertThat(key.get("registered").asText()).isEqualTo("2026-11-23T03:00:00Z");
    assertThat(key.get("expires").asText()).isEqualTo("2037-06-30T12:34:56Z");
    assertThat(key.get("letIn").asBoolean()).isTrue();
    assertThat(Instant.parse(key.get("lastUse").asText())).isBetween(before, Instant.now());
    assertThat(key.get("tunnels").asInt()).isEqualTo(2);
    assertThat(key(facts, unused).get("expires").isNull()).isTrue();
    assertThat(key(facts, unused).get("lastUse").isNull()).isTrue();
    assertThat(key(facts, unused).get("tunnels").asInt()).isEqualTo(0);
    assertThat(key(facts, expired).get("letIn").asBoolean()).isFalse();
    assertThat(facts.get("tunnels"))
        .hasSize(2)
        .allSatisfy(
            tunnel -> {
              assertThat(tunnel.get("fingerprint").asText()).isEqualTo(used.fingerprint());
              assertThat(tunnel.get("address").asText()).isEqualTo("127.0.0.1");
              assertThat(tunnel.get("port").asInt()).isBetween(1, 65535);
              assertThat(Instant.parse(tunnel.get("since").asText()))
                  .isBetween(before, Instant.now());
              assertThat(tunnel.get("ageSeconds").asInt()).isBetween(0, 60);
            });

    String table = status().output();

    assertThat(table)
        .contains(name + ", i-0123, ")
        .contains("state       well\n", "bootstrap   complete\n", "sshd        runs since ")
        .contains("skipped     not-a-hash: not the JSON of a key of an allowed type\n")
        .contains("target      warehouse.example:5439\n", "setting     maxsessions 0\n")
        .contains("key         " + used.fingerprint() + " ssh-ed25519 256\n")
        .contains("label       prod: analytics\n")
        .contains("registered  2026-11-23T03:00:00Z, expires 2037-06-30T12:34:56Z\n")
        .contains("tunnels     2, and memory for %d\n".formatted(facts.get("tunnelLimit").asInt()))
        .contains("tunnels     2 from 127.0.0.1, the oldest open for ")
        .contains("last use    none on this host\n");
    assertThat(table.lines()).allMatch(line -> line.length() <= 80);
  }

  private static JsonNode key(JsonNode facts, SshKeys key) {
    for (JsonNode found : facts.get("keys")) {
      if (found.get("fingerprint").asText().equals(key.fingerprint())) {
        return found;
      }
    }
    throw new AssertionError(key.fingerprint() + " is not in " + facts);
  }

  @Test
  void theLastUseOutlivesTheTunnel() throws IOException {
    SshKeys key = registered("key", "");
    ready();
    ChildProcess tunnel = host.tunnel(key, target.port());
    host.sync(0);
    tunnel.close();
    host.stopSshd();
    host.withSshd();

    JsonNode facts = facts(0);

    assertThat(facts.get("tunnels")).isEmpty();
    assertThat(key(facts, key).get("lastUse").asText()).startsWith("20");
  }

  @Test
  void withoutTheAccountItSaysWhatFailedAndStillShowsTheRest() throws IOException {
    SshKeys key = registered("key", "");
    ready();
    String environment = host.text("etc/dbt-bastion/environment");
    makeUnreachable();
    host.sync(1);
    host.tunnel(key, target.port());

    JsonNode facts = facts(1);

    assertThat(texts(facts.get("problems"))).containsExactly("the last sync of the keys failed");
    assertThat(facts.at("/sync/outcome").asText()).isEqualTo("failed");
    assertThat(facts.at("/sync/fault").asText())
        .startsWith("OSError: aws ssm ")
        .contains("connect");
    assertThat(Instant.parse(facts.at("/sync/failedAt").asText()))
        .isAfterOrEqualTo(Instant.parse(facts.at("/sync/at").asText()));
    assertThat(key(facts, key).get("tunnels").asInt()).isEqualTo(1);
    assertThat(status().output())
        .contains("state       the last sync of the keys failed\n", "failed at ", "OSError: aws");

    Files.writeString(host.root.resolve("etc/dbt-bastion/environment"), environment);
    host.sync(0);
    assertThat(facts(0).at("/sync/fault").isNull()).isTrue();
  }

  @Test
  void aSyncOlderThanFiveMinutesIsNotWell() throws IOException {
    ready();
    ObjectNode found = found();
    long listed = found.get("listed").asLong();
    write(found.put("listed", listed - Duration.ofSeconds(240).toNanos()));
    facts(0);

    write(found.put("listed", listed - Duration.ofSeconds(301).toNanos()));

    assertThat(texts(facts(1).get("problems")))
        .containsExactly("no sync of the keys has succeeded for 5 min");
  }

  @Test
  void withoutSshdItIsNotWell() throws IOException {
    ready();
    facts(0);

    host.stopSshd();

    JsonNode facts = facts(1);
    assertThat(texts(facts.get("problems"))).containsExactly("sshd does not run");
    assertThat(facts.at("/sshd/since").isNull()).isTrue();
    assertThat(status().output()).contains("sshd        does not run\n");
  }

  @Test
  void namesTheStepAtWhichTheBootstrapFailed() throws IOException {
    Map<String, String> unreachable =
        Map.of("AWS_ENDPOINT_URL", "http://localhost:" + FreePort.find());
    host.askingOnce();
    assertThat(host.script("bootstrap").with(unreachable).run().status()).isNotEqualTo(0);

    JsonNode facts = facts(1);

    assertThat(texts(facts.get("problems")))
        .contains("the bootstrap is not complete", "sshd does not run");
    assertThat(facts.at("/bootstrap/failedStep").asText()).isEqualTo("get the host keys");
    assertThat(Instant.parse(facts.at("/bootstrap/failedAt").asText())).isBefore(Instant.now());
    assertThat(facts.at("/sync/outcome").asText()).isEqualTo("none");
    assertThat(status().output())
        .contains("at step: get the host keys\n", "sync        has not succeeded yet\n");

    ready();
    assertThat(facts(0).at("/bootstrap/failedStep").isNull()).isTrue();
  }

  @Test
  void worksOnAHostThatHasNoSettingsYet() throws IOException {
    assertThat(host.script("bootstrap").with(Map.of("BASTION_SSH_PORT", "x")).run().status())
        .isNotEqualTo(0);

    JsonNode facts = facts(1);

    assertThat(facts.at("/bootstrap/failedStep").asText()).isEqualTo("write the settings");
    assertThat(facts.get("name").isNull()).isTrue();
    assertThat(status().output()).startsWith("bastion     ?, ?, ?, ?\n");
  }

  @Test
  void nothingThatIsStoredHasPowerOverTheTerminal() throws IOException {
    String hostile =
        "\u001b[2J\u001b]0;title\u0007\r\n\u009b31m\u202e\u2066\u200f\u007f\u0000\ud800 well"
            + "\u2028end";
    // Parameters hold text: what is none comes in as JSON's escapes.
    StringBuilder escaped = new StringBuilder();
    hostile.chars().forEach(c -> escaped.append("\\u%04x".formatted(c)));
    SshKeys key = host.newKey("key", "ed25519", 256);
    host.parameters.put(
        ParameterStore.keyPath(key),
        ParameterStore.registration(key.publicKeyLine())
            .replace("\"test\"", "\"" + escaped + "\"")
            .replace("2026-11-23T03:00:00Z", "\\u001b[1m"));
    ready();
    Files.writeString(
        Files.createDirectories(host.root.resolve("run/dbt-bastion")).resolve("sync-fault.json"),
        "{\"at\":5,\"fault\":\"%s\"}".formatted(escaped));

    String table = status("--sshd").output();
    Command.Result result = status("--json");

    assertThat(table.lines())
        .allSatisfy(
            line ->
                assertThat(line.codePoints())
                    .allSatisfy(c -> assertThat(harmless(c)).as("U+%04X", c).isTrue()))
        .allMatch(line -> line.length() <= 80)
        .anyMatch(line -> line.startsWith("label       \\x1b[2J\\x1b]0;title\\x07\\r\\n\\x9b31m"));
    assertThat(result.output().chars()).allMatch(c -> c == '\n' || c >= ' ' && c <= '~');
    JsonNode facts = JSON.readTree(result.output());
    assertThat(key(facts, key).get("label").asText()).isEqualTo(hostile);
    assertThat(facts.at("/sync/fault").asText()).isEqualTo(hostile);
  }

  private static boolean harmless(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"5", "null", "{\"a\":1}", "\"\"", "\"  \""})
  void aLabelThatIsNoneKeepsNoKeyOut(String label) throws IOException {
    SshKeys key = host.newKey("key", "ed25519", 256);
    host.parameters.put(
        ParameterStore.keyPath(key),
        ParameterStore.registration(key.publicKeyLine()).replace("\"test\"", label));
    ready();

    assertThat(key(facts(0), key).get("label").asText()).isBlank();
    assertThat(status().output()).contains("label       -\n");
    assertThat(host.keysText()).contains(key.publicKeyLine());
  }

  @Test
  void aLabelInAnyScriptIsShown() {
    registered("données: 分析 हिन्दी", "");
    ready();

    assertThat(status().output()).contains("label       données: 分析 हिन्दी\n");
    assertThat(
            host.dbtBastion("status")
                .with(Map.of("PYTHONIOENCODING", "ascii:strict"))
                .run()
                .output())
        .contains("label       donn\\xe9es: ");
  }

  @Test
  void tunnelsOfAKeyThatIsNoLongerRegisteredAreShown() throws IOException {
    SshKeys key = registered("key", "");
    ready();
    host.tunnel(key, target.port());
    ObjectNode found = found();
    found.putArray("keys");
    write(found);

    assertThat(status().output())
        .contains(
            key.fingerprint() + " (not registered)\n",
            "tunnels     1 from 127.0.0.1, the oldest open for ");
    assertThat(facts(0).get("tunnels")).hasSize(1);
  }

  @Test
  void saysWhatTheMetricsSay() throws IOException {
    SshKeys key = registered("key", "");
    registered("old", ",\"expires\":\"2020-01-01T00:00:00Z\"");
    host.parameters.put("authorized-keys/not-a-hash", "garbage");
    ready();
    host.tunnel(key, target.port());
    host.sync(3);
    host.tunnel(key, target.port()); // no sync has seen this one
    Path put = folder.resolve("put");
    Map<String, String> accepting = FakeAws.in(folder, "cat >%s; echo '{}'; exit 0".formatted(put));

    assertThat(host.script("ship-logs").with(accepting).run().status()).isEqualTo(0);
    JsonNode facts = facts(0);

    JsonNode metrics =
        JSON.readTree((String) Journal.events(Files.readString(put)).getLast().get("message"));
    assertThat(metrics.get("Tunnels").asInt()).isEqualTo(facts.get("tunnels").size()).isEqualTo(2);
    assertThat(metrics.get("TunnelLoad").asInt())
        .isEqualTo(2 * 100 / facts.get("tunnelLimit").asInt());
    long letIn = facts.findValues("letIn").stream().filter(JsonNode::asBoolean).count();
    assertThat(metrics.get("Keys").asLong()).isEqualTo(letIn).isEqualTo(1);
    assertThat(metrics.get("SkippedKeys").asInt())
        .isEqualTo(facts.get("skipped").size())
        .isEqualTo(1);
    assertThat(facts.at("/sync/ageSeconds").asInt() - metrics.get("SyncAge").asInt())
        .isBetween(0, 30);
  }

  @Test
  void changesNothingAndWaitsForNoSync() throws IOException {
    SshKeys key = registered("key", "");
    ready();
    host.tunnel(key, target.port());
    Map<String, String> before = contents();
    Path lock = host.root.resolve("var/lib/dbt-bastion/sync.lock");
    String holder =
        "import fcntl, sys, time; file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_EX);"
            + " print('held', flush=True); time.sleep(600)";
    Path output = folder.resolve("holder");
    try (ChildProcess process =
        Command.of("python3", "-c", holder, lock.toString()).start(output)) {
      process.awaitReady(
          "the lock is held",
          Duration.ofSeconds(20),
          () -> Files.readString(output).contains("held"));

      facts(0);
    }

    assertThat(contents()).isEqualTo(before);
  }

  private Map<String, String> contents() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(host.root)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.endsWith("sshd.log")) {
          contents.put(file.toString(), Files.getLastModifiedTime(file) + Files.readString(file));
        }
      }
    }
    return contents;
  }

  @Test
  void showsAllOfSshdsSettingsIfAsked() throws IOException {
    ready();

    JsonNode settings = facts(0, "--sshd").at("/sshd/settings");

    assertThat(texts(settings.get("ciphers")))
        .containsExactly("aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes256-ctr");
    assertThat(settings.get("hostkey")).hasSize(2);
    assertThat(settings.size()).isGreaterThan(60);
  }

  @Test
  void wrongUseEndsWithTwo() {
    assertThat(host.dbtBastion().run().status()).isEqualTo(2);
    assertThat(host.dbtBastion("stop").run().status()).isEqualTo(2);
    assertThat(status("--yaml").status()).isEqualTo(2);
    assertThat(status("--help"))
        .returns(0, Command.Result::status)
        .satisfies(help -> assertThat(help.output()).contains("Exit status: 0 well; 1 not well"));
    assertThat(host.dbtBastion("--help").run().output()).contains("infra/bastion");
  }

  @Test
  void onARealHostItIsForRoot() {
    String ordinary =
        """
        import os, pathlib, runpy, sys
        sys.argv = sys.argv[1:]
        sys.path.insert(0, sys.argv.pop())
        sys.dont_write_bytecode = True
        import host
        host.ROOT = pathlib.Path("/")
        os.geteuid = lambda: 1000
        runpy.run_path(sys.argv[0], run_name="__main__")
        """;

    Command.Result result =
        Command.of(
                "python3",
                "-c",
                ordinary,
                host.root.resolve("usr/bin/dbt-bastion").toString(),
                "status",
                host.root.resolve("opt/dbt-bastion").toString())
            .run();

    assertThat(result.status()).isEqualTo(2);
    assertThat(result.errors()).contains("sudo dbt-bastion status");
    assertThat(result.output()).isEmpty();
  }
}
