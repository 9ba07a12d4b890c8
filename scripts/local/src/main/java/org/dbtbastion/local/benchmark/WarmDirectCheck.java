package org.dbtbastion.local.benchmark;

import java.time.Duration;
import java.util.List;
import org.dbtbastion.local.benchmark.ground.ByHand;
import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Rounds;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.report.Breakdown;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.benchmark.report.Goal;
import org.dbtbastion.local.benchmark.report.Line;
import org.dbtbastion.local.benchmark.report.Series;
import org.dbtbastion.local.benchmark.report.Unit;
import org.dbtbastion.local.sandbox.Sandbox;

/**
 * A check on the direct route by an environment that has answered before, as the caller sees it
 * over HTTP; beside psql. The check also looks at grants, which psql does not.
 */
final class WarmDirectCheck implements Row {

  private static final Rounds ROUNDS = new Rounds(8, 40, Duration.ofSeconds(20));

  @Override
  public String id() {
    return "warm-direct";
  }

  @Override
  public Findings measure(Ground ground) throws Exception {
    Sandbox sandbox = ground.sandbox();
    ByHand byHand = new ByHand(ground.folder(), sandbox.warehouse());
    WarmChecks checks = new WarmChecks(sandbox, "direct");
    List<Series> sides =
        ground
            .rounds(ROUNDS)
            .alternate(
                Unit.MILLISECONDS, List.of(checks, () -> Unit.MILLISECONDS.of(byHand.psql())));
    Line line =
        Line.of(id(), "warm direct check", sides.getFirst())
            .beside("`psql`", sides.getLast())
            .goal(new Goal.RatioAtMost(1));
    return new Findings(
        List.of(line),
        List.of(
            new Breakdown(
                id(), "warm direct check", checks.stages(sides.getFirst().values().size()))));
  }
}
