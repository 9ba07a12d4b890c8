package org.dbtbastion.standins.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.dbtbastion.standins.process.Await;
import org.junit.jupiter.api.Test;

class BrokenServerTest {

  @Test
  void silentAcceptsAndCountsAndSaysNothing() throws IOException {
    try (BrokenServer server = BrokenServer.silent();
        Socket client = connect(server)) {
      assertThatThrownBy(() -> client.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(server.connections()).isEqualTo(1);
    }
  }

  @Test
  void sayingGreetsAndSaysNothingMore() throws IOException {
    try (BrokenServer server = BrokenServer.saying("SSH-2.0-OpenSSH_8.7\r\n");
        Socket client = connect(server)) {
      assertThat(read(client, 21)).isEqualTo("SSH-2.0-OpenSSH_8.7\r\n");
      assertThatThrownBy(() -> client.getInputStream().read())
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void repeatingNeverEnds() throws IOException {
    try (BrokenServer server = BrokenServer.repeating("not yet\r\n");
        Socket client = connect(server)) {
      assertThat(read(client, 5_000_000)).hasSize(5_000_000).doesNotContain("SSH-");
    }
  }

  @Test
  void closingEndsAtOnce() throws IOException {
    try (BrokenServer server = BrokenServer.closing();
        Socket client = connect(server)) {
      assertThat(client.getInputStream().read()).isEqualTo(-1);
    }
  }

  @Test
  void closeCutsConnections() throws IOException {
    try (Socket client = connectAndClose()) {
      Await.until(
          "the connection is cut",
          Duration.ofSeconds(5),
          () -> client.getInputStream().read() == -1);
    }
  }

  private static Socket connectAndClose() throws IOException {
    try (BrokenServer server = BrokenServer.silent()) {
      Socket client = connect(server);
      Await.until("it is accepted", Duration.ofSeconds(5), () -> server.connections() == 1);
      return client;
    }
  }

  private static Socket connect(BrokenServer server) throws IOException {
    Socket client = new Socket(server.address(), server.port());
    client.setSoTimeout(300);
    return client;
  }

  private static String read(Socket client, int bytes) throws IOException {
    return new String(client.getInputStream().readNBytes(bytes), StandardCharsets.US_ASCII);
  }
}
