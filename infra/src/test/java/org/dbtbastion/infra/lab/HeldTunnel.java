package org.dbtbastion.infra.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import org.dbtbastion.testing.Await;
import org.dbtbastion.testing.SshKeys;

/** A tunnel with a connection through it that stays, as a dbt job has. For use by one thread. */
final class HeldTunnel implements AutoCloseable {

  // The warehouse answers it with one letter as often as it is asked, and waits for the next.
  // Source: PostgreSQL's documentation, "Message Formats", GSSENCRequest.
  private static final byte[] QUESTION = {0, 0, 0, 8, 4, (byte) 210, 22, 48};
  private static final char ANSWER = 'N';
  private static final int ANSWER_MILLIS = 10_000;

  private final Tunnel tunnel;
  private final Socket connection;

  private HeldTunnel(Tunnel tunnel) throws IOException {
    this.tunnel = tunnel;
    this.connection = tunnel.dial();
    connection.setSoTimeout(ANSWER_MILLIS);
  }

  /** Opens one, and returns once the warehouse has answered through it. */
  static HeldTunnel open(DbtClient dbt, SshKeys key) {
    Tunnel tunnel = dbt.forward(Lab.DBT, key);
    try {
      HeldTunnel held = new HeldTunnel(tunnel);
      held.assertCarriesData();
      return held;
    } catch (IOException e) {
      tunnel.close();
      throw new UncheckedIOException(e);
    }
  }

  /** Fails unless the connection that was made at first carries data now. */
  void assertCarriesData() {
    try {
      connection.getOutputStream().write(QUESTION);
      int answer = connection.getInputStream().read();
      if (answer != ANSWER) {
        throw new AssertionError("the warehouse answers " + answer);
      }
    } catch (IOException e) {
      throw new AssertionError("the tunnel carries no data", e);
    }
  }

  /** Fails unless it ends before this time is over. */
  void assertEndsWithin(Duration limit) {
    Await.until("the tunnel ends", limit, () -> !tunnel.client().alive());
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      tunnel.close();
    }
  }
}
