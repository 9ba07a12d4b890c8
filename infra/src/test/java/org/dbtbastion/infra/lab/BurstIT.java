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

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost host;
  private static DbtJobs jobs;

  @BeforeAll
  static void boot() {
    lab = Lab.start(Path.of(""), folder);
    host = lab.launch("bastion-a").powerOn().awaitBootstrapped();
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

  /** What became of a burst: seconds to a query's answer, of those that got through. */
  private record Burst(int dropped, Duration median, Duration slowest) {

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
      return new Burst(LOGINS - running.size(), took.get(took.size() / 2), took.getLast());
    }

    void print(String sshd) {
      System.out.printf(
          "burst, %s: %d logins, %d dropped, median %.1f s, slowest %.1f s%n",
          sshd, LOGINS, dropped, median.toMillis() / 1e3, slowest.toMillis() / 1e3);
    }
  }

  @Test
  void dropsNoneOfFiveHundredLoginsAtOnceWhereDefaultsDrop() {
    Burst ours = Burst.on(22);
    ours.print("ours");
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
