package org.dbtbastion.infra.lab;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import org.dbtbastion.testing.Await;
import org.dbtbastion.testing.SshKeys;
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
  void aNewHostForwardsALoginWithin30Seconds() {
    try (Lab lab = Lab.start(Path.of(""), folder)) {
      SshKeys key = lab.newKey();
      lab.parameters().register(key);
      BootedHost bastion = lab.launch("bastion-a");

      long start = System.nanoTime();
      bastion.powerOn();
      Await.until("the Elastic IP answers", LIMIT, () -> answers(lab));
      new DbtClient(lab, folder).assertReachesRedshift(key);
      long forwarded = System.nanoTime();
      bastion.awaitBootstrapped();

      System.out.printf(
          "from power-on to the first login that forwards: %d ms, to the end of the bootstrap: %d"
              + " ms%n",
          Duration.ofNanos(forwarded - start).toMillis(),
          Duration.ofNanos(System.nanoTime() - start).toMillis());
    }
  }

  private static boolean answers(Lab lab) throws IOException {
    try (SocketChannel channel = lab.dbt().socket()) {
      channel.socket().connect(new InetSocketAddress(Lab.ELASTIC_IP, 22), 200);
      return true;
    }
  }
}
