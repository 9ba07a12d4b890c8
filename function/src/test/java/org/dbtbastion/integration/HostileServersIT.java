package org.dbtbastion.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.dbtbastion.connection.Authentication.Provider;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.Stage;
import org.dbtbastion.standins.hostile.HostileRedshift;
import org.dbtbastion.standins.hostile.HostileSsh;
import org.dbtbastion.standins.hostile.HostileTokenEndpoint;
import org.dbtbastion.standins.hostile.SpoilingRelay;
import org.dbtbastion.standins.hostile.SpoilingRelay.Spoil;
import org.dbtbastion.standins.net.BrokenServer;
import org.dbtbastion.standins.net.CertificateAuthority;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.ssh.BastionSshd;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Servers that are broken, or out to do harm, at every step, on both routes: all are checked at
 * once, in a process with a small heap, and each comes out with the stage that it spoils.
 */
class HostileServersIT {

  private static final int HEAP_MEBIBYTES = 128;

  /** How many bytes of sshd pass: through the version, the key exchange, the login, the forward. */
  private static final List<Integer> PASSED =
      List.of(5, 30, 600, 1300, 1600, 2000, 2400, 3000, 4000);

  private static final Duration PATIENCE = Duration.ofSeconds(150);

  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

  @TempDir private static Path folder;
  private static final Map<String, BrokenServer> SERVERS = new LinkedHashMap<>();
  private static final Map<String, Integer> OPEN = new LinkedHashMap<>();
  private static final Map<String, Failure> FAILURES = new HashMap<>();
  private static final Map<String, Duration> TOOK = new HashMap<>();
  private static String output = "";
  private static int status;
  private static String errors = "";
  private static SshKeys key;

  /** A line that the process printed. */
  private record Failure(Stage stage, Code code, String detail, String remedy) {}

  @BeforeAll
  static void checkAll() throws Exception {
    CertificateAuthority authority = CertificateAuthority.create("CA of hostile servers");
    authority.writeTrustStore(folder.resolve("ca.p12"));
    SSLContext certificate = authority.serverContext("localhost");
    Properties plan = new Properties();

    BrokenServer good = opened("good", HostileRedshift.goodUpToTls(certificate));
    List<String> targets = new ArrayList<>(List.of("localhost:" + good.port()));
    List<String> warehouses = new ArrayList<>();
    for (HostileRedshift hostile : HostileRedshift.values()) {
      BrokenServer server = opened(hostile, hostile.listen(certificate, SmallHeapCheck.PASSWORD));
      warehouses.add(hostile + ":" + server.port());
      targets.add("localhost:" + server.port());
    }
    List<String> tokens = new ArrayList<>();
    for (HostileTokenEndpoint hostile : HostileTokenEndpoint.values()) {
      tokens.add(hostile + ":" + opened("token " + hostile, hostile.listen(certificate)).port());
    }
    key = SshKeys.ed25519(folder, "check");
    try (BastionSshd bastion = BastionSshd.start(folder.resolve("bastion"), targets)) {
      bastion.authorize(key);
      List<String> bastions = new ArrayList<>();
      for (HostileSsh hostile : HostileSsh.values()) {
        opened("bastion " + hostile, hostile.listen(address(hostile), bastion.port()));
        bastions.add(address(hostile));
      }
      for (SpoilingRelay relay : relays(bastion.port())) {
        opened(relay, BrokenServer.behavingOn(address(relay), bastion.port(), relay));
        bastions.add(address(relay));
      }
      plan.setProperty("good", Integer.toString(good.port()));
      plan.setProperty("warehouses", String.join(",", warehouses));
      plan.setProperty("tokens", String.join(",", tokens));
      plan.setProperty("bastions", String.join(",", bastions));
      plan.setProperty("ssh", Integer.toString(bastion.port()));
      plan.setProperty("user", BastionSshd.user());
      plan.setProperty("pin", bastion.hostKeys().getFirst());
      plan.setProperty("key", key.privateKey().toString());
      run(plan);
    }
  }

  private static BrokenServer opened(Object name, BrokenServer server) {
    SERVERS.put(name.toString(), server);
    return server;
  }

  private static void run(Properties plan) throws IOException, InterruptedException {
    Path file = folder.resolve("plan.properties");
    try (var writer = Files.newBufferedWriter(file)) {
      plan.store(writer, null);
    }
    Path errorFile = folder.resolve("errors.log");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + HEAP_MEBIBYTES + "m",
                "-XX:+UseSerialGC",
                // As in the function: then one thread that never waits would keep all others.
                "-XX:ActiveProcessorCount=1",
                "-XX:TieredStopAtLevel=1",
                "-Djavax.net.ssl.trustStore=" + folder.resolve("ca.p12"),
                "-Dstdout.encoding=UTF-8",
                "-cp",
                System.getProperty("java.class.path"),
                SmallHeapCheck.class.getName(),
                file.toString())
            .redirectError(errorFile.toFile())
            .start();
    process
        .onExit()
        .orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS)
        .exceptionally(_ -> killed(process));
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      StringBuilder read = new StringBuilder();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        read.append(line).append('\n');
        if (line.equals("done")) {
          awaitClosed();
          process.getOutputStream().close();
        }
      }
      output = read.toString();
      process.waitFor(10, TimeUnit.SECONDS);
    } finally {
      process.destroyForcibly();
      errors = Files.readString(errorFile);
    }
    status = process.waitFor();
    for (String line : output.lines().toList()) {
      String[] parts = line.split("\t", 6);
      if (parts[0].equals("took")) {
        TOOK.put(parts[1], Duration.ofMillis(Long.parseLong(parts[2])));
      } else if (parts.length == 6) {
        FAILURES.put(
            parts[0] + " " + parts[1],
            new Failure(Stage.valueOf(parts[2]), Code.valueOf(parts[3]), parts[4], parts[5]));
      }
    }
  }

  private static Process killed(Process process) {
    process.destroyForcibly();
    return process;
  }

  /** As long as the process lives: what it does not close, it would keep. */
  private static void awaitClosed() {
    try {
      Await.until(
          "all connections are closed",
          Duration.ofSeconds(10),
          () -> SERVERS.values().stream().allMatch(server -> server.open() == 0));
    } catch (RuntimeException | AssertionError _) {
      SERVERS.forEach(
          (name, server) -> {
            if (server.open() > 0) {
              OPEN.put(name, server.open());
            }
          });
    }
  }

  @AfterAll
  static void stop() {
    SERVERS.values().forEach(BrokenServer::close);
  }

  private static String address(HostileSsh hostile) {
    return "127.66.0." + (1 + hostile.ordinal());
  }

  private static String address(SpoilingRelay relay) {
    return "127.66.%d.%d".formatted(1 + relay.spoil().ordinal(), 1 + PASSED.indexOf(relay.after()));
  }

  private static List<SpoilingRelay> relays(int sshPort) {
    return PASSED.stream()
        .flatMap(
            after ->
                Arrays.stream(Spoil.values()).map(how -> new SpoilingRelay(sshPort, after, how)))
        .toList();
  }

  static Stream<SpoilingRelay> relays() {
    return relays(0).stream();
  }

  @ParameterizedTest
  @EnumSource(HostileRedshift.class)
  void namesTheStageThatAWarehouseSpoils(HostileRedshift hostile) {
    for (String route : List.of("direct", "tunnelled")) {
      assertFailed(route + " " + hostile, HostileOutcome.of(hostile));
    }
  }

  @ParameterizedTest
  @EnumSource(HostileTokenEndpoint.class)
  void namesTheStageThatATokenEndpointSpoils(HostileTokenEndpoint hostile) {
    for (Provider provider : Provider.values()) {
      assertFailed("direct " + provider + "-" + hostile, HostileOutcome.of(hostile));
    }
  }

  @ParameterizedTest
  @EnumSource(HostileSsh.class)
  void namesTheStageThatABastionSpoils(HostileSsh hostile) {
    assertFailed("bastions " + address(hostile), HostileOutcome.of(hostile));
  }

  @ParameterizedTest
  @MethodSource("relays")
  void namesTheStageThatIsSpoiltOnTheWay(SpoilingRelay relay) {
    Optional<Failure> failure = Optional.ofNullable(FAILURES.get("bastions " + address(relay)));

    // Where more passes than a conversation has, nothing is spoilt.
    assertThat(failure.isPresent() || relay.after() > 2500).as(output).isTrue();
    failure.ifPresent(
        found -> {
          assertThat(found.code()).as("%s", found).isNotIn(Code.UNEXPECTED, Code.OUT_OF_TIME);
          assertThat(Route.TUNNEL.stages().indexOf(found.stage()))
              .as("%s", found)
              .isBetween(
                  Route.TUNNEL.stages().indexOf(Stage.HOST_KEY),
                  Route.TUNNEL.stages().indexOf(Stage.TLS));
        });
  }

  @Test
  void reportsWithinTheTimeOfTheStages() {
    assertThat(TOOK).containsOnlyKeys("warm-up", "direct", "tunnelled", "bastions");
    assertThat(TOOK.values())
        .allSatisfy(took -> assertThat(took).isLessThan(SmallHeapCheck.LIMIT.multipliedBy(3)));
  }

  @Test
  void leavesNoConnectionOpen() {
    assertThat(OPEN).isEmpty();
  }

  @Test
  void nothingIsUnexpectedAndTheMemoryHolds() {
    assertThat(status).isZero();
    assertThat(errors).doesNotContain("unexpected", "OutOfMemoryError", "\tat ");
  }

  @Test
  void whatServersSayIsPrintableAndShort() {
    assertThat(FAILURES).hasSizeGreaterThan(100);
    assertThat(FAILURES.values())
        .allSatisfy(
            failure -> {
              assertThat(UNPRINTABLE.matcher(failure.detail()).find()).as("%s", failure).isFalse();
              assertThat(failure.detail()).hasSizeLessThanOrEqualTo(2000);
              assertThat(failure.detail()).doesNotContainPattern("\\w(Exception|Error)\\b");
            });
  }

  @Test
  void nothingSecretIsTold() {
    String told = output + errors;

    assertThat(told).doesNotContain("canary");
    assertThat(told)
        .doesNotContain(
            java.util.Base64.getEncoder()
                .encodeToString((SmallHeapCheck.CLIENT_ID + ":").getBytes(StandardCharsets.UTF_8))
                .substring(0, 10));
    assertThat(key.privateKeyText().lines().filter(line -> !line.startsWith("---")))
        .isNotEmpty()
        .noneMatch(told::contains);
  }

  private static void assertFailed(String name, HostileOutcome expected) {
    Failure failure = FAILURES.get(name);
    assertThat(failure).as("%s in %s", name, output).isNotNull();
    assertThat(failure.stage()).as("%s: %s", name, failure).isEqualTo(expected.stage());
    assertThat(failure.code()).as("%s: %s", name, failure).isIn(expected.codes());
  }
}
