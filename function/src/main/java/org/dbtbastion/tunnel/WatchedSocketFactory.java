package org.dbtbastion.tunnel;

import com.jcraft.jsch.SocketFactory;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Pattern;
import jdk.net.ExtendedSocketOptions;
import org.dbtbastion.socket.BoundedInputStream;
import org.dbtbastion.text.Printable;

/**
 * Hands JSch a socket that is connected already, and watches what comes: how far the server's
 * banner came, when it said something last, and how the connection ended. It ends the connection of
 * a server that never stops sending: JSch would read for ever without waiting, and occupy a carrier
 * of virtual threads.
 */
final class WatchedSocketFactory implements SocketFactory {

  private static final int WATCHED_BYTES = 8192;

  /** About fifty times what a handshake takes. */
  private static final int HANDSHAKE_BYTES = 256 << 10;

  /** More than all that a check has forwarded. */
  private static final int MOST_BYTES = 64 << 20;

  /** Of version 2.0, or 1.99, which is 2.0 for who knows it (RFC 4253, sections 4.2 and 5.1). */
  private static final Pattern VERSION = Pattern.compile("^SSH-(2\\.0|1\\.99)-", Pattern.MULTILINE);

  private final Socket socket;
  private final StringBuilder seen = new StringBuilder();
  private final CompletableFuture<Ending> ending = new CompletableFuture<>();
  private volatile long lastReadNanos = System.nanoTime();
  private volatile int most = HANDSHAKE_BYTES;

  WatchedSocketFactory(Socket socket) {
    this.socket = socket;
  }

  /** Whether the server has said anything. */
  boolean spoke() {
    synchronized (seen) {
      return !seen.isEmpty();
    }
  }

  /** Whether a line was seen that begins an SSH conversation (RFC 4253, section 4.2). */
  boolean spokeSsh() {
    synchronized (seen) {
      return VERSION.matcher(seen).find();
    }
  }

  /** The login is done: from now on more may come. */
  void loggedIn() {
    most = MOST_BYTES;
  }

  /** Whether the connection ended from the server's side, or on the way to it. */
  boolean ended() {
    return ending.isDone();
  }

  /** Done once the connection has ended from the server's side, or on the way to it. */
  CompletableFuture<Ending> ending() {
    return ending;
  }

  /** When something came last, by {@link System#nanoTime}. */
  long lastReadNanos() {
    return lastReadNanos;
  }

  /** The server has said that it ends the connection, and why. */
  void endedFor(String reason) {
    ending.complete(new Ending.Closed(System.nanoTime(), ": " + reason));
  }

  /** The beginning of what the server said, printable. */
  String excerpt() {
    synchronized (seen) {
      return Printable.of(seen.toString().lines().findFirst().orElse(""), 60);
    }
  }

  @Override
  public Socket createSocket(String host, int port) {
    return socket;
  }

  /**
   * Acknowledges at once what comes. sshd leaves Nagle's algorithm on where there is no session,
   * and so holds a small packet back until the one before it is acknowledged, for which Linux takes
   * 40 ms. The kernel forgets the option now and then (tcp(7)), so it is set for each read.
   */
  @Override
  public InputStream getInputStream(Socket socket) throws IOException {
    boolean quick = socket.supportedOptions().contains(ExtendedSocketOptions.TCP_QUICKACK);
    return new BoundedInputStream(socket.getInputStream(), () -> most) {
      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
          if (quick) {
            socket.setOption(ExtendedSocketOptions.TCP_QUICKACK, true);
          }
          int read = super.read(bytes, offset, length);
          if (read < 0) {
            ending.complete(new Ending.Closed(System.nanoTime(), ""));
          }
          lastReadNanos = System.nanoTime();
          watch(bytes, offset, read);
          return read;
        } catch (IOException e) {
          ending.complete(new Ending.Broken(System.nanoTime(), e));
          throw e;
        }
      }
    };
  }

  @Override
  public OutputStream getOutputStream(Socket socket) throws IOException {
    return new FilterOutputStream(socket.getOutputStream()) {
      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        try {
          out.write(bytes, offset, length);
        } catch (IOException e) {
          ending.complete(new Ending.Broken(System.nanoTime(), e));
          throw e;
        }
      }
    };
  }

  private void watch(byte[] bytes, int offset, int length) {
    synchronized (seen) {
      int room = WATCHED_BYTES - seen.length();
      if (room > 0 && length > 0) {
        seen.append(new String(bytes, offset, Math.min(room, length), StandardCharsets.ISO_8859_1));
      }
    }
  }
}
