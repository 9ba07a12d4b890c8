package org.dbtbastion.local.lab.keys;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.standins.lambda.LambdaService;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;

/**
 * The packaged KeyRegistry as the stack deployed it, under AWS's runtime client; its commands are
 * carried out on the booted hosts. Safe for use by several threads.
 */
final class KeyRegistryFunction implements AutoCloseable {

  private static final String NAME = "dbt-bastion-" + Lab.NAME + "-key-registry";
  private static final Path ZIP = Repository.functionZip();
  private static final ObjectMapper JSON = new ObjectMapper();

  private final LambdaService lambda;

  /**
   * @param folder where its files go
   */
  KeyRegistryFunction(Lab lab, Path folder) {
    lambda = LambdaService.start(folder.resolve("lambda"));
    lambda.deploy(
        lab.account().function(NAME, ZIP, lab.systemsManager().environment(), 1, List.of()));
  }

  /** Registers a key, and returns the answer. */
  JsonNode register(SshKeys key) {
    return invoke("register-key", "publicKey", key.publicKeyLine());
  }

  /** Revokes a key, and returns the answer. */
  JsonNode revoke(SshKeys key) {
    return invoke("revoke-key", "fingerprint", key.fingerprint());
  }

  private JsonNode invoke(String action, String name, String value) {
    ObjectNode request = JSON.createObjectNode().put("action", action).put(name, value);
    if (action.equals("register-key")) {
      request.put("label", "a connection of dbt");
    }
    LambdaService.Invocation invocation = lambda.invoke(NAME, request.toString());
    if (invocation.functionError().isPresent()) {
      throw new IllegalStateException(action + " failed: " + invocation.text());
    }
    try {
      return JSON.readTree(invocation.text());
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    lambda.close();
  }
}
