package org.dbtbastion.local.benchmark;

import org.dbtbastion.local.sandbox.Sandbox;

/** A new environment's first check, on the direct route, from the start of its process. */
final class ColdCheck implements Row {

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
