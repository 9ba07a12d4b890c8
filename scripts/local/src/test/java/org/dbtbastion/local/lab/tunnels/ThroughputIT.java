package org.dbtbastion.local.lab.tunnels;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.dbtbastion.local.client.Transfer;
import org.dbtbastion.local.lab.DbtClient;
import org.dbtbastion.local.lab.DefaultSshdUnit;
import org.dbtbastion.local.lab.HostLab;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.redshift.RedshiftStandIn;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How fast bytes of the warehouse come through a tunnel. */
@HostLab
@Tag("measured")
class ThroughputIT {

  private static final int ROUNDS = 8;

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost host;
  private static SshKeys key;
  private static DbtClient dbt;

  @BeforeAll
  static void boot() {
    lab = Lab.measured(Repository.infra(), folder);
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

  /** MiB a second through a tunnel of the sshd on this port. */
  private static double rate(ServerSocketChannel source, int port) {
    return Transfer.rate(
        source,
        dbt.count(key, "-p", Integer.toString(port), "-o", "HostKeyAlias=" + Lab.ELASTIC_IP));
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  @Test
  void aTunnelIsAsFastAsWithDefaults() throws IOException {
    // In its place, a source of bytes that costs next to nothing.
    lab.warehouse().behave(RedshiftStandIn.Fault.DOWN);
    List<Double> ours = new ArrayList<>();
    List<Double> defaults = new ArrayList<>();
    try (ServerSocketChannel source = lab.redshift().serverSocket();
        DefaultSshdUnit _ = DefaultSshdUnit.start(lab, host)) {
      source.bind(new InetSocketAddress(Lab.REDSHIFT_ADDRESS, Lab.REDSHIFT_PORT));
      for (int round = 0; round < ROUNDS; round++) {
        // Neither is always the second.
        if (round % 2 == 0) {
          ours.add(rate(source, 22));
          defaults.add(rate(source, DefaultSshdUnit.PORT));
        } else {
          defaults.add(rate(source, DefaultSshdUnit.PORT));
          ours.add(rate(source, 22));
        }
      }
    }
    // Both of a pair ran in the same seconds, so what else the machine did then is in both.
    double ratio =
        median(IntStream.range(0, ROUNDS).mapToObj(i -> ours.get(i) / defaults.get(i)).toList());
    System.out.printf(
        "throughput of a tunnel: %.0f MiB/s, with sshd's defaults %.0f MiB/s, %.2f times as much in"
            + " the median of %d pairs%n",
        median(ours), median(defaults), ratio, ROUNDS);

    // Equal ones differ by less than a tenth in the median.
    assertThat(ratio).isGreaterThanOrEqualTo(0.9);
  }
}
