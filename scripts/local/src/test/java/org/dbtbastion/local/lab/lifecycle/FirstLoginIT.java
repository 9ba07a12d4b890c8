package org.dbtbastion.local.lab.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.dbtbastion.local.lab.DbtClient;
import org.dbtbastion.local.lab.HostLab;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.local.lab.machine.HostTree;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long a new host takes to be of use. */
@HostLab
@Tag("measured")
class FirstLoginIT {

  private static final Duration LIMIT = Duration.ofSeconds(30);

  @TempDir Path folder;

  @Test
  void theLabAndANewHostsFirstForwardedLoginTakeUnder30SecondsEach() {
    // What is made once.
    HostTree.get();
    long begin = System.nanoTime();
    try (Lab lab = Lab.measured(Repository.infra(), folder)) {
      Duration started = since(begin);
      SshKeys key = lab.newKey();
      lab.parameters().register(key);
      BootedHost bastion = lab.launch("bastion-a");

      long start = System.nanoTime();
      bastion.powerOn();
      Await.until("the Elastic IP answers", LIMIT, () -> answers(lab));
      new DbtClient(lab, folder).assertReachesRedshift(key);
      Duration forwarded = since(start);
      bastion.awaitBootstrapped();

      System.out.printf(
          "from power-on to the first login that forwards: %d ms, to the end of the bootstrap: %d"
              + " ms; start of the lab: %d ms%n",
          forwarded.toMillis(), since(start).toMillis(), started.toMillis());
      assertThat(forwarded).isLessThan(LIMIT);
      assertThat(started).isLessThan(LIMIT);
    }
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static boolean answers(Lab lab) throws IOException {
    try (SocketChannel channel = lab.dbt().socket()) {
      channel.socket().connect(new InetSocketAddress(Lab.ELASTIC_IP, 22), 200);
      return true;
    }
  }
}
