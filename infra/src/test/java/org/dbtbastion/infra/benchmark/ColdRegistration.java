package org.dbtbastion.infra.benchmark;

import org.dbtbastion.infra.sandbox.Sandbox;
import org.dbtbastion.testing.SshKeys;

/**
 * A new environment's first registration of a key like dbt's, from the start of its process to the
 * answer: the parameter is written, and the host has the key.
 */
final class ColdRegistration implements Row {

  @Override
  public String id() {
    return "cold-register";
  }

  @Override
  public Findings measure(Ground ground) throws Exception {
    Sandbox sandbox = ground.sandbox();
    SshKeys key = ground.dbtKey();
    return new ColdStarts(this, ground, Sandbox.KEY_REGISTRY)
        .measure(
            "cold start to first register-key, with push to a host",
            Requests.register(key),
            () -> sandbox.lambda().invoke(Sandbox.KEY_REGISTRY, Requests.revoke(key)));
  }
}
