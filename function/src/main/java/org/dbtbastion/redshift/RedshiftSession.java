package org.dbtbastion.redshift;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.dbtbastion.check.Attempt;
import org.dbtbastion.check.Credentials;
import org.dbtbastion.check.Warehouse;
import org.dbtbastion.deadline.Deadline;

/** A session of the driver. For one thread at a time. */
final class RedshiftSession implements Warehouse.Session {

  private final java.sql.Connection connection;
  private final Credentials credentials;

  RedshiftSession(java.sql.Connection connection, Credentials credentials) {
    this.connection = connection;
    this.credentials = credentials;
  }

  @Override
  public Attempt<String> query(Deadline deadline) {
    // `select 1 as id` is what `dbt debug` asks; pid and version tell who answered.
    try (Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("select 1 as id, pg_backend_pid() as pid, version()")) {
      rows.next();
      String version = rows.getString(3);
      int redshift = version.indexOf("Redshift");
      return new Attempt.Passed<>(
          version,
          "backend "
              + rows.getInt(2)
              + ", "
              + (redshift < 0 ? version : version.substring(redshift)));
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
