package org.dbtbastion.infra.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.dbtbastion.infra.bastion.Command;
import org.dbtbastion.testing.Await;
import org.dbtbastion.testing.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A bastion that the deployed user data has booted. */
@HostLab
class FirstBootIT {

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost bastion;
  private static DbtClient dbt;

  @BeforeAll
  static void boot() {
    lab = Lab.start(Path.of(""), folder);
    bastion = lab.launch("bastion-a");
    SshKeys key = lab.newKey();
    lab.parameters().register(key);
    try (AwsFront.HeldAnswer signal = lab.aws().hold("SignalResource", "")) {
      bastion.powerOn();
      signal.awaitCall();
      // The host waits for the answer: what works now was ready when it said so.
      dbt = new DbtClient(lab, folder);
      dbt.assertReachesRedshift(key);
      assertThat(bastion.has("/var/lib/dbt-bastion/bootstrapped")).isFalse();
    }
    bastion.awaitBootstrapped();
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      lab.close();
    }
  }

  private static SshKeys registeredKey() {
    SshKeys key = lab.newKey();
    lab.parameters().register(key);
    assertThat(bastion.run("/opt/dbt-bastion/sync-keys").status()).isZero();
    return key;
  }

  @Test
  void forwardsARegisteredKeyToRedshiftThroughTheElasticIp() {
    dbt.assertReachesRedshift(registeredKey());
  }

  @Test
  void forwardsAgainAfterAPowerCut() {
    SshKeys key = registeredKey();

    bastion.cutPower();
    bastion.powerOn();

    Await.until(
        "sshd runs again",
        Duration.ofSeconds(30),
        () -> bastion.run("systemctl --quiet is-active dbt-bastion-sshd.service").status() == 0);
    dbt.assertReachesRedshift(key);
  }

  @Test
  void keepsItsKeysAndSaysSoWhileTheAccountIsUnreachable() {
    SshKeys key = registeredKey();
    lab.vpc().cut(AwsFront.ADDRESS);
    try {
      assertThat(bastion.run("/opt/dbt-bastion/sync-keys").status()).isEqualTo(1);

      dbt.assertReachesRedshift(key);
      Command.Result status = bastion.run("dbt-bastion status");
      assertThat(status.status()).isEqualTo(1);
      assertThat(status.output()).contains(key.fingerprint(), "the last sync of the keys failed");
    } finally {
      lab.vpc().mend(AwsFront.ADDRESS);
    }
  }

  @Test
  void isCompleteOnlyWithItsOwnSshdInPlaceOfTheImages() {
    assertThat(bastion.ask("systemctl is-active dbt-bastion-sshd.service")).isEqualTo("active\n");
    assertThat(bastion.run("systemctl is-enabled ssh.service").output()).isEqualTo("masked\n");
    assertThat(bastion.run("journalctl -q -o cat _SYSTEMD_UNIT=ssh.service").output())
        .as("what the image's sshd said before")
        .isEmpty();
    assertThat(lab.aws().signals())
        .singleElement()
        .satisfies(
            signal ->
                assertThat(signal)
                    .containsEntry("Status", "SUCCESS")
                    .containsEntry("UniqueId", bastion.id()));
    assertThat(lab.aws().completedHooks())
        .singleElement()
        .satisfies(hook -> assertThat(hook).containsEntry("LifecycleActionResult", "CONTINUE"));
  }
}
