package org.dbtbastion.local.benchmark;

import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.dbtbastion.local.benchmark.ground.Bastion;
import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Rounds;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.ground.StockSshd;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.benchmark.report.Goal;
import org.dbtbastion.local.benchmark.report.Line;
import org.dbtbastion.local.benchmark.report.Series;
import org.dbtbastion.local.benchmark.report.Unit;
import org.dbtbastion.local.client.SshCommand;
import org.dbtbastion.local.client.Transfer;
import org.dbtbastion.local.sandbox.Sandbox;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.redshift.RedshiftStandIn;
import org.dbtbastion.standins.redshift.RedshiftStandIn.Fault;
import org.dbtbastion.standins.ssh.Sshd;

/** Bytes that come from the warehouse's port to OpenSSH's client. */
final class Throughput implements Row {

  private static final Rounds ROUNDS = new Rounds(1, 20, Duration.ofSeconds(40));
  private static final double EQUAL = 1;

  @Override
  public String id() {
    return "throughput";
  }

  @Override
  public Findings measure(Ground ground) throws Exception {
    Sandbox sandbox = ground.sandbox();
    Bastion bastion = ground.bastion();
    RedshiftStandIn warehouse = sandbox.warehouse();
    // In its place, a source of bytes that costs next to nothing.
    warehouse.behave(Fault.DOWN);
    try (ServerSocketChannel source = ServerSocketChannel.open();
        Sshd defaults = StockSshd.start(sandbox.machine(), ground.folder())) {
      source.bind(new InetSocketAddress(warehouse.address(), warehouse.port()));
      Command without =
          new Command(
              List.of(
                  "bash",
                  "-c",
                  "cat </dev/tcp/%s/%d | wc -c".formatted(warehouse.address(), warehouse.port())),
              Map.of());
      List<Series> rates =
          ground
              .rounds(ROUNDS)
              .alternate(
                  Unit.MEBIBYTES_A_SECOND,
                  List.of(
                      () -> Transfer.rate(source, client(bastion, bastion.port(), warehouse)),
                      () -> Transfer.rate(source, client(bastion, defaults.port(), warehouse)),
                      // The same once more: how far two that are equal come apart in this run.
                      () -> Transfer.rate(source, client(bastion, bastion.port(), warehouse)),
                      () -> Transfer.rate(source, without)));
      return Findings.of(
          Line.of(id(), "bytes through the tunnel", rates.getFirst())
              .beside("sshd's defaults", rates.get(1))
              .goal(new Goal.RatioAtLeast(EQUAL)),
          Line.of(id(), "bytes through the tunnel", rates.getFirst())
              .beside("the same once more", rates.get(2)),
          Line.of(id(), "bytes through the tunnel", rates.getFirst())
              .beside("no tunnel", rates.getLast()));
    } finally {
      warehouse.behave(Fault.NONE);
    }
  }

  private static Command client(Bastion bastion, int port, RedshiftStandIn warehouse) {
    return new Command(
        SshCommand.counting(bastion.ssh(port, "-W", warehouse.host() + ":" + warehouse.port())),
        Map.of());
  }
}
