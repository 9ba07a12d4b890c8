package org.dbtbastion.local.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.dbtbastion.local.client.SshCommand;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.ssh.SshKeys;

/**
 * OpenSSH's client in place of the dbt platform's: it connects from one of dbt's addresses to the
 * Elastic IP, pins the host keys that are stored when it is made, and forwards to the warehouse.
 * Safe for use by several threads.
 */
public final class DbtClient {

  private static final Duration OPENS = Duration.ofSeconds(20);

  // The dbt platform's host has no others: its ports are its own, below those given out by itself.
  private static final AtomicInteger FORWARDS = new AtomicInteger(20_000);

  private final Lab lab;
  private final Path folder;
  private final Path knownHosts;

  /**
   * A client that trusts the host keys which the account holds now.
   *
   * @param folder where its files go
   */
  public DbtClient(Lab lab, Path folder) {
    this.lab = lab;
    this.folder = folder;
    List<String> pins = lab.hostKeys().stream().map(key -> Lab.ELASTIC_IP + " " + key).toList();
    try {
      this.knownHosts = Files.write(folder.resolve("known_hosts"), pins);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The file with the host keys that it trusts. */
  public Path knownHosts() {
    return knownHosts;
  }

  /** The command that logs in from dbt's address as dbt's user. */
  public Command ssh(SshKeys key, String... arguments) {
    return ssh(Lab.DBT, Lab.USER, key, arguments);
  }

  /**
   * The command that logs in.
   *
   * @param from the client's address: one of {@link Lab#DBT_ADDRESSES} or {@link Lab#STRANGER}
   * @param arguments ssh's, before the host
   */
  public Command ssh(String from, String user, SshKeys key, String... arguments) {
    List<String> words = SshCommand.words(knownHosts, user, key);
    words.addAll(List.of("-o", "BindAddress=" + from));
    words.addAll(List.of(arguments));
    words.add(Lab.ELASTIC_IP);
    return new Command(lab.dbt().command(words), Map.of());
  }

  /** The command that takes all that the warehouse sends, and prints how many bytes that was. */
  public Command count(SshKeys key, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("-W", Lab.REDSHIFT + ":" + Lab.REDSHIFT_PORT));
    return new Command(SshCommand.counting(ssh(key, all.toArray(String[]::new)).words()), Map.of());
  }

  /**
   * Opens a tunnel for sessions in the warehouse. The caller closes it.
   *
   * @param from the client's address, one of dbt's
   * @param arguments ssh's, besides those for the forward
   */
  public Tunnel forward(String from, SshKeys key, String... arguments) {
    int port = FORWARDS.incrementAndGet();
    List<String> words =
        new ArrayList<>(
            List.of(
                "-N",
                "-o",
                "ExitOnForwardFailure=yes",
                "-L",
                "127.0.0.1:%d:%s:%d".formatted(port, Lab.REDSHIFT, Lab.REDSHIFT_PORT)));
    words.addAll(List.of(arguments));
    ChildProcess client =
        ssh(from, Lab.USER, key, words.toArray(String[]::new))
            .start(folder.resolve("forward-" + port + ".log"));
    client.awaitReady(
        "ssh listens", OPENS, () -> !lab.dbt().run("ss", "-Hltn", "sport = :" + port).isEmpty());
    return new Tunnel(lab, client, port);
  }

  /**
   * Whether a login with this key succeeds.
   *
   * @throws IllegalStateException if it neither does nor is the key refused
   */
  public boolean letsIn(SshKeys key) {
    Command.Result result = ssh(key, "-W", Lab.REDSHIFT + ":" + Lab.REDSHIFT_PORT).run();
    if (result.status() != 0 && !result.errors().contains("Permission denied (publickey)")) {
      throw new IllegalStateException(result.toString());
    }
    return result.status() == 0;
  }

  /** Fails unless this key reaches the warehouse. */
  public void assertReachesRedshift(SshKeys key) {
    int connections = lab.warehouse().connections();
    // Its input has ended, so the warehouse hangs up, and it ends.
    Command.Result result = ssh(key, "-W", Lab.REDSHIFT + ":" + Lab.REDSHIFT_PORT).run();
    assertThat(result.status()).as("%s", result).isZero();
    assertThat(lab.warehouse().connections()).isGreaterThan(connections);
  }
}
