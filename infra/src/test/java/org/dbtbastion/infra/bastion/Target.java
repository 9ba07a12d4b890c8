package org.dbtbastion.infra.bastion;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A server on all of this machine's addresses that says hello and hangs up. */
final class Target implements AutoCloseable {

  static final String HELLO = "hello from the target\n";

  private final ServerSocket server;

  Target() {
    try {
      server = new ServerSocket(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::serve);
  }

  private void serve() {
    while (!server.isClosed()) {
      try (Socket socket = server.accept()) {
        socket.getOutputStream().write(HELLO.getBytes(StandardCharsets.US_ASCII));
      } catch (IOException e) {
        // One client less, or closed: the loop's condition tells.
      }
    }
  }

  int port() {
    return server.getLocalPort();
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
