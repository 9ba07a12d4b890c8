package org.dbtbastion.standins.hostile;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import org.dbtbastion.standins.net.BrokenServer;

/**
 * Somebody between a client and a good server: passes everything on, until so many bytes came from
 * the server.
 *
 * @param serverPort the good server, on 127.0.0.1
 * @param after how many bytes of the server pass
 * @param spoil what happens then
 */
public record SpoilingRelay(int serverPort, int after, Spoil spoil)
    implements BrokenServer.Behaviour {

  /** What happens to a conversation. */
  public enum Spoil {
    /** The connection is closed. */
    CUT,
    /** Nothing comes any more. */
    STALL,
    /** Bytes come one by one. */
    SLOW,
    /** Noise comes, without an end. */
    NOISE
  }

  @Override
  public void treat(Socket client) throws IOException {
    try (Socket server = new Socket(InetAddress.getByName("127.0.0.1"), serverPort)) {
      Thread.ofVirtual().start(() -> pass(client, server));
      InputStream in = server.getInputStream();
      OutputStream out = client.getOutputStream();
      byte[] buffer = new byte[8192];
      int left = after;
      while (left > 0) {
        int read = in.read(buffer, 0, Math.min(left, buffer.length));
        if (read < 0) {
          return;
        }
        out.write(buffer, 0, read);
        left -= read;
      }
      switch (spoil) {
        case CUT -> client.close();
        case STALL -> in.transferTo(OutputStream.nullOutputStream());
        case SLOW -> {
          for (int next = in.read(); next >= 0; next = in.read()) {
            Malice.slowly(out, new byte[] {(byte) next});
          }
        }
        case NOISE -> Malice.endlessly(out, Malice.noise(4096));
      }
    }
  }

  private static void pass(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
      to.shutdownOutput();
    } catch (IOException _) {
      // One of them has gone; the other side is told so by its own stream.
    }
  }
}
