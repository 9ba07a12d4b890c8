package org.dbtbastion.local.benchmark.cold;

import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Requests;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.sandbox.Sandbox;

/** A new environment's first check, on the direct route, from the start of its process. */
public final class ColdCheck implements Row {

  @Override
  public String id() {
    return "cold-check";
  }

  @Override
  public Findings measure(Ground ground) throws Exception {
    return new ColdStarts(
            this, ground, Sandbox.CONNECTION_CHECK, Requests.check("direct"), () -> null)
        .measure("cold start to first direct check", Ground::requireOk);
  }
}
