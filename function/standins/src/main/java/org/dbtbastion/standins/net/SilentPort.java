package org.dbtbastion.standins.net;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * A port of this machine that does not answer at all, as a firewall's that drops packets: its queue
 * of waiting connections is full, so that the kernel lets every further SYN go unanswered.
 */
public final class SilentPort implements AutoCloseable {

  private static final int MORE_THAN_THE_QUEUE_HOLDS = 16;
  private static final int ANSWERS_WITHIN_MILLIS = 300;

  private final ServerSocket server;
  private final List<Socket> waiting = new ArrayList<>();

  private SilentPort(ServerSocket server) {
    this.server = server;
  }

  /** Opens a free port of the loopback and fills its queue. */
  public static SilentPort open() {
    return open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /** Opens this port of one of this machine's addresses and fills its queue. */
  public static SilentPort open(InetSocketAddress address) {
    try {
      SilentPort port =
          new SilentPort(new ServerSocket(address.getPort(), 1, address.getAddress()));
      port.fill();
      return port;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return server.getLocalPort();
  }

  private void fill() throws IOException {
    for (int i = 0; i < MORE_THAN_THE_QUEUE_HOLDS; i++) {
      Socket socket = new Socket();
      waiting.add(socket);
      try {
        socket.connect(
            new InetSocketAddress(server.getInetAddress(), port()), ANSWERS_WITHIN_MILLIS);
      } catch (SocketTimeoutException _) {
        return;
      }
    }
    throw new IllegalStateException("the kernel still answers on port " + port());
  }

  @Override
  public void close() {
    try {
      for (Socket socket : waiting) {
        socket.close();
      }
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
