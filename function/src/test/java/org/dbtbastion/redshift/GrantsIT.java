package org.dbtbastion.redshift;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import org.dbtbastion.check.WarehouseClient;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.standins.redshift.RedshiftStandIn;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What dbt needs after the login. The statements of each remedy are run as they are, and mend it.
 */
class GrantsIT {

  private static final String TRUST_STORE = "javax.net.ssl.trustStore";

  @TempDir private static Path folder;
  private static RedshiftStandIn redshift;

  private final Deadline deadline = Deadline.in(Duration.ofSeconds(20));

  @BeforeAll
  static void start() {
    redshift = RedshiftStandIn.start(folder.resolve("redshift"));
    // Read at the first TLS connection of this JVM.
    System.setProperty(TRUST_STORE, redshift.caTrustStore().toString());
    redshift.execute("create table public.innocent (id int)");
  }

  @AfterAll
  static void stop() {
    System.clearProperty(TRUST_STORE);
    redshift.close();
  }

  /** A user who may do all that dbt needs, and nothing else. */
  @BeforeEach
  void grantAll() {
    redshift.execute(
        """
        create schema dbt_prod; create schema dbt_ci; create schema raw; create schema events;
        create table raw.orders (id int); create view raw.open_orders as select * from raw.orders;
        create table events.clicks (id int);
        grant usage, create on schema dbt_prod, dbt_ci to dbt_user;
        grant usage on schema raw, events to dbt_user;
        grant select on all tables in schema raw, events to dbt_user;
        grant create on database analytics to dbt_user;
        grant temporary on database analytics to public;
        grant select on svv_table_info to dbt_user
        """);
  }

  @AfterEach
  void dropAll() {
    redshift.execute(
        """
        drop schema if exists dbt_prod, dbt_ci, raw, events, "we""ird; drop" cascade;
        revoke create, temporary on database analytics from dbt_user;
        truncate svv_all_schemas; truncate svv_external_schemas
        """);
  }

  @Test
  void whoMayDoAllIsNotBlamed() {
    assertThat(grants(List.of("dbt_prod", "dbt_ci", "not_there_yet"), List.of("raw", "events")))
        .isInstanceOfSatisfying(
            Attempt.Passed.class,
            passed ->
                assertThat(passed.detail())
                    .isEqualTo("may build in schemas: 3, may read schemas: 2"));
  }

  /** In Redshift's grammar, which PostgreSQL's contains. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "revoke usage on schema dbt_ci from dbt_user | USAGE, CREATE on schema dbt_ci"
            + " | GRANT USAGE, CREATE ON SCHEMA \"dbt_ci\" TO \"dbt_user\"",
        "revoke create on schema dbt_ci from dbt_user | USAGE, CREATE on schema dbt_ci"
            + " | GRANT USAGE, CREATE ON SCHEMA \"dbt_ci\" TO \"dbt_user\"",
        "revoke create on database analytics from dbt_user | CREATE on database analytics"
            + " | GRANT CREATE ON DATABASE \"analytics\" TO \"dbt_user\"",
        "revoke temporary on database analytics from public | TEMP on database analytics"
            + " | GRANT TEMP ON DATABASE \"analytics\" TO \"dbt_user\"",
        "revoke usage on schema events from dbt_user | USAGE on schema events"
            + " | GRANT USAGE ON SCHEMA \"events\" TO \"dbt_user\"",
        "revoke select on raw.orders from dbt_user | SELECT on 1 tables and views of schema raw"
            + " | GRANT SELECT ON ALL TABLES IN SCHEMA \"raw\" TO \"dbt_user\";"
            + " ALTER DEFAULT PRIVILEGES FOR USER \"postgres\" IN SCHEMA \"raw\""
            + " GRANT SELECT ON TABLES TO \"dbt_user\"",
        "revoke select on raw.open_orders from dbt_user"
            + " | SELECT on 1 tables and views of schema raw"
            + " | GRANT SELECT ON ALL TABLES IN SCHEMA \"raw\" TO \"dbt_user\";"
            + " ALTER DEFAULT PRIVILEGES FOR USER \"postgres\" IN SCHEMA \"raw\""
            + " GRANT SELECT ON TABLES TO \"dbt_user\"",
      })
  void namesTheOneThatIsMissingAndTheStatementThatMendsIt(
      String revoke, String missing, String statement) {
    List<String> schemas = List.of("dbt_prod", "dbt_ci", "not_there_yet");
    List<String> sources = List.of("raw", "events");
    redshift.execute(revoke);

    assertThat(grants(schemas, sources))
        .isEqualTo(
            new Attempt.Failed<>(
                Code.GRANTS_MISSING, "missing: " + missing, Map.of("statements", statement)));

    redshift.execute(statement);
    assertThat(grants(schemas, sources)).isInstanceOf(Attempt.Passed.class);
  }

  @Test
  void namesAllThatAreMissing() {
    redshift.execute(
        """
        revoke create on database analytics from dbt_user;
        revoke all on schema dbt_prod, raw from dbt_user;
        revoke select on all tables in schema raw from dbt_user
        """);
    List<String> schemas = List.of("dbt_prod", "dbt_ci", "not_there_yet");

    Attempt<String> attempt = grants(schemas, List.of("raw", "events"));

    Attempt.Failed<String> failed = (Attempt.Failed<String>) attempt;
    assertThat(failed.detail())
        .isEqualTo(
            "missing: USAGE, CREATE on schema dbt_prod; CREATE on database analytics;"
                + " USAGE on schema raw; SELECT on 2 tables and views of schema raw");
    redshift.execute(failed.names().get("statements"));
    assertThat(grants(schemas, List.of("raw", "events"))).isInstanceOf(Attempt.Passed.class);
  }

  @Test
  void theRemedyHoldsForTablesThatAreMadeTomorrow() {
    redshift.execute("revoke select on raw.orders from dbt_user");
    Attempt.Failed<String> failed = (Attempt.Failed<String>) grants(List.of(), List.of("raw"));

    redshift.execute(failed.names().get("statements"));
    redshift.execute("create table raw.returns (id int)");

    assertThat(grants(List.of(), List.of("raw"))).isInstanceOf(Attempt.Passed.class);
  }

  /** dbt replaces what it has built; the warehouse lets only owners do so. */
  @Test
  void warnsOfRelationsThatOthersOwnWhereDbtBuilds() {
    redshift.execute(
        """
        create table dbt_prod.orders (id int); create view dbt_prod.open as select 1 as id;
        grant all on all tables in schema dbt_prod to dbt_user;
        create table dbt_ci.own (id int); alter table dbt_ci.own owner to dbt_user
        """);

    Attempt<String> attempt = grants(List.of("dbt_prod", "dbt_ci"), List.of());

    Map<String, String> statements =
        Map.of(
            "statements",
            "ALTER TABLE \"dbt_prod\".\"open\" OWNER TO \"dbt_user\";"
                + " ALTER TABLE \"dbt_prod\".\"orders\" OWNER TO \"dbt_user\"");
    assertThat(attempt)
        .isEqualTo(
            new Attempt.Warned<>(
                "\"dbt_user\"",
                Code.RELATIONS_OF_OTHERS,
                "may build in schemas: 2, may read schemas: 0;"
                    + " 2 tables and views of schema dbt_prod have other owners",
                statements));
    redshift.execute(statements.get("statements"));
    assertThat(grants(List.of("dbt_prod", "dbt_ci"), List.of())).isInstanceOf(Attempt.Passed.class);
  }

  @Test
  void namesFiveRelationsOfOthersAndTheNumberOfAllOthers() {
    for (int i = 1; i <= 7; i++) {
      redshift.execute("create table dbt_prod.t%d (id int)".formatted(i));
    }

    Attempt.Warned<String> warned = (Attempt.Warned<String>) grants(List.of("dbt_prod"), List.of());

    assertThat(warned.names().get("statements"))
        .contains("\"t5\"")
        .doesNotContain("\"t6\"")
        .endsWith("; and so on for 2 more of schema dbt_prod");
  }

  @Test
  void aSourceInAnotherDatabaseIsLookedForThere() {
    redshift.execute("insert into svv_all_schemas values ('lake', 'sales')");

    assertThat(grants(List.of(), List.of("lake.sales")))
        .isInstanceOfSatisfying(
            Attempt.Passed.class,
            passed ->
                assertThat(passed.detail())
                    .endsWith("whether the user may select from lake.sales is not known"));
    assertThat(grants(List.of(), List.of("lake.returns")))
        .isEqualTo(new Attempt.Failed<>(Code.SCHEMA_MISSING, "there is no schema lake.returns"));
  }

  @Test
  void ofAnExternalSchemaOnlyItsUseIsKnown() {
    redshift.execute(
        "insert into svv_external_schemas values ('raw');"
            + " revoke select on raw.orders from dbt_user");

    assertThat(grants(List.of(), List.of("raw")))
        .isInstanceOfSatisfying(
            Attempt.Passed.class,
            passed ->
                assertThat(passed.detail())
                    .endsWith(
                        "whether the user may select from the external schema raw is not known"));
    redshift.execute("revoke usage on schema raw from dbt_user");
    assertThat(grants(List.of(), List.of("raw"))).isInstanceOf(Attempt.Failed.class);
  }

  @Test
  void saysWhatAProjectWithMaterializedViewsNeeds() {
    redshift.execute("revoke select on svv_table_info from dbt_user");

    assertThat(grants(List.of("dbt_prod"), List.of()))
        .isInstanceOfSatisfying(
            Attempt.Passed.class,
            passed ->
                assertThat(passed.detail())
                    .endsWith(
                        "a project with materialized views needs:"
                            + " GRANT SELECT ON svv_table_info TO \"dbt_user\""));
  }

  /** Who may not create schemas need not, where they are all there. */
  @Test
  void creatingSchemasIsNotNeededWhereAllAreThere() {
    redshift.execute("revoke create on database analytics from dbt_user");

    assertThat(grants(List.of("dbt_prod", "dbt_ci"), List.of())).isInstanceOf(Attempt.Passed.class);
  }

  @Test
  void namesASourceThatIsNotThere() {
    assertThat(grants(List.of("dbt_prod"), List.of("raw", "sales")))
        .isEqualTo(new Attempt.Failed<>(Code.SCHEMA_MISSING, "there is no schema sales"));
  }

  @Test
  void namesASourceThatIsNotThereBesideWhatIsMissing() {
    redshift.execute("revoke usage on schema events from dbt_user");

    Attempt.Failed<String> failed =
        (Attempt.Failed<String>) grants(List.of(), List.of("events", "sales"));

    assertThat(failed.detail())
        .isEqualTo("missing: USAGE on schema events; there is no schema sales");
  }

  @Test
  void namesInUpperCaseAreThoseThatRedshiftKeepsInLowerCase() {
    assertThat(grants(List.of("DBT_PROD"), List.of("RAW"))).isInstanceOf(Attempt.Passed.class);
  }

  @Test
  void nobodyReadsTheTablesBehindMaterializedViews() {
    redshift.execute("create table raw.mv_tbl__daily__0 (id int)");

    assertThat(grants(List.of(), List.of("raw"))).isInstanceOf(Attempt.Passed.class);
  }

  @Test
  void aNameMeansItselfWhateverIsInIt() {
    redshift.execute("create schema \"we\"\"ird; drop\"");

    Attempt.Failed<String> failed =
        (Attempt.Failed<String>) grants(List.of("we\"ird; drop"), List.of());

    assertThat(failed.names())
        .containsEntry(
            "statements", "GRANT USAGE, CREATE ON SCHEMA \"we\"\"ird; drop\" TO \"dbt_user\"");
    redshift.execute(failed.names().get("statements"));
    assertThat(grants(List.of("we\"ird; drop"), List.of())).isInstanceOf(Attempt.Passed.class);
  }

  @Test
  void aUserOfIamIsNamedWithItsPrefix() {
    String password = redshift.issuePassword("IAMR:dbt-role");

    Attempt.Failed<String> failed =
        (Attempt.Failed<String>)
            with(
                new Credentials.Password("IAMR:dbt-role", password, true),
                List.of("dbt_prod"),
                List.of(),
                session -> session.grants(connection(List.of("dbt_prod"), List.of()), deadline));

    assertThat(failed.names())
        .containsEntry(
            "statements", "GRANT USAGE, CREATE ON SCHEMA \"dbt_prod\" TO \"IAMR:dbt-role\"");
  }

  @Test
  void theFirstQueriesTellWhoAnsweredAndCarryALargeResult() {
    Attempt<String> attempt =
        with(password(), List.of(), List.of(), session -> session.query(deadline));

    assertThat(attempt)
        .isInstanceOfSatisfying(
            Attempt.Passed.class,
            passed -> assertThat(passed.detail()).matches("backend \\d+, Redshift 1\\.0\\.\\d+"));
  }

  private static Credentials password() {
    return new Credentials.Password(redshift.user(), redshift.password(), false);
  }

  private Attempt<String> grants(List<String> schemas, List<String> sources) {
    return with(
        password(),
        schemas,
        sources,
        session -> session.grants(connection(schemas, sources), deadline));
  }

  /** What somebody asks of a session. */
  private interface Question {
    Attempt<String> ask(WarehouseClient.Session session);
  }

  private Attempt<String> with(
      Credentials credentials, List<String> schemas, List<String> sources, Question question) {
    Attempt<WarehouseClient.Session> login =
        new RedshiftWarehouse()
            .login(connection(schemas, sources), credentials, GrantsIT::dial, deadline);
    assertThat(login).isInstanceOf(Attempt.Passed.class);
    try (WarehouseClient.Session session =
        ((Attempt.Passed<WarehouseClient.Session>) login).value()) {
      return question.ask(session);
    }
  }

  private static Socket dial() throws IOException {
    return new Socket(redshift.address(), redshift.port());
  }

  private static Connection connection(List<String> schemas, List<String> sources) {
    return new Connection(
        "c",
        redshift.host(),
        redshift.port(),
        redshift.database(),
        Optional.empty(),
        names(schemas),
        names(sources));
  }

  private static SequencedSet<String> names(List<String> names) {
    return new LinkedHashSet<>(names);
  }
}
