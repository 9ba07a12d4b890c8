package org.dbtbastion.local.benchmark.ground;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import org.dbtbastion.local.sandbox.Sandbox;
import org.dbtbastion.standins.ssh.SshKeys;

/** What the functions are asked. */
public final class Requests {

  private Requests() {}

  /** A check of the connection with user name and password, on one route. */
  public static String check(String route) {
    return "{\"action\":\"check\",\"connections\":[\"%s\"],\"routes\":[\"%s\"]}"
        .formatted(Sandbox.CLUSTER, route);
  }

  /** The registration of a key. */
  public static String register(SshKeys key) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("action", "register-key")
        .put("publicKey", key.publicKeyLine())
        .put("label", "benchmark")
        .toString();
  }

  /** Takes a key back. */
  public static String revoke(SshKeys key) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("action", "revoke-key")
        .put("fingerprint", key.fingerprint())
        .toString();
  }
}
