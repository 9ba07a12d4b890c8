package org.dbtbastion.local.benchmark.ground;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.dbtbastion.local.sandbox.Folders;
import org.dbtbastion.local.sandbox.Progress;
import org.dbtbastion.local.sandbox.Sandbox;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.ssh.SshKeys;

/** What rows are measured on, each part of it started when the first row needs it. */
public final class Ground implements AutoCloseable {

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
  public Ground(Path repository, Path folder, Progress progress, boolean once) throws IOException {
    this.repository = repository;
    this.folder = folder;
    this.progress = progress;
    this.once = once;
    Folders.empty(folder);
  }

  /** The function as it is deployed. */
  public Path functionZip() {
    return repository.resolve("function/target/function.zip");
  }

  /** Where all files go. */
  public Path folder() {
    return folder;
  }

  /** How often something is measured in this run. */
  public Rounds rounds(Rounds usual) {
    return once ? usual.once() : usual;
  }

  /** The whole path, with the check's own key. */
  public synchronized Sandbox sandbox() {
    if (sandbox == null) {
      sandbox = Sandbox.start(repository, folder.resolve("sandbox"), progress);
      sandbox.renewCheckKey();
    }
    return sandbox;
  }

  /** A key as dbt has them: RSA, 4096 bits. */
  public SshKeys dbtKey() {
    if (dbtKey == null) {
      dbtKey = SshKeys.likeDbt(folder, "dbt_key");
    }
    return dbtKey;
  }

  /** The sandbox's bastion, which lets {@link #dbtKey} in. */
  public Bastion bastion() throws IOException, InterruptedException {
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
        sandbox().machine().address(), sandbox().sshPort(), hostKeys, knownHosts, dbtKey());
  }

  /**
   * Parses JSON.
   *
   * @throws IllegalStateException if it is none
   */
  public static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(text, e);
    }
  }

  /**
   * The answer, if all is well in it: a failure may be faster than what was to be measured.
   *
   * @throws IllegalStateException if not
   */
  public static JsonNode requireOk(String answer) {
    JsonNode json = json(answer);
    if (!json.path("ok").asBoolean()) {
      throw new IllegalStateException("the function answered " + answer);
    }
    return json;
  }

  /** Runs {@code sync-keys} on the host once, with at least this many keys; how long it took. */
  public Duration syncKeys(int keys) throws IOException {
    long begin = System.nanoTime();
    Command.Result result = sandbox().machine().run("/opt/dbt-bastion/sync-keys");
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    // Besides those meant there are the check's and what other rows have registered.
    if (result.status() != 0 || json(result.output()).path("keys").asInt() < keys) {
      throw new IOException("sync-keys: " + result);
    }
    return took;
  }

  /** Whether somebody ends it: what fails from then on was not measured, and is no finding. */
  public boolean closing() {
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
