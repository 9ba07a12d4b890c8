package org.dbtbastion.local.benchmark.cold;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Requests;
import org.dbtbastion.local.benchmark.ground.Rounds;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.report.Breakdown;
import org.dbtbastion.local.benchmark.report.Breakdown.Part;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.benchmark.report.Unit;
import org.dbtbastion.local.sandbox.Sandbox;
import org.dbtbastion.standins.ssh.SshKeys;

/**
 * A new environment's first registration of a key like dbt's, from the start of its process to the
 * answer: the parameter is written, and the host has fetched the keys. The host's own work, a
 * Python program and the AWS CLI, is no part of a function's start; so it is also measured while no
 * host runs, with the parameter written and the hosts looked for.
 */
public final class ColdRegistration implements Row {

  private static final Rounds HOST = new Rounds(1, 5, Duration.ofSeconds(5));

  @Override
  public String id() {
    return "cold-register";
  }

  @Override
  public Findings measure(Ground ground) throws Exception {
    Sandbox sandbox = ground.sandbox();
    SshKeys key = ground.dbtKey();
    ColdStarts starts =
        new ColdStarts(
            this,
            ground,
            Sandbox.KEY_REGISTRY,
            Requests.register(key),
            () -> sandbox.lambda().invoke(Sandbox.KEY_REGISTRY, Requests.revoke(key)));
    Findings pushing =
        starts.measure("cold start to first register-key, pushed to a host", Ground::requireOk);
    Breakdown host =
        new Breakdown(
            id(),
            "the host's part of a push",
            List.of(
                new Part(
                    "`sync-keys`",
                    Unit.MILLISECONDS,
                    ground
                        .rounds(HOST)
                        .of(Unit.MILLISECONDS, () -> Unit.MILLISECONDS.of(ground.syncKeys(0)))
                        .median())));
    sandbox.faults().stopInstance();
    try {
      Findings alone =
          starts.measure(
              "cold start to first register-key, no host runs", ColdRegistration::requireCreated);
      return new Findings(
          concat(pushing.lines(), alone.lines()),
          concat(concat(pushing.breakdowns(), List.of(host)), alone.breakdowns()));
    } finally {
      sandbox.faults().startInstance();
    }
  }

  /** Without a host not all is well, but the key is stored. */
  private static void requireCreated(String answer) {
    if (!Ground.json(answer).path("status").asText().equals("created")) {
      throw new IllegalStateException("the function answered " + answer);
    }
  }

  private static <T> List<T> concat(List<T> first, List<T> second) {
    return Stream.concat(first.stream(), second.stream()).toList();
  }
}
