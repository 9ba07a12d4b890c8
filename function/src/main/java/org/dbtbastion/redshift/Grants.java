package org.dbtbastion.redshift;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.text.Printable;

/**
 * What the user of a session may do, beside what dbt does with a connection, and the statements
 * that close the gap, in Redshift's SQL. For one look by one thread.
 *
 * @see <a href="https://docs.getdbt.com/reference/database-permissions/redshift-permissions">dbt's
 *     Redshift permissions</a>
 * @see <a href="https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html">GRANT</a>
 */
final class Grants {

  /** Names of Redshift have 127 bytes at most. */
  private static final int LONGEST_USER = 128;

  private final Connection session;
  private final org.dbtbastion.connection.Connection wanted;
  private final List<String> missing = new ArrayList<>();
  private final List<String> statements = new ArrayList<>();

  Grants(Connection session, org.dbtbastion.connection.Connection wanted) {
    this.session = session;
    this.wanted = wanted;
  }

  Attempt<String> look() throws SQLException {
    String user = quoted(user());
    List<String> absent = new ArrayList<>();
    boolean create = false;
    for (String given : wanted.schemas()) {
      String schema = stored(given);
      // dbt creates what is not there.
      if (!exists(schema)) {
        create = true;
      } else if (!may("has_schema_privilege(?, 'usage')", schema)
          || !may("has_schema_privilege(?, 'create')", schema)) {
        missing.add("USAGE, CREATE on schema " + schema);
        statements.add("GRANT USAGE, CREATE ON SCHEMA %s TO %s".formatted(quoted(schema), user));
      }
    }
    if (create && !may("has_database_privilege(current_database(), 'create')")) {
      missing.add("CREATE on database " + wanted.database());
      statements.add(
          "GRANT CREATE ON DATABASE %s TO %s".formatted(quoted(wanted.database()), user));
    }
    for (String given : wanted.sources()) {
      String source = stored(given);
      if (!exists(source)) {
        absent.add(given);
      } else {
        source(source, user);
      }
    }
    String noSchema = "there is no schema " + String.join(", ", absent);
    if (!statements.isEmpty()) {
      return new Attempt.Failed<>(
          Code.GRANTS_MISSING,
          "missing: " + String.join("; ", missing) + (absent.isEmpty() ? "" : "; " + noSchema),
          Map.of("statements", String.join("; ", statements)));
    }
    if (!absent.isEmpty()) {
      return new Attempt.Failed<>(Code.SCHEMA_MISSING, noSchema);
    }
    return new Attempt.Passed<>(
        user,
        "may build in schemas: %d, may read schemas: %d"
            .formatted(wanted.schemas().size(), wanted.sources().size()));
  }

  private void source(String source, String user) throws SQLException {
    if (!may("has_schema_privilege(?, 'usage')", source)) {
      missing.add("USAGE on schema " + source);
      statements.add("GRANT USAGE ON SCHEMA %s TO %s".formatted(quoted(source), user));
    }
    int unreadable = unreadable(source);
    if (unreadable > 0) {
      missing.add("SELECT on %d tables and views of schema %s".formatted(unreadable, source));
      statements.add(
          "GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s".formatted(quoted(source), user));
    }
  }

  private String user() throws SQLException {
    try (Statement statement = session.createStatement();
        ResultSet rows = statement.executeQuery("select current_user")) {
      rows.next();
      return Printable.of(rows.getString(1), LONGEST_USER);
    }
  }

  /**
   * The name that a schema has. Redshift keeps names in lower case, quoted ones too, but while
   * enable_case_sensitive_identifier is on.
   *
   * @see <a href="https://docs.aws.amazon.com/redshift/latest/dg/r_names.html">Names and
   *     identifiers</a>
   */
  private String stored(String schema) throws SQLException {
    return exists(schema) ? schema : schema.toLowerCase(Locale.ROOT);
  }

  private boolean exists(String schema) throws SQLException {
    return count("select count(*) from pg_namespace where nspname = ?", schema) > 0;
  }

  /**
   * Tables and views of a schema that the user may not read; without the tables in which Redshift
   * keeps what materialized views hold, which nobody reads.
   */
  private int unreadable(String schema) throws SQLException {
    return count(
        """
        select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = ? and c.relkind in ('r', 'v') and not has_table_privilege(c.oid, 'select')
        and c.relname not like 'mv^_tbl^_^_%' escape '^'
        """,
        schema);
  }

  private boolean may(String question, String... objects) throws SQLException {
    return count("select case when %s then 1 else 0 end".formatted(question), objects) > 0;
  }

  private int count(String sql, String... parameters) throws SQLException {
    try (PreparedStatement statement = session.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        rows.next();
        return rows.getInt(1);
      }
    }
  }

  /** Always quoted: then a name means itself, whatever is in it. */
  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
