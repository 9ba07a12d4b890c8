package org.dbtbastion.local.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dbtbastion.local.benchmark.ground.Bastion;
import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Rounds;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.ground.StockSshd;
import org.dbtbastion.local.benchmark.report.Breakdown;
import org.dbtbastion.local.benchmark.report.Breakdown.Part;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.benchmark.report.Goal;
import org.dbtbastion.local.benchmark.report.Line;
import org.dbtbastion.local.benchmark.report.Series;
import org.dbtbastion.local.benchmark.report.Unit;
import org.dbtbastion.local.client.Burst;
import org.dbtbastion.local.client.DbtJobs;
import org.dbtbastion.local.sandbox.Sandbox;
import org.dbtbastion.standins.ssh.Sshd;

/**
 * Many jobs of dbt that start in the same moment, each with a login by RSA-4096, a forward, TLS and
 * a query. Over loopback: all come from one address.
 */
final class Logins implements Row {

  private static final List<Integer> SIZES = List.of(50, 100, 300, 500);
  private static final Rounds ROUNDS = new Rounds(0, 3, Duration.ofSeconds(20));

  @Override
  public String id() {
    return "logins";
  }

  @Override
  public Findings measure(Ground ground) throws Exception {
    Sandbox sandbox = ground.sandbox();
    Bastion bastion = ground.bastion();
    DbtJobs.Way way =
        new DbtJobs.Way(
            Logins::socket,
            bastion.address(),
            System.getProperty("user.name"),
            DbtJobs.pins(bastion.hostKeys()),
            sandbox.warehouse());
    List<Line> lines = new ArrayList<>();
    List<Part> parts = new ArrayList<>();
    try (Sshd defaults = StockSshd.start(sandbox.machine(), ground.folder());
        DbtJobs jobs = new DbtJobs(way, bastion.key())) {
      // For the JVM of the jobs.
      jobs.burst(SIZES.getFirst(), bastion.port());
      for (int size : SIZES) {
        List<Burst> ours = new ArrayList<>();
        List<Burst> theirs = new ArrayList<>();
        List<Series> dropped =
            ground
                .rounds(ROUNDS)
                .alternate(
                    Unit.PERCENT,
                    List.of(
                        () -> dropped(jobs.burst(size, bastion.port()), ours),
                        () -> dropped(jobs.burst(size, defaults.port()), theirs)));
        lines.add(
            Line.of(id(), "%d logins at once: dropped".formatted(size), dropped.getFirst())
                .beside("sshd's defaults", dropped.getLast())
                .goal(new Goal.AtMost(Unit.PERCENT, 0)));
        parts.addAll(latencies(size + " logins", ours));
        parts.addAll(latencies(size + " logins, sshd's defaults, those let in", theirs));
      }
    }
    return new Findings(
        lines, List.of(new Breakdown(id(), "logins at once, to a query's answer", parts)));
  }

  private static double dropped(Burst burst, List<Burst> bursts) {
    bursts.add(burst);
    return 100.0 * burst.dropped() / (burst.dropped() + burst.took().size());
  }

  private static List<Part> latencies(String what, List<Burst> bursts) {
    List<Duration> all = bursts.stream().flatMap(burst -> burst.took().stream()).toList();
    if (all.isEmpty()) {
      return List.of();
    }
    Series times = Series.of(Unit.SECONDS, all);
    return List.of(
        new Part(what + ": median", Unit.SECONDS, times.median()),
        new Part(what + ": slowest", Unit.SECONDS, times.most()));
  }

  private static SocketChannel socket() {
    try {
      return SocketChannel.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
