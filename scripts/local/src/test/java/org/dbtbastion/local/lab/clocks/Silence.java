package org.dbtbastion.local.lab.clocks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dbtbastion.local.client.Session;
import org.dbtbastion.local.lab.DbtClient;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.Tunnel;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * What silence does to a tunnel. Time itself is tested here, so there is nothing but the clock to
 * wait for; all tests wait at the same time, each from an address of dbt's that it has for itself.
 * The clocks of sshd, dbt and the network run this many times as fast as they do in earnest: {@link
 * ClientAliveIT} and {@link ShippedClientAliveIT} say how many.
 */
@Execution(ExecutionMode.CONCURRENT)
abstract class Silence {

  // What balancers and NAT gateways forget after that long is cut.
  private static final Duration FORGOTTEN = Duration.ofSeconds(350);

  private static final Duration ANSWERS = Duration.ofSeconds(10);

  // "About 300 seconds": not before dbt itself gives up, and soon after.
  private static final Duration SOONEST = Duration.ofSeconds(300);
  private static final Duration LATEST = Duration.ofSeconds(345);

  /** How often dbt asks. */
  private static final Duration DBT_ASKS = Duration.ofSeconds(30);

  private static final Duration PAUSE = Duration.ofSeconds(60);

  private static final Duration LATE = Duration.ofSeconds(10);

  private static final Pattern PROCESS = Pattern.compile("pid=(\\d+)");

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost bastion;
  private static DbtClient dbt;
  private static SshKeys key;

  private static int speed;

  /** How often sshd asks a silent client whether it is alive, as shipped. */
  private static Duration shippedInterval;

  /** The same at the speed of this test. */
  private static Duration interval;

  /** How often it asks in vain. */
  private static int questions;

  /** From a login to an sshd that does not ask whether its client is alive. */
  private static Tunnel unasked;

  /** From a login to one that does. */
  private static Tunnel idle;

  /** From a login to one that asks as on Amazon Linux. */
  private static Tunnel vanishing;

  /**
   * Boots the bastion.
   *
   * @param times how many times as fast the clocks run: so that half of sshd's interval is whole
   *     seconds
   */
  static void boot(int times) {
    speed = times;
    lab = Lab.start(Repository.infra(), folder);
    lab.vpc().forgetIdle(Lab.ELASTIC_IP, sped(FORGOTTEN));
    bastion = lab.launch("bastion-a").powerOn().awaitBootstrapped();
    dbt = new DbtClient(lab, folder);
    key = lab.admit(bastion);

    shippedInterval = Duration.ofSeconds(setting("clientaliveinterval"));
    interval = sped(shippedInterval);
    questions = setting("clientalivecountmax");

    unasked = login(0, "ClientAliveInterval 0");
    idle = asked(1);
    // The lab's OpenSSH 9.2 asks only after every second interval, as it compares whole seconds for
    // "more than"; 8.7 of Amazon Linux 2023 asks after each. So with half of it this one asks as
    // that one does.
    vanishing = login(2, "ClientAliveInterval " + interval.toSeconds() / 2);
  }

  private static Duration sped(Duration shipped) {
    return shipped.dividedBy(speed);
  }

  /** What sshd says of a setting of its, as shipped. */
  private static int setting(String name) {
    return Integer.parseInt(
        bastion
            .ask(
                "/usr/sbin/sshd -T -f /etc/dbt-bastion/sshd_config | sed -n 's/^%s //p'"
                    .formatted(name))
            .strip());
  }

  /** A tunnel from one of dbt's addresses that is opened while sshd has this setting. */
  private static Tunnel login(int address, String setting) {
    // Of two values the first counts.
    bastion.ask("sed -i '1i " + setting + "' /etc/dbt-bastion/sshd_config");
    reloadSshd();
    Tunnel tunnel = silentTunnel(address);
    bastion.ask("/opt/dbt-bastion/configure-sshd");
    reloadSshd();
    return tunnel;
  }

  /** A tunnel of a client that never asks, to an sshd that does at the speed of this test. */
  private static Tunnel asked(int address) {
    return login(address, "ClientAliveInterval " + interval.toSeconds());
  }

  /** Of a client that never asks, as dbt's does; in batch mode Debian's would every 300 seconds. */
  private static Tunnel silentTunnel(int address) {
    return dbt.forward(Lab.DBT_ADDRESSES.get(address), key, "-o", "ServerAliveInterval=0");
  }

  /** Sessions that are open keep the settings with which they began. */
  private static void reloadSshd() {
    int before = listenings();
    bastion.ask("systemctl reload dbt-bastion-sshd.service");
    Await.until("sshd listens anew", Duration.ofSeconds(10), () -> listenings() > before);
  }

  private static int listenings() {
    return bastion.journal("sshd").split("Server listening on 0.0.0.0", -1).length;
  }

  @AfterAll
  static void end() {
    Stream.of(unasked, idle, vanishing).filter(Objects::nonNull).forEach(Tunnel::close);
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void anIdleTunnelOutlivesWhatForgetsConnectionsAfter350Seconds() {
    try (Session session = idle.connect("idle");
        Session forgotten = unasked.connect("unasked")) {
      int number = session.number();
      assertThat(forgotten.answersWithin(ANSWERS)).isTrue();
      long silent = System.nanoTime();

      awaitClock(silent, sped(FORGOTTEN).plusSeconds(10));

      assertThat(session.number()).isEqualTo(number);
      // So it was the questions that kept it alive.
      assertThat(forgotten.answersWithin(ANSWERS)).isFalse();
    }
  }

  @Test
  void aClientThatVanishedIsCleanedUpAfterAboutThreeHundredSeconds() throws SQLException {
    String address = Lab.DBT_ADDRESSES.get(2);
    // After the last question the answer has as long.
    assertThat(shippedInterval.multipliedBy(questions + 1)).isBetween(SOONEST, LATEST);
    Duration silence = interval.multipliedBy(questions + 1);
    try (Session session = vanishing.connect("vanished")) {
      session.number();
      List<ProcessHandle> processes = processesFor(address);
      assertThat(processes).hasSize(2);
      assertThat(sessions("vanished")).isEqualTo(1);

      lab.vpc().cut(address);
      long vanished = System.nanoTime();

      Await.until(
          "sshd gives the client up",
          silence.plus(interval.multipliedBy(4)).plus(LATE),
          () -> processes.stream().noneMatch(ProcessHandle::isAlive));
      Duration lived = since(vanished);
      System.out.printf("A client that vanished was given up after %d s%n", lived.toSeconds());
      // A question may have been due just then; a loaded machine is late.
      assertThat(lived)
          .isBetween(silence.minus(interval), silence.plus(interval.multipliedBy(2)).plus(LATE));
      Await.until(
          "the warehouse's session ends", Duration.ofSeconds(10), () -> sessions("vanished") == 0);
    }
  }

  @Test
  void aPauseOfTheNetworkEndsNoTunnel() throws Exception {
    String address = Lab.DBT_ADDRESSES.get(3);
    // As dbt asks.
    try (Tunnel tunnel =
            dbt.forward(
                address,
                key,
                "-o",
                "ServerAliveInterval=" + sped(DBT_ASKS).toSeconds(),
                "-o",
                "ServerAliveCountMax=10");
        Session session = tunnel.connect("paused")) {
      // The driver itself waits for longer than the pause.
      session.connection().setNetworkTimeout(Runnable::run, 0);
      int number = session.number();

      lab.vpc().cut(address);
      long cut = System.nanoTime();
      CompletableFuture<Integer> asked =
          CompletableFuture.supplyAsync(() -> session.number(), Thread::startVirtualThread);
      awaitClock(cut, sped(PAUSE));
      assertThat(asked).isNotDone();
      lab.vpc().mend(address);

      // TCP's pauses between its attempts double; one may just have begun.
      assertThat(asked.get(90, TimeUnit.SECONDS)).isEqualTo(number);
    }
  }

  private static int sessions(String name) throws SQLException {
    try (Connection warehouse = lab.warehouse().admin();
        Statement statement = warehouse.createStatement();
        ResultSet result =
            statement.executeQuery(
                "select count(*) from pg_stat_activity where application_name = '" + name + "'")) {
      result.next();
      return result.getInt(1);
    }
  }

  /** sshd's processes for a client. */
  private static List<ProcessHandle> processesFor(String address) {
    return PROCESS
        .matcher(bastion.network().run("ss", "-Htnp", "dst", address))
        .results()
        .map(match -> ProcessHandle.of(Long.parseLong(match.group(1))).orElseThrow())
        .toList();
  }

  private static void awaitClock(long start, Duration age) {
    Await.until(
        age.toSeconds() + " s have passed",
        age.plusSeconds(10),
        () -> since(start).compareTo(age) >= 0);
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
