package org.dbtbastion.local.benchmark.cold;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Rounds;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.benchmark.report.Goal;
import org.dbtbastion.local.benchmark.report.Line;
import org.dbtbastion.local.benchmark.report.Series;
import org.dbtbastion.local.benchmark.report.Unit;
import org.dbtbastion.local.sandbox.Sandbox;
import org.dbtbastion.standins.lambda.FunctionSettings;
import org.dbtbastion.standins.lambda.LambdaService;
import org.dbtbastion.standins.process.PeakMemory;

/**
 * The most memory that the function's process takes, with 512 MB, for a check of all three ways to
 * log in on both routes.
 */
public final class Memory implements Row {

  private static final int FUNCTION_MEGABYTES = 512;
  private static final Rounds ROUNDS = new Rounds(0, 5, Duration.ofSeconds(25));

  @Override
  public String id() {
    return "memory";
  }

  @Override
  public Findings measure(Ground ground) throws Exception {
    LambdaService lambda = ground.sandbox().lambda();
    FunctionSettings deployed = lambda.settings(Sandbox.CONNECTION_CHECK);
    FunctionSettings small =
        deployed.named(deployed.name() + "-small").withMemory(FUNCTION_MEGABYTES);
    lambda.deploy(small);
    Series peak =
        ground
            .rounds(ROUNDS)
            .of(
                Unit.MEBIBYTES,
                () -> {
                  AtomicReference<Double> most = new AtomicReference<>();
                  Ground.requireOk(
                      lambda
                          .coldStart(
                              small.name(),
                              "{\"action\":\"check\"}",
                              process -> most.set(PeakMemory.mebibytes(process)))
                          .answer());
                  return most.get();
                });
    return Findings.of(
        Line.of(id(), "peak memory of a check, six routes", peak)
            .goal(new Goal.AtMost(Unit.MEBIBYTES, FUNCTION_MEGABYTES / 2.0)));
  }
}
