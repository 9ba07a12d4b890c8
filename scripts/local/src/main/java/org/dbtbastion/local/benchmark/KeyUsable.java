package org.dbtbastion.local.benchmark;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.dbtbastion.local.benchmark.ground.Bastion;
import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Invoker;
import org.dbtbastion.local.benchmark.ground.Requests;
import org.dbtbastion.local.benchmark.ground.Rounds;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.benchmark.report.Goal;
import org.dbtbastion.local.benchmark.report.Line;
import org.dbtbastion.local.benchmark.report.Series;
import org.dbtbastion.local.benchmark.report.Unit;
import org.dbtbastion.local.sandbox.Sandbox;
import org.dbtbastion.standins.process.Command;

/** From the request that registers a key until a login with it has reached the warehouse. */
final class KeyUsable implements Row {

  private static final Rounds ROUNDS = new Rounds(1, 7, Duration.ofSeconds(30));
  private static final double GOAL_SECONDS = 2;

  @Override
  public String id() {
    return "key-usable";
  }

  @Override
  public Findings measure(Ground ground) throws Exception {
    Sandbox sandbox = ground.sandbox();
    Bastion bastion = ground.bastion();
    Invoker invoker = new Invoker(sandbox.lambda());
    Command login = login(bastion, sandbox);
    Series times =
        ground
            .rounds(ROUNDS)
            .of(
                Unit.SECONDS,
                () -> {
                  invoker.invoke(Sandbox.KEY_REGISTRY, Requests.revoke(bastion.key()));
                  long begin = System.nanoTime();
                  invoker.invoke(Sandbox.KEY_REGISTRY, Requests.register(bastion.key()));
                  Command.Result result = login.run();
                  if (result.status() != 0) {
                    throw new IOException("the registered key is not let in: " + result.errors());
                  }
                  return Unit.SECONDS.of(Duration.ofNanos(System.nanoTime() - begin));
                });
    return Findings.of(
        Line.of(id(), "key registered to usable, by push", times)
            .goal(new Goal.AtMost(Unit.SECONDS, GOAL_SECONDS)));
  }

  /** Its input has ended, so the warehouse hangs up, and it ends. */
  private static Command login(Bastion bastion, Sandbox sandbox) {
    return new Command(
        bastion.ssh(
            bastion.port(), "-W", sandbox.warehouse().host() + ":" + sandbox.warehouse().port()),
        Map.of());
  }
}
