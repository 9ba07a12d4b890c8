package org.dbtbastion.infra.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.dbtbastion.infra.bastion.Command;
import org.dbtbastion.testing.Await;
import org.dbtbastion.testing.ChildProcess;
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

  @BeforeAll
  static void boot() {
    lab = Lab.start(Path.of(""), folder);
    bastion = lab.launch("bastion-a").powerOn().awaitBootstrapped();
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      lab.close();
    }
  }

  private static List<String> ssh(SshKeys key, String from, String... arguments) throws Exception {
    StringBuilder pins = new StringBuilder();
    for (String type : List.of("ed25519", "rsa")) {
      pins.append(Lab.ELASTIC_IP)
          .append(' ')
          .append(lab.parameters().find("host-keys/" + type + ".pub").orElseThrow().value())
          .append('\n');
    }
    Path knownHosts = Files.writeString(folder.resolve("known_hosts"), pins);
    List<String> words = new ArrayList<>(List.of("ssh", "-F", "none", "-b", from));
    for (String option :
        List.of(
            "BatchMode=yes",
            "IdentitiesOnly=yes",
            "IdentityAgent=none",
            "ConnectTimeout=3",
            "StrictHostKeyChecking=yes",
            "UserKnownHostsFile=" + knownHosts,
            "GlobalKnownHostsFile=/dev/null")) {
      words.addAll(List.of("-o", option));
    }
    words.addAll(List.of("-i", key.privateKey().toString(), "-l", Lab.USER));
    words.addAll(List.of(arguments));
    words.add(Lab.ELASTIC_IP);
    return lab.dbt().command(words);
  }

  @Test
  void forwardsARegisteredKeyToRedshiftThroughTheElasticIp() throws Exception {
    SshKeys key = lab.newKey();
    lab.register(key);
    assertThat(bastion.run("/opt/dbt-bastion/sync-keys").status()).isZero();
    int connections = lab.warehouse().connections();

    try (ChildProcess tunnel =
        ChildProcess.of(
                "ssh",
                folder.resolve("tunnel.log"),
                ssh(key, Lab.DBT, "-W", Lab.REDSHIFT + ":" + Lab.REDSHIFT_PORT))
            .start()) {
      Await.until(
          "the warehouse is reached through " + tunnel,
          Duration.ofSeconds(20),
          () -> lab.warehouse().connections() > connections);
    }
  }

  @Test
  void doesNotAnswerAStranger() throws Exception {
    SshKeys key = lab.newKey();

    Command.Result result = new Command(ssh(key, Lab.STRANGER, "-N"), Map.of()).run();

    assertThat(result.status()).isEqualTo(255);
    assertThat(result.errors()).contains("timed out");
  }

  @Test
  void isCompleteOnlyWithItsOwnSshdInPlaceOfTheImages() {
    assertThat(bastion.ask("systemctl is-active dbt-bastion-sshd.service")).isEqualTo("active\n");
    assertThat(bastion.run("systemctl is-enabled ssh.service").output()).isEqualTo("masked\n");
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
