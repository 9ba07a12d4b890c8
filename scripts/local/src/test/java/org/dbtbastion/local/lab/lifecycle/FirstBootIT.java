package org.dbtbastion.local.lab.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.dbtbastion.local.lab.DbtClient;
import org.dbtbastion.local.lab.HostLab;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.local.lab.network.AwsFront;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
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

  @BeforeAll
  static void start() {
    lab = Lab.start(Repository.infra(), folder);
    bastion = lab.launch("bastion-a");
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void isCompleteOnlyWithItsOwnSshdInPlaceOfTheImages() {
    SshKeys key = lab.newKey();
    lab.parameters().register(key);
    try (AwsFront.HeldAnswer signal = lab.aws().hold("SignalResource", "")) {
      bastion.powerOn();
      signal.awaitCall();
      // The host waits for the answer: what works now was ready when it said so.
      new DbtClient(lab, folder).assertReachesRedshift(key);
      assertThat(bastion.has("/var/lib/dbt-bastion/bootstrapped")).isFalse();
    }
    bastion.awaitBootstrapped();

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
