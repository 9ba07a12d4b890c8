package org.dbtbastion.local.benchmark;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.dbtbastion.local.sandbox.Progress;
import org.dbtbastion.local.sandbox.Sandbox;
import org.dbtbastion.standins.ssh.SshKeys;

/** What rows are measured on, each part of it started when the first row needs it. */
final class Ground implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path repository;
  private final Path folder;
  private final Progress progress;
  private final boolean once;
  private volatile boolean closing;
  private Sandbox sandbox;
  private SshKeys dbtKey;

  /**
   * @param repository the built repository
   * @param folder where all files go; what an earlier run left there is removed
   * @param once whether all is done once only
   */
  Ground(Path repository, Path folder, Progress progress, boolean once) throws IOException {
    this.repository = repository;
    this.folder = folder;
    this.progress = progress;
    this.once = once;
    if (Files.exists(folder)) {
      try (var files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    Files.createDirectories(folder);
  }

  /** The function as it is deployed. */
  Path functionZip() {
    return repository.resolve("function/target/function.zip");
  }

  Path folder() {
    return folder;
  }

  /** How often something is measured in this run. */
  Rounds rounds(Rounds usual) {
    return once ? usual.once() : usual;
  }

  /** The whole path, with the check's own key. */
  synchronized Sandbox sandbox() {
    if (sandbox == null) {
      sandbox = Sandbox.start(repository, folder.resolve("sandbox"), progress);
      sandbox.renewCheckKey();
    }
    return sandbox;
  }

  /** A key as dbt has them: RSA, 4096 bits. */
  SshKeys dbtKey() {
    if (dbtKey == null) {
      dbtKey = SshKeys.likeDbt(folder, "dbt_key");
    }
    return dbtKey;
  }

  /** The sandbox's bastion, which lets {@link #dbtKey} in. */
  Bastion bastion() throws IOException, InterruptedException {
    new Invoker(sandbox().lambda()).invoke(Sandbox.KEY_REGISTRY, Requests.register(dbtKey()));
    List<String> hostKeys =
        Stream.of("ed25519", "rsa")
            .map(
                type ->
                    sandbox()
                        .parameters()
                        .find("host-keys/" + type + ".pub")
                        .orElseThrow()
                        .value()
                        .strip())
            .toList();
    Path knownHosts =
        Files.write(
            folder.resolve("known_hosts"),
            hostKeys.stream().map(key -> Bastion.ALIAS + " " + key).toList());
    return new Bastion(
        sandbox().machine().address(),
        Integer.parseInt(sandbox().context().get("sshPort")),
        hostKeys,
        knownHosts,
        dbtKey());
  }

  static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(text, e);
    }
  }

  /** The answer, if all is well in it: a failure may be faster than what was to be measured. */
  static JsonNode requireOk(String answer) {
    JsonNode json = json(answer);
    if (!json.path("ok").asBoolean()) {
      throw new IllegalStateException("the function answered " + answer);
    }
    return json;
  }

  /** Whether somebody ends it: what fails from then on was not measured, and is no finding. */
  boolean closing() {
    return closing;
  }

  @Override
  public void close() {
    closing = true;
    end();
  }

  private synchronized void end() {
    if (sandbox != null) {
      sandbox.close();
    }
  }
}
