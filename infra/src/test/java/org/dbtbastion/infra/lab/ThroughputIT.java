package org.dbtbastion.infra.lab;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.dbtbastion.infra.bastion.Command;
import org.dbtbastion.testing.RedshiftStandIn;
import org.dbtbastion.testing.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How fast bytes of the warehouse come through a tunnel. */
@HostLab
@Tag("measured")
class ThroughputIT {

  private static final int MIB = 1 << 20;
  private static final int TRANSFER_MIB = 192;
  private static final int ROUNDS = 7;

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost host;
  private static SshKeys key;
  private static DbtClient dbt;

  @BeforeAll
  static void boot() {
    lab = Lab.start(Path.of(""), folder);
    host = lab.launch("bastion-a").powerOn().awaitBootstrapped();
    key = lab.admit(host);
    dbt = new DbtClient(lab, folder);
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      lab.close();
    }
  }

  /** Sends what a client is to get, and returns the seconds until it has it all. */
  private static double send(ServerSocketChannel source) throws IOException {
    try (SocketChannel client = source.accept()) {
      long start = System.nanoTime();
      ByteBuffer block = ByteBuffer.allocateDirect(MIB);
      for (int i = 0; i < TRANSFER_MIB; i++) {
        block.clear();
        while (block.hasRemaining()) {
          client.write(block);
        }
      }
      client.shutdownOutput();
      // sshd closes it once dbt's side has closed the channel.
      assertThat(client.read(ByteBuffer.allocate(1))).isEqualTo(-1);
      return (System.nanoTime() - start) / 1e9;
    }
  }

  /** MiB a second through a tunnel of the sshd on this port. */
  private static double rate(ServerSocketChannel source, int port) {
    List<String> words = new ArrayList<>(List.of("sh", "-c", "\"$@\" | wc -c", "sh"));
    words.addAll(
        dbt.ssh(
                key,
                "-p",
                Integer.toString(port),
                "-o",
                "HostKeyAlias=" + Lab.ELASTIC_IP,
                "-W",
                Lab.REDSHIFT + ":" + Lab.REDSHIFT_PORT)
            .words());
    CompletableFuture<Command.Result> receiving =
        CompletableFuture.supplyAsync(() -> new Command(words, Map.of()).run());
    try {
      double seconds = send(source);
      assertThat(receiving.join().output().strip())
          .isEqualTo(Long.toString((long) TRANSFER_MIB * MIB));
      return TRANSFER_MIB / seconds;
    } catch (IOException e) {
      throw new AssertionError(receiving.join().toString(), e);
    }
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /**
   * Between the quartiles, relative to the median: by how much equal rounds differ here and now.
   */
  private static double spread(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return (sorted.get(ROUNDS * 3 / 4) - sorted.get(ROUNDS / 4)) / median(values);
  }

  @Test
  void aTunnelIsAsFastAsWithDefaults() throws IOException {
    // In its place, a source of bytes that costs next to nothing.
    lab.warehouse().behave(RedshiftStandIn.Fault.DOWN);
    List<Double> ours = new ArrayList<>();
    List<Double> defaults = new ArrayList<>();
    try (ServerSocketChannel source = lab.redshift().serverSocket();
        DefaultSshd _ = DefaultSshd.start(lab, host)) {
      source.bind(new InetSocketAddress(Lab.REDSHIFT_ADDRESS, Lab.REDSHIFT_PORT));
      for (int round = 0; round < ROUNDS; round++) {
        ours.add(rate(source, 22));
        defaults.add(rate(source, DefaultSshd.PORT));
      }
    }
    double noise = Math.max(spread(ours), spread(defaults));
    System.out.printf(
        "throughput of a tunnel: %.0f MiB/s, with sshd's defaults %.0f MiB/s, noise %.0f %%%n",
        median(ours), median(defaults), 100 * noise);

    // Less than equal rounds differ by is no difference.
    assertThat(median(ours)).isGreaterThanOrEqualTo((1 - noise) * median(defaults));
  }
}
