package org.dbtbastion.redshift;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
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
 * <p>No table is read. So it is not known which relations dbt will replace, nor whether the user
 * may select from an external table or in another database: that is said in the detail.
 *
 * @see <a href="https://docs.getdbt.com/reference/database-permissions/redshift-permissions">dbt's
 *     Redshift permissions</a>
 * @see <a href="https://docs.aws.amazon.com/redshift/latest/dg/r_GRANT.html">GRANT</a>
 */
final class Grants {

  /** Names of Redshift have 127 bytes at most. */
  private static final int LONGEST_USER = 128;

  /** A remedy names no more relations than one reads. */
  private static final int NAMED_RELATIONS = 5;

  /**
   * Tables and views, without the tables in which Redshift keeps what materialized views hold,
   * which nobody reads.
   */
  private static final String RELATIONS =
      """
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      join pg_user u on u.usesysid = c.relowner
      where n.nspname = ? and c.relkind in ('r', 'v') and c.relname not like 'mv^_tbl^_^_%' escape '^'
      """;

  private static final String UNREADABLE =
      RELATIONS + " and not has_table_privilege(c.oid, 'select')";

  private static final String OF_OTHERS =
      RELATIONS
          + """
           and u.usename <> current_user
          and not exists (select 1 from pg_user me where me.usename = current_user and me.usesuper)
          """;

  private final Connection session;
  private final org.dbtbastion.connection.Connection wanted;
  private final List<String> missing = new ArrayList<>();
  private final List<String> statements = new ArrayList<>();
  private final List<String> absent = new ArrayList<>();
  private final List<String> ofOthers = new ArrayList<>();
  private final List<String> takeovers = new ArrayList<>();
  private final List<String> unknown = new ArrayList<>();
  private String user;

  Grants(Connection session, org.dbtbastion.connection.Connection wanted) {
    this.session = session;
    this.wanted = wanted;
  }

  Attempt<String> look() throws SQLException {
    user = quoted(Printable.of(texts("select current_user").getFirst(), LONGEST_USER));
    building();
    for (String source : wanted.sources()) {
      source(source);
    }
    systemRelations();
    return judged();
  }

  private Attempt<String> judged() {
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
    List<String> facts = new ArrayList<>();
    facts.add(
        "may build in schemas: %d, may read schemas: %d"
            .formatted(wanted.schemas().size(), wanted.sources().size()));
    facts.addAll(ofOthers);
    facts.addAll(unknown);
    String detail = String.join("; ", facts);
    return ofOthers.isEmpty()
        ? new Attempt.Passed<>(user, detail)
        : new Attempt.Warned<>(
            user,
            Code.RELATIONS_OF_OTHERS,
            detail,
            Map.of("statements", String.join("; ", takeovers)));
  }

  private void building() throws SQLException {
    if (wanted.schemas().isEmpty()) {
      return;
    }
    boolean create = false;
    for (String given : wanted.schemas()) {
      String schema = stored(given);
      // dbt creates what is not there.
      if (!exists(schema)) {
        create = true;
        continue;
      }
      if (!may("has_schema_privilege(?, 'usage')", schema)
          || !may("has_schema_privilege(?, 'create')", schema)) {
        missing.add("USAGE, CREATE on schema " + schema);
        statements.add("GRANT USAGE, CREATE ON SCHEMA %s TO %s".formatted(quoted(schema), user));
      }
      ownership(schema);
    }
    if (create) {
      database("CREATE");
    }
    // Incremental models and snapshots use temporary tables.
    database("TEMP");
  }

  private void database(String privilege) throws SQLException {
    if (!may("has_database_privilege(current_database(), ?)", privilege)) {
      missing.add(privilege + " on database " + wanted.database());
      statements.add(
          "GRANT %s ON DATABASE %s TO %s".formatted(privilege, quoted(wanted.database()), user));
    }
  }

  /** Whoever replaces a relation must own it; no privilege makes up for that in all of dbt. */
  private void ownership(String schema) throws SQLException {
    List<String> names = texts("select c.relname " + OF_OTHERS + " order by 1", schema);
    if (names.isEmpty()) {
      return;
    }
    ofOthers.add(
        "%d tables and views of schema %s have other owners".formatted(names.size(), schema));
    names.stream()
        .limit(NAMED_RELATIONS)
        .map(name -> "ALTER TABLE %s.%s OWNER TO %s".formatted(quoted(schema), quoted(name), user))
        .forEach(takeovers::add);
    if (names.size() > NAMED_RELATIONS) {
      takeovers.add(
          "and so on for %d more of schema %s".formatted(names.size() - NAMED_RELATIONS, schema));
    }
  }

  private void source(String given) throws SQLException {
    String source = stored(given);
    if (exists(source)) {
      sourceHere(source);
      return;
    }
    int dot = given.indexOf('.');
    if (dot > 0 && isElsewhere(given.substring(0, dot), given.substring(dot + 1))) {
      unknown.add("whether the user may select from " + given + " is not known");
    } else {
      absent.add(given);
    }
  }

  private void sourceHere(String source) throws SQLException {
    if (!may("has_schema_privilege(?, 'usage')", source)) {
      missing.add("USAGE on schema " + source);
      statements.add("GRANT USAGE ON SCHEMA %s TO %s".formatted(quoted(source), user));
    }
    if (count("select count(*) from svv_external_schemas where schemaname = ?", source) > 0) {
      unknown.add(
          "whether the user may select from the external schema " + source + " is not known");
      return;
    }
    int unreadable = count("select count(*) " + UNREADABLE, source);
    if (unreadable > 0) {
      missing.add("SELECT on %d tables and views of schema %s".formatted(unreadable, source));
      statements.add(
          "GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s".formatted(quoted(source), user));
      // Whoever loads the source makes tables tomorrow, too.
      for (String owner :
          texts("select distinct u.usename " + UNREADABLE + " order by 1", source)) {
        statements.add(
            "ALTER DEFAULT PRIVILEGES FOR USER %s IN SCHEMA %s GRANT SELECT ON TABLES TO %s"
                .formatted(quoted(owner), quoted(source), user));
      }
    }
  }

  /**
   * Whether there is such a schema in another database, one of a datashare included, as far as the
   * user sees it.
   */
  private boolean isElsewhere(String database, String schema) throws SQLException {
    return count(
            """
            select count(*) from svv_all_schemas
            where lower(database_name) = lower(?) and lower(schema_name) = lower(?)
            """,
            database,
            schema)
        > 0;
  }

  /** dbt reads it where a project has materialized views, and for its documentation. */
  private void systemRelations() throws SQLException {
    if (!wanted.schemas().isEmpty() && !may("has_table_privilege('svv_table_info', 'select')")) {
      unknown.add(
          "a project with materialized views needs: GRANT SELECT ON svv_table_info TO " + user);
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

  private boolean may(String question, String... objects) throws SQLException {
    return count("select case when %s then 1 else 0 end".formatted(question), objects) > 0;
  }

  private int count(String sql, String... parameters) throws SQLException {
    return Integer.parseInt(texts(sql, parameters).getFirst());
  }

  /** The first column of all rows. */
  private List<String> texts(String sql, String... parameters) throws SQLException {
    try (PreparedStatement statement = session.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      try (ResultSet rows = statement.executeQuery()) {
        List<String> texts = new ArrayList<>();
        while (rows.next()) {
          texts.add(rows.getString(1));
        }
        return texts;
      }
    }
  }

  /** Always quoted: then a name means itself, whatever is in it. */
  private static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
