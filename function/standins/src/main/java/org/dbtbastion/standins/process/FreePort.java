package org.dbtbastion.standins.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * TCP ports that nobody listens on.
 *
 * <p>They lie below those that systems give to clients and to servers that take any (from 32768 on
 * Linux, 49152 on macOS), in blocks that one JVM has for itself: tests in other JVMs cannot take
 * one between its being found and its being used.
 */
public final class FreePort {

  private static final int FIRST = 10_000;
  private static final int BLOCK = 100;
  private static final int BLOCKS = 220;

  /** Listen on the first port of each block of this JVM, for as long as it lives. */
  private static final List<ServerSocket> CLAIMS = new ArrayList<>();

  private static int next;
  private static int end;

  private FreePort() {}

  /**
   * A port that was free on loopback a moment ago, and that this JVM has not been given before.
   * Whoever can bind port 0 itself should do that instead.
   */
  public static synchronized int find() {
    while (true) {
      if (next == end) {
        claimBlock();
      }
      int port = next++;
      Optional<ServerSocket> socket = listen(port);
      if (socket.isPresent()) {
        close(socket.get());
        return port;
      }
    }
  }

  private static void claimBlock() {
    int start = ThreadLocalRandom.current().nextInt(BLOCKS);
    for (int i = 0; i < BLOCKS; i++) {
      int first = FIRST + (start + i) % BLOCKS * BLOCK;
      Optional<ServerSocket> claim = listen(first);
      if (claim.isPresent()) {
        CLAIMS.add(claim.get());
        next = first + 1;
        end = first + BLOCK;
        return;
      }
    }
    throw new IllegalStateException("No free ports on loopback from " + FIRST);
  }

  private static Optional<ServerSocket> listen(int port) {
    try {
      return Optional.of(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
    } catch (BindException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
