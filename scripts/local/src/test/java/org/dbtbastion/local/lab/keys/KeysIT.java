package org.dbtbastion.local.lab.keys;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.dbtbastion.local.lab.DbtClient;
import org.dbtbastion.local.lab.HeldTunnel;
import org.dbtbastion.local.lab.HostLab;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How soon a registered key is let in and a revoked one is not, by the packaged function. */
@HostLab
@Tag("measured")
class KeysIT {

  private static final int MANY = 2000;
  private static final int TURNS = 5;

  /** For what does not wait for anything. */
  private static final Duration AT_ONCE = Duration.ofSeconds(10);

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost bastion;
  private static DbtClient dbt;
  private static KeyRegistryFunction registry;

  @BeforeAll
  static void boot() {
    lab = Lab.measured(Repository.infra(), folder);
    bastion = lab.launch("bastion-a").powerOn().awaitBootstrapped();
    // So it is the push alone that is measured.
    bastion.ask(BootedHost.STOP_SYNC);
    dbt = new DbtClient(lab, folder);
    registry = new KeyRegistryFunction(lab, folder);
    // From now on it need not start first.
    assertApplied(registry.register(lab.newKey()));
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

  private static void assertApplied(JsonNode answer) {
    assertThat(answer.get("ok").asBoolean()).as("%s", answer).isTrue();
    assertThat(answer.get("hosts"))
        .singleElement()
        .satisfies(
            host -> {
              assertThat(host.get("host").asText()).isEqualTo(bastion.id());
              assertThat(host.get("state").asText()).isEqualTo("applied");
            });
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  /** From the request to an answer of the warehouse through the key's tunnel, which is closed. */
  private static Duration registerAndUse(KeyRegistryFunction registry, SshKeys key) {
    long begin = System.nanoTime();
    assertApplied(registry.register(key));
    try (HeldTunnel tunnel = HeldTunnel.open(dbt, key)) {
      Duration usable = since(begin);
      tunnel.assertCarriesData();
      return usable;
    }
  }

  @Test
  void aRegisteredKeyCanBeUsedAtOnce() {
    List<SshKeys> keys = IntStream.range(0, TURNS).mapToObj(i -> lab.newKey()).toList();
    SshKeys another = lab.newKey();

    List<Duration> spans =
        keys.stream().map(key -> registerAndUse(registry, key)).sorted().toList();
    Duration median = spans.get(TURNS / 2);

    try (KeyRegistryFunction cold = new KeyRegistryFunction(lab, folder.resolve("cold"))) {
      System.out.printf(
          "Registered to usable by push: %d ms (%d to %d); %d ms when the function starts for it%n",
          median.toMillis(),
          spans.getFirst().toMillis(),
          spans.getLast().toMillis(),
          registerAndUse(cold, another).toMillis());
    }
    assertThat(median).isLessThan(Duration.ofSeconds(2));
  }

  @Test
  void aRevokedKeyIsRefusedAtOnceAndItsTunnelsEndWhileOthersLive() {
    SshKeys revoked = lab.newKey();
    SshKeys kept = lab.newKey();
    assertApplied(registry.register(revoked));
    assertApplied(registry.register(kept));
    try (HeldTunnel one = HeldTunnel.open(dbt, revoked);
        HeldTunnel other = HeldTunnel.open(dbt, revoked);
        HeldTunnel untouched = HeldTunnel.open(dbt, kept)) {
      long begin = System.nanoTime();

      assertApplied(registry.revoke(revoked));

      assertThat(dbt.letsIn(revoked)).isFalse();
      one.assertEndsWithin(AT_ONCE);
      other.assertEndsWithin(AT_ONCE);
      System.out.printf(
          "Revoked to refused, and its tunnels ended: %d ms%n", since(begin).toMillis());
      untouched.assertCarriesData();
    }
    dbt.assertReachesRedshift(kept);
  }

  @Test
  void twoThousandKeysAreAllLetIn() {
    SshKeys last = lab.newKey();
    SshKeys further = lab.newKey();
    List<String> strangers = lab.parameters().registerStrangers(MANY - 1);
    lab.parameters().register(last);
    try {
      long begin = System.nanoTime();
      String summary = bastion.ask("/opt/dbt-bastion/sync-keys");
      Duration synced = since(begin);
      assertThat(summary).contains("\"added\": " + MANY + ",");
      assertThat(bastion.text("/home/dbtcloud/.ssh/authorized_keys").lines())
          .filteredOn(line -> line.contains(" ssh-rsa "))
          .hasSizeGreaterThanOrEqualTo(MANY);

      begin = System.nanoTime();
      HeldTunnel.open(dbt, last).close();
      Duration login = since(begin);
      Duration usable = registerAndUse(registry, further);
      begin = System.nanoTime();
      String status = bastion.ask("dbt-bastion status");
      Duration shown = since(begin);

      assertThat(status).contains(last.fingerprint(), further.fingerprint());
      System.out.printf(
          "With %d keys: sync of all %d ms, login %d ms, registered to usable by push %d ms,"
              + " dbt-bastion status %d ms%n",
          MANY, synced.toMillis(), login.toMillis(), usable.toMillis(), shown.toMillis());
    } finally {
      lab.parameters().deleteAll(strangers);
    }
  }
}
