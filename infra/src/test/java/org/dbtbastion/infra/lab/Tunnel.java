package org.dbtbastion.infra.lab;

import java.io.IOException;
import java.net.Socket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.dbtbastion.testing.ChildProcess;

/** A client's forward to the warehouse, through which sessions are opened as dbt opens them. */
final class Tunnel implements AutoCloseable {

  // A session outlives a pause of the network.
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Duration GOODBYE = Duration.ofSeconds(2);

  private final Lab lab;
  private final ChildProcess client;
  private final int port;

  /**
   * One that is open.
   *
   * @param client the ssh client that holds it
   * @param port where it begins, on the loopback interface of the dbt platform
   */
  Tunnel(Lab lab, ChildProcess client, int port) {
    this.lab = lab;
    this.client = client;
    this.port = port;
  }

  /** The ssh client that holds it. */
  ChildProcess client() {
    return client;
  }

  /** A connection through it. The caller closes it. */
  Socket dial() throws IOException {
    return lab.dbt().dial("127.0.0.1", port);
  }

  /**
   * Opens a session in the warehouse. The caller closes it.
   *
   * @param name what the warehouse calls it, in {@code pg_stat_activity.application_name}
   */
  Session connect(String name) {
    try {
      return new Session(RedshiftDriver.connect(lab.warehouse(), this::dial, PATIENCE, name));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A session in the warehouse. */
  record Session(Connection connection) implements AutoCloseable {

    /** Asks the warehouse for the session's number: another one for each connection. */
    int number() {
      try (Statement statement = connection.createStatement();
          ResultSet result = statement.executeQuery("select pg_backend_pid()")) {
        result.next();
        return result.getInt(1);
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    /** Whether the warehouse answers in time, to whole seconds. If not, the session is closed. */
    boolean answersWithin(Duration limit) {
      try {
        return connection.isValid((int) limit.toSeconds());
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() {
      try {
        if (!connection.isClosed()) {
          // TLS waits for the other side's goodbye, which may be gone.
          connection.setNetworkTimeout(Runnable::run, (int) GOODBYE.toMillis());
        }
        connection.close();
      } catch (SQLException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  /** Ends the client, and so the tunnel. */
  @Override
  public void close() {
    client.close();
  }
}
