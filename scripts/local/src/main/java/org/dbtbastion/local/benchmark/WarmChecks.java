package org.dbtbastion.local.benchmark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.dbtbastion.local.benchmark.ground.Invoker;
import org.dbtbastion.local.benchmark.ground.Requests;
import org.dbtbastion.local.benchmark.ground.Rounds;
import org.dbtbastion.local.benchmark.ground.Stages;
import org.dbtbastion.local.benchmark.report.Breakdown;
import org.dbtbastion.local.benchmark.report.Unit;
import org.dbtbastion.local.sandbox.Sandbox;

/** Checks on one route by an environment that has answered before, as the caller sees them. */
final class WarmChecks implements Rounds.Side {

  private final Invoker invoker;
  private final String request;
  private final List<String> reports = new ArrayList<>();

  WarmChecks(Sandbox sandbox, String route) {
    invoker = new Invoker(sandbox.lambda());
    request = Requests.check(route);
  }

  /** Checks once; the milliseconds over HTTP. */
  @Override
  public double measure() throws IOException, InterruptedException {
    Invoker.Answer answer = invoker.invoke(Sandbox.CONNECTION_CHECK, request);
    reports.add(answer.text());
    return Unit.MILLISECONDS.of(answer.took());
  }

  /** The medians of the stages, over as many of the last checks as count. */
  List<Breakdown.Part> stages(int counted) {
    return Stages.medians(reports.subList(reports.size() - counted, reports.size()));
  }
}
