package org.dbtbastion.redshift;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.dbtbastion.check.WarehouseClient;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;

/** A session of the driver. Not thread-safe. */
final class RedshiftSession implements WarehouseClient.Session {

  // As long as a value may be: more than any packet.
  private static final int LARGE_RESULT = 65_535;

  private final java.sql.Connection connection;
  private final Credentials credentials;
  private volatile boolean smallResultArrived;

  RedshiftSession(java.sql.Connection connection, Credentials credentials) {
    this.connection = connection;
    this.credentials = credentials;
  }

  @Override
  public Attempt<String> query(Deadline deadline) {
    // `select 1 as id` is what `dbt debug` asks; pid and version tell who answered.
    try (Statement statement = connection.createStatement()) {
      String version;
      int pid;
      try (ResultSet rows =
          statement.executeQuery("select 1 as id, pg_backend_pid() as pid, version()")) {
        rows.next();
        version = String.valueOf(rows.getString(3));
        pid = rows.getInt(2);
      }
      smallResultArrived = true;
      try (ResultSet rows =
          statement.executeQuery("select repeat('x', %d)".formatted(LARGE_RESULT))) {
        rows.next();
        if (String.valueOf(rows.getString(1)).length() != LARGE_RESULT) {
          return new Attempt.Failed<>(Code.QUERY_FAILED, "a large result arrived in part");
        }
      }
      int redshift = version.indexOf("Redshift");
      return new Attempt.Passed<>(
          version,
          "backend %d, %s".formatted(pid, redshift < 0 ? version : version.substring(redshift)));
    } catch (SQLException e) {
      return SqlFailure.ofQuery(e, credentials);
    } catch (OutOfMemoryError _) {
      return SqlFailure.tooLarge(Code.QUERY_FAILED);
    }
  }

  @Override
  public Attempt.Failed<String> queryTimeout() {
    return smallResultArrived
        ? new Attempt.Failed<>(
            Code.LARGE_RESULT_TIMEOUT,
            "a result of %d bytes did not arrive".formatted(LARGE_RESULT))
        : new Attempt.Failed<>(Code.QUERY_TIMEOUT, "no answer to select 1");
  }

  @Override
  public Attempt<String> grants(Connection wanted, Deadline deadline) {
    try {
      return new Grants(connection, wanted).look();
    } catch (SQLException e) {
      return SqlFailure.ofQuery(e, credentials);
    } catch (OutOfMemoryError _) {
      return SqlFailure.tooLarge(Code.QUERY_FAILED);
    }
  }

  @Override
  public Attempt<String> answers(Duration limit) {
    try (Statement statement = connection.createStatement()) {
      // Of the socket: a query's own time-out would be sent to a server that does not answer.
      connection.setNetworkTimeout(Runnable::run, Math.toIntExact(limit.toMillis()));
      try (ResultSet rows = statement.executeQuery("select 1 as id")) {
        rows.next();
        return new Attempt.Passed<>(rows.getString(1), "answers");
      }
    } catch (SQLException e) {
      return SqlFailure.ofQuery(e, credentials);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException _) {
      // The server ends the session when the socket is gone.
    }
  }
}
