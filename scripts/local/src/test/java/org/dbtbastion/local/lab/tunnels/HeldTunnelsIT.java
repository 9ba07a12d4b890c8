package org.dbtbastion.local.lab.tunnels;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.dbtbastion.infra.monitoring.LogPattern;
import org.dbtbastion.local.client.DbtJobs;
import org.dbtbastion.local.lab.DefaultSshdUnit;
import org.dbtbastion.local.lab.HostLab;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How many tunnels a host holds in its memory, and what becomes of one too many. */
@HostLab
@Tag("measured")
class HeldTunnelsIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String UNIT = "dbt-bastion-sshd.service";
  private static final int MIB = 1 << 20;

  // tunnels.py's.
  private static final int PER_TUNNEL_KIB = 2304;

  // In the words of a shell: the processes of a unit.
  private static final String PROCESSES = "$(ps -eo pid=,unit= | awk '$2 == \"%s\" { print $1 }')";

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost host;
  private static DbtJobs jobs;

  private final List<DbtJobs.Job> running = new ArrayList<>();

  @BeforeAll
  static void boot() {
    lab = Lab.measured(Repository.infra(), folder);
    host = lab.launch("bastion-a").powerOn().awaitBootstrapped();
    SshKeys key = lab.admit(host);
    jobs = new DbtJobs(lab.way(), key);
  }

  @AfterAll
  static void end() {
    if (jobs != null) {
      jobs.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  @AfterEach
  void endJobsAndUndoTheLimit() {
    end(running);
    for (String unit : List.of(UNIT, DefaultSshdUnit.UNIT)) {
      Await.until("no tunnel is left", Duration.ofSeconds(20), () -> processes(unit) <= 1);
    }
    host.asThisMachine();
  }

  private static void end(List<DbtJobs.Job> jobs) {
    HeldTunnelsIT.jobs.each(
        jobs,
        job -> {
          job.close();
          return job;
        });
    jobs.clear();
  }

  /** Starts some, few at a time, and returns those that did not get through. */
  private List<DbtJobs.Started> start(int count, int port) {
    List<DbtJobs.Started> refused = new ArrayList<>();
    for (int left = count; left > 0; left -= 8) {
      for (DbtJobs.Started started : jobs.start(Math.min(left, 8), port)) {
        started.job().ifPresentOrElse(running::add, () -> refused.add(started));
      }
    }
    return refused;
  }

  private static int processes(String unit) {
    return Integer.parseInt(
        host.ask("set -- %s; echo $#".formatted(PROCESSES.formatted(unit))).strip());
  }

  /** KiB of a unit's processes; what several share counts in parts. */
  private static int memory(String unit) {
    String sum = "awk '/^Pss:/ { kib += $2 } END { print kib + 0 }'";
    return Integer.parseInt(
        host.ask(
                "for p in %s; do cat /proc/$p/smaps_rollup; done | %s"
                    .formatted(PROCESSES.formatted(unit), sum))
            .strip());
  }

  private int perTunnel(String unit, int port) {
    int before = memory(unit);
    assertThat(start(32, port)).isEmpty();
    int kib = (memory(unit) - before) / running.size();
    end(running);
    return kib;
  }

  @Test
  void aTunnelTakesNoMoreMemoryThanWithDefaultsAndThanHostsReckonWith() {
    try (DefaultSshdUnit _ = DefaultSshdUnit.start(lab, host)) {
      int ours = perTunnel(UNIT, 22);
      int defaults = perTunnel(DefaultSshdUnit.UNIT, DefaultSshdUnit.PORT);
      System.out.printf(
          "memory of a tunnel with a session of the warehouse (PSS): %d KiB, with sshd's defaults %d KiB%n",
          ours, defaults);

      assertThat(ours).isLessThan(PER_TUNNEL_KIB).isLessThan((int) (1.05 * defaults));
    }
  }

  private static JsonNode status() throws IOException {
    return JSON.readTree(host.run("dbt-bastion status --json").output());
  }

  private long answering() {
    return jobs.each(running, DbtJobs.Job::queries).stream().filter(answers -> answers).count();
  }

  /**
   * @param programsMib what the machine's kernel leaves to programs
   * @param tunnels what it holds by the rule in infra's README.md
   */
  @ParameterizedTest
  @CsvSource({"a t4g.nano, 416, 87", "a machine for 150 tunnels, 558, 150"})
  void holdsAsManyTunnelsAsItSaysAndTurnsAwayTheNext(String machine, int programsMib, int tunnels)
      throws IOException {
    host.asMachineOf(programsMib);
    long killed = host.memory().outOfMemoryKills();
    assertThat(status().get("tunnelLimit").asInt()).isEqualTo(tunnels);

    assertThat(start(tunnels, 22)).isEmpty();

    assertThat(status().get("tunnels")).hasSize(tunnels);
    CompletableFuture<Command.Result> sync =
        CompletableFuture.supplyAsync(() -> host.run("systemctl start dbt-bastion-sync.service"));
    assertThat(answering()).isEqualTo(tunnels);
    assertThat(sync.join().status()).isZero();

    long logged = host.journal("sshd").lines().filter(LogPattern.DROPPED_LOGINS::matches).count();
    List<DbtJobs.Started> refused = start(24, 22);

    assertThat(refused).hasSize(24);
    assertThat(refused)
        .allSatisfy(one -> assertThat(one.took()).isLessThan(Duration.ofSeconds(10)));
    assertThat(host.journal("sshd").lines().filter(LogPattern.DROPPED_LOGINS::matches).count())
        .isGreaterThanOrEqualTo(logged + 24);
    assertThat(answering()).isEqualTo(tunnels);
    assertThat(host.run("systemctl start dbt-bastion-sync.service").status()).isZero();
    System.out.printf(
        "%s: holds %d tunnels, the next %d are refused within %d ms; %d MiB are in use, %d processes were killed%n",
        machine,
        running.size(),
        refused.size(),
        refused.stream().mapToLong(one -> one.took().toMillis()).max().orElseThrow(),
        host.memory().memory() / MIB,
        host.memory().outOfMemoryKills() - killed);
    assertThat(host.memory().outOfMemoryKills()).isEqualTo(killed);

    String listener = "systemctl show -P MainPID " + UNIT;
    String old = host.ask(listener);
    host.ask("kill -KILL " + old);
    Await.until(
        "another sshd listens",
        Duration.ofSeconds(5),
        () -> !host.ask(listener).equals(old) && !host.ask("ss -Hltn sport = :22").isEmpty());
    assertThat(answering()).isEqualTo(tunnels);

    end(new ArrayList<>(running.subList(0, 8)));
    running.subList(0, 8).clear();
    Await.until(
        "there is room again", Duration.ofSeconds(20), () -> processes(UNIT) <= 2 * tunnels - 15);
    assertThat(start(8, 22)).isEmpty();
    assertThat(answering()).isEqualTo(tunnels);
  }

  /** As dnf on a small host: it takes more than a quarter of a GiB with Amazon Linux's metadata. */
  @Test
  void aProgramThatTakesTooMuchMemoryEndsAndNoTunnelDoes() {
    int tunnels = 87;
    host.asMachineOf(416);
    Await.until(
        "sshd listens", Duration.ofSeconds(10), () -> !host.ask("ss -Hltn sport = :22").isEmpty());
    assertThat(start(tunnels, 22)).isEmpty();
    long killed = host.memory().outOfMemoryKills();

    Command.Result program =
        host.run(
            "systemd-run -q --wait python3 -c"
                + " 'import time; taken = b\"x\" * (280 << 20); time.sleep(10)'");

    assertThat(program.status()).as("killed").isNotZero();
    assertThat(host.memory().outOfMemoryKills()).isEqualTo(killed + 1);
    assertThat(answering()).isEqualTo(tunnels);
    assertThat(host.run("systemctl start dbt-bastion-sync.service").status()).isZero();
  }
}
