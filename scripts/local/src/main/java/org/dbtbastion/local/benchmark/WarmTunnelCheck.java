package org.dbtbastion.local.benchmark;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dbtbastion.local.benchmark.ground.Bastion;
import org.dbtbastion.local.benchmark.ground.ByHand;
import org.dbtbastion.local.benchmark.ground.ByHand.ThroughTunnel;
import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Rounds;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.report.Breakdown;
import org.dbtbastion.local.benchmark.report.Breakdown.Part;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.benchmark.report.Goal;
import org.dbtbastion.local.benchmark.report.Line;
import org.dbtbastion.local.benchmark.report.Series;
import org.dbtbastion.local.benchmark.report.Unit;
import org.dbtbastion.local.sandbox.Sandbox;

/**
 * A check through the tunnel by an environment that has answered before, as the caller sees it over
 * HTTP; beside what one would type. The check also looks at grants, which psql does not.
 */
final class WarmTunnelCheck implements Row {

  private static final Rounds ROUNDS = new Rounds(8, 25, Duration.ofSeconds(25));

  @Override
  public String id() {
    return "warm-tunnel";
  }

  @Override
  public Findings measure(Ground ground) throws Exception {
    Sandbox sandbox = ground.sandbox();
    Bastion bastion = ground.bastion();
    ByHand byHand = new ByHand(ground.folder(), sandbox.warehouse());
    WarmChecks checks = new WarmChecks(sandbox, "tunnel");
    List<ThroughTunnel> typed = new ArrayList<>();
    List<Series> sides =
        ground
            .rounds(ROUNDS)
            .alternate(
                Unit.MILLISECONDS,
                List.of(
                    checks,
                    () -> {
                      ThroughTunnel one = byHand.throughTunnel(bastion);
                      typed.add(one);
                      return Unit.MILLISECONDS.of(one.total());
                    }));
    Line line =
        Line.of(id(), "warm tunnel check", sides.getFirst())
            .beside("`ssh -L` and `psql`", sides.getLast())
            .goal(new Goal.RatioAtMost(0.5));
    List<ThroughTunnel> counted =
        typed.subList(typed.size() - sides.getLast().values().size(), typed.size());
    return new Findings(
        List.of(line),
        List.of(
            new Breakdown(
                id(), "warm tunnel check", checks.stages(sides.getFirst().values().size())),
            new Breakdown(
                id(),
                "`ssh -L` and `psql`",
                List.of(
                    part(
                        "ssh, until it listens",
                        counted.stream().map(ThroughTunnel::listening).toList()),
                    part(
                        "psql, from its start to its end",
                        counted.stream().map(ThroughTunnel::query).toList())))));
  }

  private static Part part(String what, List<Duration> times) {
    return new Part(what, Unit.MILLISECONDS, Series.of(Unit.MILLISECONDS, times).median());
  }
}
