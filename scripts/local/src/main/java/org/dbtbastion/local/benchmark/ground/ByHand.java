package org.dbtbastion.local.benchmark.ground;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.redshift.RedshiftStandIn;

/** What one would type to see whether the warehouse answers: {@code psql}, and {@code ssh -L}. */
public final class ByHand {

  private static final Duration LIMIT = Duration.ofSeconds(20);
  // As often as a processor can look without being taken from ssh.
  private static final Duration LOOK = Duration.ofMillis(1);

  private final Path folder;
  private final RedshiftStandIn warehouse;
  private final int port = FreePort.find();

  /**
   * @param folder where what the programs say goes
   */
  public ByHand(Path folder, RedshiftStandIn warehouse) {
    this.folder = folder;
    this.warehouse = warehouse;
  }

  /** Runs {@code psql -c 'select 1'} against the warehouse itself, and returns how long it took. */
  public Duration psql() throws IOException, InterruptedException {
    return psql(warehouse.port());
  }

  /**
   * How long it took to start {@code ssh -L}, to query through it, and to end it.
   *
   * @param listening until ssh's port accepted
   * @param query psql's part
   */
  public record ThroughTunnel(Duration total, Duration listening, Duration query) {}

  /** Runs psql through a tunnel of its own. */
  public ThroughTunnel throughTunnel(Bastion bastion) throws IOException, InterruptedException {
    List<String> words =
        bastion.ssh(
            bastion.port(),
            "-N",
            "-L",
            "127.0.0.1:%d:%s:%d".formatted(port, warehouse.host(), warehouse.port()));
    long begin = System.nanoTime();
    Process ssh = start("ssh", words);
    try {
      awaitPort(ssh);
      Duration listening = since(begin);
      Duration query = psql(port);
      ssh.destroy();
      ssh.waitFor();
      return new ThroughTunnel(since(begin), listening, query);
    } finally {
      ssh.destroyForcibly();
    }
  }

  private void awaitPort(Process ssh) throws IOException {
    long end = System.nanoTime() + LIMIT.toNanos();
    while (!listens(port)) {
      if (!ssh.isAlive() || System.nanoTime() - end > 0) {
        throw new IOException("ssh -L does not listen, see " + log("ssh"));
      }
      LockSupport.parkNanos(LOOK.toNanos());
    }
  }

  /** By the kernel's table (proc_net_tcp(5)): to connect would have ssh open a forward. */
  private static boolean listens(int port) throws IOException {
    String listening = " 0100007F:%04X 00000000:0000 0A ".formatted(port);
    return Files.readString(Path.of("/proc/net/tcp")).contains(listening);
  }

  private Duration psql(int at) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("psql", "-X", "-A", "-t", "-c", "select 1"));
    // By the address: the name has an IPv6 one too, where nobody listens.
    command.add(
        "host=%s hostaddr=127.0.0.1 port=%d dbname=%s user=%s sslmode=verify-full sslrootcert='%s'"
            .formatted(
                warehouse.host(), at, warehouse.database(), warehouse.user(), warehouse.caPem()));
    long begin = System.nanoTime();
    Process psql = start("psql", command);
    if (!psql.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS) || psql.exitValue() != 0) {
      psql.destroyForcibly();
      throw new IOException("psql failed, see " + log("psql"));
    }
    return since(begin);
  }

  private Process start(String name, List<String> command) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log(name)));
    builder.environment().put("PGPASSWORD", warehouse.password());
    return builder.start();
  }

  private File log(String name) {
    return folder.resolve(name + ".log").toFile();
  }

  private static Duration since(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }
}
