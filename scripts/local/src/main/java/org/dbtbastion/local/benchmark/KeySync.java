package org.dbtbastion.local.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Rounds;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.benchmark.report.Goal;
import org.dbtbastion.local.benchmark.report.Line;
import org.dbtbastion.local.benchmark.report.Unit;
import org.dbtbastion.local.sandbox.Sandbox;

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
                id(),
                "sync of %,d keys".formatted(size),
                ground
                    .rounds(ROUNDS)
                    .of(Unit.SECONDS, () -> Unit.SECONDS.of(ground.syncKeys(size))));
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
}
