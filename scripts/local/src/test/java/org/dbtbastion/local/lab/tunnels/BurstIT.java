package org.dbtbastion.local.lab.tunnels;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.dbtbastion.infra.monitoring.LogPattern;
import org.dbtbastion.local.client.Burst;
import org.dbtbastion.local.client.DbtJobs;
import org.dbtbastion.local.lab.DefaultSshdUnit;
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

/** Many jobs of dbt that start in the same moment. */
@HostLab
@Tag("measured")
class BurstIT {

  private static final int LOGINS = 500;

  // What the kernel of a t4g.small leaves to programs: of the types in infra's README.md the first
  // that holds as many tunnels.
  private static final int PROGRAMS_MIB = 1799;

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost host;
  private static DbtJobs jobs;

  @BeforeAll
  static void boot() {
    lab = Lab.measured(Repository.infra(), folder);
    host = lab.launch("bastion-a").powerOn().awaitBootstrapped();
    host.asMachineOf(PROGRAMS_MIB);
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

  private static Burst burst(String sshd, int port) {
    Burst burst = jobs.burst(LOGINS, port);
    burst.causes().forEach(System.out::println);
    System.out.printf("burst, %s: %d logins, %d dropped", sshd, LOGINS, burst.dropped());
    if (!burst.took().isEmpty()) {
      System.out.printf(
          ", median %.1f s, slowest %.1f s",
          burst.took().get(burst.took().size() / 2).toMillis() / 1e3,
          burst.took().getLast().toMillis() / 1e3);
    }
    System.out.println();
    return burst;
  }

  @Test
  void dropsNoneOfFiveHundredLoginsAtOnceWhereDefaultsDrop() {
    long killed = host.memory().outOfMemoryKills();
    Burst ours = burst("ours", 22);
    assertThat(host.memory().outOfMemoryKills()).isEqualTo(killed);
    try (DefaultSshdUnit sshd = DefaultSshdUnit.start(lab, host)) {
      assertThat(sshd.settings()).contains("maxstartups 10:30:100");
      Burst defaults = burst("sshd's defaults", DefaultSshdUnit.PORT);

      assertThat(ours.dropped()).isZero();
      assertThat(defaults.dropped()).isPositive();
    }
    assertThat(host.journal("sshd").lines()).noneMatch(LogPattern.DROPPED_LOGINS::matches);
  }
}
