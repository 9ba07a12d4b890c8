package org.dbtbastion.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import org.dbtbastion.standins.net.BrokenServer;
import org.dbtbastion.standins.net.CertificateAuthority;
import org.dbtbastion.standins.net.TlsServers;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.OpenFiles;
import org.junit.jupiter.api.Test;

class BoundedSocketTest {

  private static final int MOST = 100_000;
  private static final int TIMES = 30;

  private static BoundedSocket connect(BrokenServer server, int most) throws IOException {
    return new BoundedSocket(new Socket(InetAddress.getLoopbackAddress(), server.port()), most);
  }

  @Test
  void closingTlsLeavesNoNativeSocketBehind() throws Exception {
    CertificateAuthority authority = CertificateAuthority.create("CA of a TLS server");
    try (BrokenServer server = TlsServers.start(authority.serverContext("localhost"))) {
      // The first opens what the JVM keeps open.
      TlsServers.shakeHands(authority, connect(server, MOST));
      Await.until("the server has closed", Duration.ofSeconds(10), () -> server.open() == 0);
      long before = OpenFiles.count();

      for (int i = 0; i < TIMES; i++) {
        TlsServers.shakeHands(authority, connect(server, MOST));
      }

      Await.until("the server has closed", Duration.ofSeconds(10), () -> server.open() == 0);
      assertThat(OpenFiles.count()).isLessThan(before + TIMES / 2);
    }
  }

  @Test
  void aServerThatDoesNotEndIsCutOff() throws Exception {
    try (BrokenServer server = BrokenServer.repeating("x".repeat(100));
        Socket socket = connect(server, 1000)) {
      assertThatIOException()
          .isThrownBy(() -> socket.getInputStream().readAllBytes())
          .withMessage("the server sent more than 1000 bytes");
    }
  }
}
