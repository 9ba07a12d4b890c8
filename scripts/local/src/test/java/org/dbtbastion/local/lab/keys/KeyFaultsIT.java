package org.dbtbastion.local.lab.keys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dbtbastion.local.lab.DbtClient;
import org.dbtbastion.local.lab.HeldTunnel;
import org.dbtbastion.local.lab.HostLab;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.local.lab.network.AwsFront;
import org.dbtbastion.standins.account.ListingFault;
import org.dbtbastion.standins.account.NoKeys;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.cloudwatchlogs.model.OutputLogEvent;

/**
 * What becomes of the keys on a booted host when the account, a value or the disk is at fault: who
 * was let in stays in, the fault is reported, and nothing else is written.
 */
@HostLab
class KeyFaultsIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String KEYS = "/home/dbtcloud/.ssh/authorized_keys";
  private static final String SYNC = "systemctl start dbt-bastion-sync.service";
  private static final String ENVIRONMENT = "/etc/dbt-bastion/environment";
  private static final long DISK_BYTES = 128L << 20;

  private static final String FULL = "No space left on device";
  private static final Duration STARTS = Duration.ofSeconds(30);

  /** The timer's settings for as long as a test waits for it. */
  private static final String OFTEN =
      """
      [Timer]
      OnCalendar=
      OnCalendar=*:*:0/10
      RandomizedDelaySec=0
      """;

  /** Until the timer has fired for sure. */
  private static final Duration TIMER = Duration.ofSeconds(60);

  /** For what does not wait for anything. */
  private static final Duration AT_ONCE = Duration.ofSeconds(10);

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost bastion;
  private static DbtClient dbt;
  private static KeyRegistryFunction registry;

  /** A key that is always registered. */
  private static SshKeys kept;

  @BeforeAll
  static void boot() {
    lab = Lab.start(Repository.infra(), folder);
    bastion = lab.launch("bastion-a", DISK_BYTES).powerOn().awaitBootstrapped();
    dbt = new DbtClient(lab, folder);
    registry = new KeyRegistryFunction(lab, folder);
    kept = newKey("kept");
    lab.parameters().register(kept);
  }

  @AfterAll
  static void end() {
    if (registry != null) {
      registry.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  /** Without the timer a test knows which sync it looks at; one test is about the timer. */
  @BeforeEach
  void syncOnce() {
    bastion.ask(BootedHost.STOP_SYNC);
    bastion.ask(SYNC);
  }

  private static SshKeys newKey(String name) {
    return SshKeys.ed25519(folder.resolve("keys"), name);
  }

  private static void assertRefused(SshKeys key) {
    assertThat(dbt.letsIn(key)).as("%s is let in", key.fingerprint()).isFalse();
  }

  /** The numbers that the last run of the sync sent to CloudWatch. */
  private static JsonNode metrics() {
    return shipped()
        .filter(message -> message.startsWith("{\"_aws\""))
        .reduce((before, last) -> last)
        .map(KeyFaultsIT::json)
        .orElseThrow();
  }

  /** The lines of the host's log in CloudWatch. */
  private static Stream<String> shipped() {
    try (CloudWatchLogsClient logs = lab.account().client(CloudWatchLogsClient.builder())) {
      return logs
          .getLogEventsPaginator(
              request ->
                  request
                      .logGroupName("/dbt-bastion/" + Lab.NAME + "/hosts")
                      .logStreamName(bastion.id())
                      .startFromHead(true))
          .events()
          .stream()
          .map(OutputLogEvent::message)
          .toList()
          .stream();
    }
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The unit has failed, its journal and the status say why, and both exit so. */
  private static void assertReported(String why) {
    assertThat(bastion.ask("systemctl show -P Result dbt-bastion-sync.service"))
        .isEqualTo("exit-code\n");
    assertThat(bastion.journal("sync").lines())
        .filteredOn(line -> line.startsWith("sync-keys: failed: "))
        .last()
        .asString()
        .contains(why);
    Command.Result status = bastion.run("dbt-bastion status --json");
    assertThat(status.status()).isEqualTo(1);
    JsonNode facts = json(status.output());
    assertThat(facts.at("/problems/0").asText()).isEqualTo("the last sync of the keys failed");
    assertThat(facts.at("/sync/fault").asText()).contains(why);
  }

  private static void assertWell() {
    assertThat(bastion.run("dbt-bastion status").status()).isZero();
  }

  static Stream<Fault> faults() {
    return Stream.concat(
        Stream.of(
            new Fault(
                "UNREACHABLE",
                "Connect timeout",
                () -> {
                  // Each attempt waits for five seconds.
                  attempts(5, 1);
                  lab.vpc().cut(AwsFront.ADDRESS);
                },
                () -> {
                  lab.vpc().mend(AwsFront.ADDRESS);
                  attempts(1, 5);
                })),
        Stream.of(ListingFault.values())
            .map(
                fault ->
                    new Fault(
                        fault.name(),
                        fault.error(),
                        () -> fault.breakIn(lab.systemsManager()),
                        () -> fault.mendIn(lab.systemsManager()))));
  }

  /** Has the AWS CLI ask so many times, in place of as many as it did before. */
  private static void attempts(int before, int from) {
    String setting = "AWS_MAX_ATTEMPTS=";
    assertThat(bastion.text(ENVIRONMENT).lines()).contains(setting + before);
    bastion.ask("sed -i 's/^%s.*/%1$s%d/' %s".formatted(setting, from, ENVIRONMENT));
  }

  /**
   * A fault of the account.
   *
   * @param error what the sync says of it
   */
  record Fault(String name, String error, Runnable breakIt, Runnable mendIt) {
    @Override
    public String toString() {
      return name;
    }
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aListingThatFailsChangesNothingUntilOneSucceeds(Fault fault) {
    SshKeys added = newKey("added");
    List<String> strangers = lab.parameters().registerStrangers(ListingFault.PAGE);
    bastion.ask(SYNC);
    String before = bastion.text(KEYS);
    lab.parameters().register(added);
    lab.parameters().deleteAll(strangers.subList(0, 1));
    fault.breakIt().run();
    try (HeldTunnel tunnel = HeldTunnel.open(dbt, kept)) {
      assertThat(bastion.run(SYNC).status()).isEqualTo(1);

      assertThat(bastion.text(KEYS)).isEqualTo(before);
      assertReported(fault.error());
      dbt.assertReachesRedshift(kept);
      assertRefused(added);
      tunnel.assertCarriesData();
    } finally {
      fault.mendIt().run();
      lab.parameters().deleteAll(strangers);
    }

    bastion.ask(SYNC);
    lab.parameters().revoke(added);
    dbt.assertReachesRedshift(added);
    assertThat(bastion.text(KEYS)).contains(kept.publicKeyLine(), added.publicKeyLine());
    assertWell();
    // The alarm's: the lines of the failed sync, and since when there was none.
    assertThat(shipped())
        .anyMatch(line -> line.startsWith("sync-keys: failed: ") && line.contains(fault.error()));
    assertThat(metrics().get("SyncAge").asInt()).isLessThan(60);
  }

  @Test
  void emptyPagesAreNotTheEndOfTheListing() {
    List<String> strangers = lab.parameters().registerStrangers(ListingFault.PAGE);
    lab.systemsManager().insertEmptyPages(true);
    try {
      bastion.ask(SYNC);

      assertThat(bastion.text(KEYS)).hasLineCount(1 + ListingFault.PAGE);
      assertWell();
    } finally {
      lab.systemsManager().insertEmptyPages(false);
      lab.parameters().deleteAll(strangers);
    }
  }

  @Test
  void ofValuesThatAreNoKeysNothingIsWrittenAndAllAreReported() {
    String before = bastion.text(KEYS);
    String other = kept.publicKeyLine();
    int number = NoKeys.of(other, other).size();
    List<SshKeys> strays = IntStream.range(0, number).mapToObj(i -> newKey("stray-" + i)).toList();
    for (int i = 0; i < number; i++) {
      SshKeys stray = strays.get(i);
      lab.parameters().register(stray, NoKeys.of(stray.publicKeyLine(), other).get(i));
    }
    lab.parameters().put("authorized-keys/not-a-hash", "garbage");
    try {
      assertThat(bastion.run(SYNC).status()).isEqualTo(1);

      assertThat(bastion.text(KEYS)).isEqualTo(before);
      dbt.assertReachesRedshift(kept);
      assertRefused(strays.getFirst());
      assertThat(json(bastion.ask("dbt-bastion status --json")).get("skipped")).hasSize(number + 1);
      assertThat(metrics().get("SkippedKeys").asInt()).isEqualTo(number + 1);
      assertThat(metrics().get("Keys").asInt()).isEqualTo(1);
    } finally {
      strays.forEach(lab.parameters()::revoke);
      lab.parameters().delete("authorized-keys/not-a-hash");
    }
  }

  @Test
  void theTimerAloneDoesItAllWhenThePushIsLost() throws Exception {
    SshKeys pushed = newKey("pushed");
    SshKeys expiring = newKey("expiring");
    SshKeys revoked = newKey("revoked");
    lab.parameters().register(revoked);
    lab.parameters().register(expiring);
    assertThat(
            bastion.ask(
                "systemctl show -p TimersCalendar -p RandomizedDelayUSec dbt-bastion-sync.timer"))
        .contains("OnCalendar=*-*-* *:*:00 ", "RandomizedDelayUSec=10s");
    bastion.override("sync.timer", OFTEN);
    // At once it makes up for what it has missed; then it waits for its next time.
    bastion.ask("systemctl daemon-reload && systemctl start dbt-bastion-sync.timer");
    bastion.ask(SYNC);
    lab.systemsManager().dropCommands(true);
    try (HeldTunnel ofRevoked = HeldTunnel.open(dbt, revoked);
        HeldTunnel ofExpiring = HeldTunnel.open(dbt, expiring);
        HeldTunnel ofKept = HeldTunnel.open(dbt, kept)) {
      long begin = System.nanoTime();
      // It waits for the host's answer, which does not come.
      CompletableFuture<JsonNode> answer =
          CompletableFuture.supplyAsync(() -> registry.register(pushed));
      lab.parameters().revoke(revoked);
      Instant expiry = Instant.now().plusSeconds(5);
      lab.parameters().register(expiring, expiry);

      Await.until("the timer brings the key", TIMER, () -> dbt.letsIn(pushed));
      System.out.printf(
          "Registered to usable by the timer alone: %d s%n",
          Duration.ofNanos(System.nanoTime() - begin).toSeconds());

      dbt.assertReachesRedshift(pushed);
      assertThat(answer.get().get("ok").asBoolean()).isFalse();
      assertThat(answer.get().at("/hosts/0/state").asText()).isEqualTo("pending");
      assertRefused(revoked);
      ofRevoked.assertEndsWithin(AT_ONCE);
      // By a sync after that moment.
      ofExpiring.assertEndsWithin(TIMER);
      assertThat(Instant.now()).isAfter(expiry);
      assertRefused(expiring);
      ofKept.assertCarriesData();
    } finally {
      lab.systemsManager().dropCommands(false);
      Stream.of(pushed, expiring).forEach(lab.parameters()::revoke);
    }
  }

  @Test
  void aFullDiskChangesNothingAndIsSeenAndIsOverOnceThereIsRoom() {
    SshKeys added = newKey("added");
    SshKeys revoked = newKey("revoked");
    lab.parameters().register(revoked);
    bastion.ask(SYNC);
    String before = bastion.text(KEYS);
    long begin = System.nanoTime();
    // Until not even one block is left.
    assertThat(bastion.run("dd if=/dev/zero of=/full bs=4096").errors()).contains("No space left");
    try {
      JsonNode registration = registry.register(added);
      JsonNode revocation = registry.revoke(revoked);

      assertThat(registration.get("ok").asBoolean()).isFalse();
      assertThat(registration.at("/hosts/0/state").asText()).isEqualTo("failed");
      assertThat(registration.at("/hosts/0/detail").asText()).contains(FULL);
      assertThat(revocation.at("/hosts/0/state").asText()).isEqualTo("failed");
      assertThat(bastion.run(SYNC).status()).isEqualTo(1);
      assertThat(bastion.text(KEYS)).isEqualTo(before);
      assertReported(FULL);
      assertThat(metrics().get("SyncAge").asLong())
          .isGreaterThanOrEqualTo(Duration.ofNanos(System.nanoTime() - begin).toSeconds() - 1);
      dbt.assertReachesRedshift(kept);
      assertRefused(added);

      // All of it: in good order it would find some room.
      bastion.vanish();
      bastion.powerOn();

      Await.until("it lets in again", STARTS, () -> dbt.letsIn(kept));
      Await.until("systemd obeys", STARTS, () -> bastion.run(BootedHost.STOP_SYNC).status() == 0);
      dbt.assertReachesRedshift(kept);
      assertThat(bastion.text(KEYS)).isEqualTo(before);
      assertThat(bastion.run(SYNC).status()).isEqualTo(1);
      assertReported(FULL);

      bastion.ask("rm /full");
      bastion.ask(SYNC);
      assertWell();
      dbt.assertReachesRedshift(kept);
      dbt.assertReachesRedshift(added);
      assertRefused(revoked);
    } finally {
      bastion.run("rm -f /full");
      Stream.of(added, revoked).forEach(lab.parameters()::revoke);
    }
  }
}
