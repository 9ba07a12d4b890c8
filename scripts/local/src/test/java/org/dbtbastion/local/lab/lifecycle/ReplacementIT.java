package org.dbtbastion.local.lab.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import org.dbtbastion.local.client.Session;
import org.dbtbastion.local.lab.DbtClient;
import org.dbtbastion.local.lab.HostLab;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.Tunnel;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A host takes over from another by taking the Elastic IP. */
@HostLab
class ReplacementIT {

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost old;
  private static SshKeys key;

  /** Has pinned the host keys before there was a successor. */
  private static DbtClient dbt;

  private BootedHost successor;

  @BeforeAll
  static void boot() {
    lab = Lab.start(Repository.infra(), folder);
    key = lab.newKey();
    lab.parameters().register(key);
    old = lab.launch("bastion-a").powerOn().awaitBootstrapped();
    dbt = new DbtClient(lab, folder);
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @BeforeEach
  void oldHostHasTheAddress() {
    awaitReclaim();
  }

  @AfterEach
  void endSuccessor() {
    if (successor != null) {
      lab.terminate(successor);
    }
    lab.aws().desire(1);
  }

  private void replace() {
    replace(1);
  }

  private void replace(int templateVersion) {
    successor = lab.launch("bastion-b");
    lab.aws().launchedFrom(successor.id(), templateVersion);
    successor.powerOn().awaitBootstrapped();
  }

  /** Whether dbt's next login, which must succeed, is one to this host. */
  private static boolean serves(BootedHost host) {
    int before = lab.forwardedBy(host);
    dbt.assertReachesRedshift(key);
    return lab.forwardedBy(host) > before;
  }

  private static void awaitReclaim() {
    Await.until(
        "the old host has the address",
        Duration.ofSeconds(60),
        () -> {
          // As the timer does every minute.
          old.ask("systemctl start dbt-bastion-sync.service");
          return serves(old);
        });
  }

  @Test
  void theSuccessorHasTheSameHostKeysAndAuthorizedKeys() {
    replace();

    for (String file :
        new String[] {
          "/etc/dbt-bastion/ssh_host_ed25519_key",
          "/etc/dbt-bastion/ssh_host_rsa_key",
          "/home/dbtcloud/.ssh/authorized_keys"
        }) {
      assertThat(successor.text(file)).as(file).isNotEmpty().isEqualTo(old.text(file));
    }
    assertThat(serves(successor)).isTrue();
    for (String algorithm : new String[] {"ssh-ed25519", "rsa-sha2-512", "rsa-sha2-256"}) {
      // This one has pinned both keys, and takes no other.
      dbt.forward(Lab.DBT, key, "-o", "HostKeyAlgorithms=" + algorithm).close();
    }
  }

  @Test
  void tunnelsToTheOldHostAreCutWhenTheAddressMoves() {
    try (Tunnel tunnel = dbt.forward(Lab.DBT, key);
        Session session = tunnel.connect("before")) {
      session.number();

      replace();

      // An address leads to one host; so says the README, and advises the balancer.
      assertThat(session.answersWithin(Duration.ofSeconds(5))).isFalse();
      try (Tunnel next = dbt.forward(Lab.DBT, key);
          Session after = next.connect("after")) {
        assertThat(after.number()).isPositive();
      }
    }
  }

  /** The group was made larger by hand: nothing is to be replaced. */
  @Test
  void oneHostMoreLeavesTheAddressAndItsTunnelsAlone() {
    lab.aws().desire(2);
    try (Tunnel tunnel = dbt.forward(Lab.DBT, key);
        Session session = tunnel.connect("stays")) {
      session.number();

      replace();
      successor.ask("/opt/dbt-bastion/claim-address");

      assertThat(serves(old)).isTrue();
      assertThat(session.answersWithin(Duration.ofSeconds(5))).isTrue();
      assertThat(successor.ask("dbt-bastion status || true"))
          .contains("in reserve: another host has the Elastic IP");
    }
  }

  /** While CloudFormation updates the group, it wants a host more. */
  @Test
  void aHostOfAnotherTemplateTakesTheAddressWhileTheGroupIsLarger() {
    lab.aws().desire(2);

    replace(2);

    assertThat(serves(successor)).isTrue();
  }

  @Test
  void theOldHostTakesTheAddressBackOnceItsSuccessorIsGone() {
    replace();
    old.ask("/opt/dbt-bastion/claim-address");
    assertThat(serves(successor)).isTrue();

    lab.terminate(successor);
    successor = null;

    awaitReclaim();
  }
}
