package org.dbtbastion.local.benchmark;

import java.time.Duration;
import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Rounds;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.benchmark.report.Goal;
import org.dbtbastion.local.benchmark.report.Line;
import org.dbtbastion.local.benchmark.report.Series;
import org.dbtbastion.local.benchmark.report.Unit;
import org.dbtbastion.local.sandbox.CdkCli;
import org.dbtbastion.local.sandbox.Sandbox;

/** The second {@code cdk synth}: what it looks up is in cdk.context.json. */
final class Synth implements Row {

  private static final Rounds ROUNDS = new Rounds(1, 5, Duration.ofSeconds(25));
  private static final double GOAL_SECONDS = 5;

  @Override
  public String id() {
    return "synth";
  }

  @Override
  public Findings measure(Ground ground) throws Exception {
    Sandbox sandbox = ground.sandbox();
    CdkCli cdk = sandbox.cdk();
    Series times =
        ground
            .rounds(ROUNDS)
            .of(
                Unit.SECONDS,
                () -> {
                  long begin = System.nanoTime();
                  cdk.synth(sandbox.context());
                  return Unit.SECONDS.of(Duration.ofNanos(System.nanoTime() - begin));
                });
    return Findings.of(
        Line.of(id(), "`cdk synth`, everything looked up", times)
            .goal(new Goal.AtMost(Unit.SECONDS, GOAL_SECONDS)));
  }
}
