package org.dbtbastion.local.client;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;

/** A session in the warehouse. */
public record Session(Connection connection) implements AutoCloseable {

  private static final Duration GOODBYE = Duration.ofSeconds(2);

  /** Asks the warehouse for the session's number: another one for each connection. */
  public int number() {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("select pg_backend_pid()")) {
      result.next();
      return result.getInt(1);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether the warehouse answers in time, to whole seconds. If not, the session is closed. */
  public boolean answersWithin(Duration limit) {
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
