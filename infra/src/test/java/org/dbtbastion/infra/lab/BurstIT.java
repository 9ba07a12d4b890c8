package org.dbtbastion.infra.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.dbtbastion.infra.LogPattern;
import org.dbtbastion.testing.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many jobs of dbt that start in the same moment. */
@HostLab
@Tag("measured")
class BurstIT {

  private static final int LOGINS = 500;

  // What the kernel of a t4g.small leaves to programs: of the types in README.md the first that
  // holds as many tunnels.
  private static final int PROGRAMS_MIB = 1799;

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost host;
  private static DbtJobs jobs;

  @BeforeAll
  static void boot() {
    lab = Lab.start(Path.of(""), folder);
    host = lab.launch("bastion-a").powerOn().awaitBootstrapped();
    host.asMachineOf(PROGRAMS_MIB);
    SshKeys key = lab.admit(host);
    jobs = new DbtJobs(lab, key);
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

  /**
   * What became of a burst.
   *
   * @param took to a query's answer, of those that got through, the fastest first
   */
  private record Burst(List<Duration> took) {

    static Burst on(int port) {
      List<DbtJobs.Started> started = jobs.start(LOGINS, port);
      List<DbtJobs.Job> running = started.stream().flatMap(one -> one.job().stream()).toList();
      jobs.each(
          running,
          job -> {
            job.close();
            return job;
          });
      List<Duration> took =
          started.stream()
              .filter(one -> one.job().isPresent())
              .map(DbtJobs.Started::took)
              .sorted()
              .toList();
      started.stream()
          .filter(one -> one.job().isEmpty())
          .map(DbtJobs.Started::detail)
          .distinct()
          .forEach(System.out::println);
      return new Burst(took);
    }

    int dropped() {
      return LOGINS - took.size();
    }

    void print(String sshd) {
      System.out.printf("burst, %s: %d logins, %d dropped", sshd, LOGINS, dropped());
      if (!took.isEmpty()) {
        System.out.printf(
            ", median %.1f s, slowest %.1f s",
            took.get(took.size() / 2).toMillis() / 1e3, took.getLast().toMillis() / 1e3);
      }
      System.out.println();
    }
  }

  @Test
  void dropsNoneOfFiveHundredLoginsAtOnceWhereDefaultsDrop() {
    long killed = host.memory().outOfMemoryKills();
    Burst ours = Burst.on(22);
    ours.print("ours");
    assertThat(host.memory().outOfMemoryKills()).isEqualTo(killed);
    try (DefaultSshd sshd = DefaultSshd.start(lab, host)) {
      assertThat(sshd.settings()).contains("maxstartups 10:30:100");
      Burst defaults = Burst.on(DefaultSshd.PORT);
      defaults.print("sshd's defaults");

      assertThat(ours.dropped()).isZero();
      assertThat(defaults.dropped()).isPositive();
    }
    assertThat(host.journal("sshd").lines()).noneMatch(LogPattern.DROPPED_LOGINS::matches);
  }
}
