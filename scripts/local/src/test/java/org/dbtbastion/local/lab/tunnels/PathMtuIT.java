package org.dbtbastion.local.lab.tunnels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.dbtbastion.local.client.RedshiftDriver;
import org.dbtbastion.local.lab.DbtClient;
import org.dbtbastion.local.lab.HostLab;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.Tunnel;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.local.lab.network.Vpc;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A path MTU black hole between bastion and warehouse, whose interfaces both start with EC2's jumbo
 * frames: a hop takes packets of the internet's size only, and the message that says so is lost.
 */
@HostLab
class PathMtuIT {

  private static final int BYTES = 4_000_000;

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  // What passes does so in less than one.
  private static final Duration HANGS = Duration.ofSeconds(2);

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost bastion;
  private static Tunnel tunnel;

  @BeforeAll
  static void boot() {
    lab = Lab.start(Repository.infra(), folder);
    bastion = lab.launch("bastion-a");
    hopTakes(Vpc.INTERNET_MTU);
    bastion.powerOn().awaitBootstrapped();
    SshKeys key = lab.admit(bastion);
    tunnel = new DbtClient(lab, folder).forward(Lab.DBT, key);
  }

  @AfterAll
  static void end() {
    if (tunnel != null) {
      tunnel.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  private static void hopTakes(int mtu) {
    lab.vpc().narrow(bastion.address(), Lab.REDSHIFT_ADDRESS, mtu);
  }

  @AfterEach
  void putTheSettingBack() {
    bastion.ask("/opt/dbt-bastion/limit-mtu");
    hopTakes(Vpc.INTERNET_MTU);
  }

  private static void forgetTheSetting() {
    // The timer would put it back.
    bastion.ask(BootedHost.STOP_SYNC);
    bastion.ask("ip link set dev eth0 mtu " + Vpc.JUMBO_MTU);
    bastion.ask("sysctl -q net.ipv4.tcp_mtu_probing=0");
  }

  /**
   * Asks the warehouse for text, and returns how long it is.
   *
   * @param patience with the query; the login before has enough
   */
  private static int receive(int bytes, Duration patience) throws SQLException {
    return ask("select repeat('x', %d)".formatted(bytes), patience).length();
  }

  /** Sends the warehouse text, and returns how long it finds it. */
  private static int send(int bytes, Duration patience) throws SQLException {
    return Integer.parseInt(ask("select length('%s')".formatted("x".repeat(bytes)), patience));
  }

  private static String ask(String query, Duration patience) throws SQLException {
    try (Connection session =
            RedshiftDriver.connect(lab.warehouse(), tunnel::dial, PATIENCE, "dbt");
        Statement statement = session.createStatement()) {
      session.setNetworkTimeout(Runnable::run, (int) patience.toMillis());
      try (ResultSet rows = statement.executeQuery(query)) {
        rows.next();
        return rows.getString(1);
      }
    }
  }

  @Test
  void passesLargeResultsAndQueries() throws SQLException {
    assertThat(receive(BYTES, PATIENCE)).isEqualTo(BYTES);
    assertThat(send(BYTES, PATIENCE)).isEqualTo(BYTES);
  }

  @Test
  void passesNeitherWithoutTheHostsSetting() throws SQLException {
    forgetTheSetting();

    assertThat(receive(1, PATIENCE)).isEqualTo(1);
    assertHangsInTheBlackHole(() -> receive(BYTES, HANGS));
    assertHangsInTheBlackHole(() -> send(BYTES, HANGS));
  }

  private static void assertHangsInTheBlackHole(ThrowingCallable query) {
    long silenced = lab.vpc().silenced();
    assertThatThrownBy(query).hasRootCauseInstanceOf(SocketTimeoutException.class);
    assertThat(lab.vpc().silenced()).isGreaterThan(silenced);
  }

  /** As the way through a VPN does. What the warehouse sends there is the warehouse's affair. */
  @Test
  void sendsWhatAnEvenNarrowerHopTakes() throws SQLException {
    hopTakes(1400);

    assertThat(send(BYTES, PATIENCE)).isEqualTo(BYTES);
  }

  @Test
  void hasTheSettingFromItsFirstBoot() {
    assertThat(bastion.ask("cat /sys/class/net/eth0/mtu")).isEqualTo("1500\n");
    assertThat(bastion.ask("sysctl -n net.ipv4.tcp_mtu_probing")).isEqualTo("1\n");
  }

  /** As amazon-ec2-net-utils installs it and links to it, for the interface as it is here. */
  private static final String NETWORKD_FILE =
      """
      [Match]
      Name=eth0
      [Link]
      MTUBytes=9001
      [Network]
      KeepConfiguration=yes
      LinkLocalAddressing=no
      """;

  @Test
  void takesBackWhatNetworkdSetsAndNetworkdSetsItNoMore() {
    bastion.ask(BootedHost.STOP_SYNC);
    String file = "/usr/lib/systemd/network/80-ec2.network";
    String link = "/run/systemd/network/70-eth0.network";
    bastion.write(file, NETWORKD_FILE.getBytes(StandardCharsets.UTF_8));
    bastion.ask("mkdir -p /run/systemd/network && ln -s %s %s".formatted(file, link));
    bastion.ask("systemctl start systemd-networkd.service");
    try {
      awaitMtu(Vpc.JUMBO_MTU);

      // As the timer does every minute.
      bastion.ask("systemctl start dbt-bastion-sync.service");
      awaitMtu(1500);

      bastion.ask("ip link set dev eth0 mtu 1400");
      bastion.ask("networkctl reload && networkctl reconfigure eth0");
      awaitMtu(1500);
    } finally {
      bastion.ask("systemctl stop systemd-networkd.service systemd-networkd.socket");
      bastion.ask("rm -rf %s %s /etc/systemd/network/*.d".formatted(file, link));
    }
  }

  private static void awaitMtu(int mtu) {
    Await.until(
        "eth0 has an MTU of " + mtu,
        PATIENCE,
        () -> bastion.ask("cat /sys/class/net/eth0/mtu").equals(mtu + "\n"));
  }
}
