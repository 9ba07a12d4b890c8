package org.dbtbastion.tunnel;

import com.jcraft.jsch.SocketFactory;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** Hands JSch a socket that is connected already, and watches how far the server's banner came. */
final class WatchedSocketFactory implements SocketFactory {

  private static final int WATCHED_BYTES = 8192;

  private final Socket socket;
  private final StringBuilder seen = new StringBuilder();
  private volatile boolean ended;

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
      return seen.toString().startsWith("SSH-") || seen.indexOf("\nSSH-") >= 0;
    }
  }

  /** Whether the connection ended from the server's side, or on the way to it. */
  boolean ended() {
    return ended;
  }

  /** The beginning of what the server said, printable. */
  String excerpt() {
    synchronized (seen) {
      String text = seen.substring(0, Math.min(60, seen.length()));
      return text.lines().findFirst().orElse("").replaceAll("[^\\x20-\\x7e]", "?");
    }
  }

  @Override
  public Socket createSocket(String host, int port) {
    return socket;
  }

  @Override
  public InputStream getInputStream(Socket socket) throws IOException {
    return new FilterInputStream(socket.getInputStream()) {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        try {
          int read = super.read(bytes, offset, length);
          ended |= read < 0;
          watch(bytes, offset, read);
          return read;
        } catch (IOException e) {
          ended = true;
          throw e;
        }
      }
    };
  }

  @Override
  public OutputStream getOutputStream(Socket socket) throws IOException {
    return socket.getOutputStream();
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
