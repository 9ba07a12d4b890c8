package org.dbtbastion.local.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dbtbastion.local.sandbox.Sandbox;
import org.dbtbastion.standins.process.Command;

/** {@code sync-keys} on the host, which fetches all keys, ten in a page, and judges them. */
final class KeySync implements Row {

  private static final List<Integer> SIZES = List.of(10, 100, 1_000);
  private static final Rounds ROUNDS = new Rounds(1, 5, Duration.ofSeconds(15));
  private static final double GOAL_SECONDS = 10;

  @Override
  public String id() {
    return "sync";
  }

  @Override
  public Findings measure(Ground ground) throws Exception {
    Sandbox sandbox = ground.sandbox();
    List<Line> lines = new ArrayList<>();
    List<String> strangers = new ArrayList<>();
    try {
      Line before = null;
      for (int size : SIZES) {
        strangers.addAll(sandbox.parameters().registerStrangers(size - strangers.size()));
        Line line =
            Line.of(
                this,
                "sync of %,d keys".formatted(size),
                ground.rounds(ROUNDS).of(Unit.SECONDS, () -> sync(sandbox, size)));
        if (before != null) {
          line = line.besideEarlier("a tenth of them", before.ours());
        }
        before = line;
        lines.add(
            size == SIZES.getLast()
                ? line.goal(new Goal.AtMost(Unit.SECONDS, GOAL_SECONDS))
                : line.beside().isPresent() ? line.goal(new Goal.RatioAtMost(10)) : line);
      }
    } finally {
      sandbox.parameters().deleteAll(strangers);
    }
    return new Findings(lines, List.of());
  }

  /** Runs it once, with at least this many keys; returns the seconds. */
  static double sync(Sandbox sandbox, int keys) throws IOException {
    long begin = System.nanoTime();
    Command.Result result = sandbox.machine().run("/opt/dbt-bastion/sync-keys");
    double took = Unit.SECONDS.of(Duration.ofNanos(System.nanoTime() - begin));
    // Besides the strangers' there are the check's and what other rows have registered.
    if (result.status() != 0 || Ground.json(result.output()).path("keys").asInt() < keys) {
      throw new IOException("sync-keys: " + result);
    }
    return took;
  }
}
