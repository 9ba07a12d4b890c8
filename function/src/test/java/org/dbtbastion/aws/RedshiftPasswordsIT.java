package org.dbtbastion.aws;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.account.RedshiftApiFront;
import org.dbtbastion.standins.net.BrokenServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.services.redshift.RedshiftClient;

class RedshiftPasswordsIT {

  private static final String CANARY = "canary-7391";
  private static final Issuer CLUSTER = new Issuer.Cluster("analytics");
  private static final Issuer WORKGROUP = new Issuer.Workgroup("adhoc");

  @TempDir private static Path folder;
  private static Moto moto;
  private static RedshiftApiFront front;

  private final Deadline deadline = Deadline.in(Duration.ofSeconds(20));

  @BeforeAll
  static void start() {
    moto = Moto.start(folder);
    front = new RedshiftApiFront(moto.endpoint(), user -> CANARY + user);
    front.createWorkgroup("adhoc");
    System.setProperty("aws.region", Moto.REGION);
    System.setProperty("aws.accessKeyId", "test");
    System.setProperty("aws.secretAccessKey", "test");
    try (RedshiftClient redshift = moto.client(RedshiftClient.builder())) {
      redshift.createCluster(
          request ->
              request
                  .clusterIdentifier("analytics")
                  .nodeType("ra3.large")
                  .masterUsername("admin")
                  .masterUserPassword("Passw0rd"));
    }
  }

  @AfterAll
  static void stop() {
    front.close();
    moto.close();
  }

  @BeforeEach
  void mend() {
    front.deny(false);
    front.calls().clear();
    front.useInThisJvm();
  }

  private static RedshiftPasswords passwords() {
    return new RedshiftPasswords(new AwsClients());
  }

  private static Authentication.Iam iam(Issuer issuer, boolean autocreate, String... groups) {
    return new Authentication.Iam(issuer, "dbt", autocreate, List.of(groups));
  }

  @Test
  void asksForAUserOfACluster() {
    Attempt<Credentials> attempt = passwords().forUser(iam(CLUSTER, false), "analytics", deadline);

    assertPassed(attempt, "IAM:dbt");
    assertThat(front.calls())
        .singleElement()
        .satisfies(
            call ->
                assertThat(call)
                    .containsEntry("Action", "GetClusterCredentials")
                    .containsEntry("DbUser", "dbt")
                    .containsEntry("DbName", "analytics")
                    .containsEntry("AutoCreate", "false")
                    .doesNotContainKey("DbGroups.DbGroup.1"));
  }

  @Test
  void asksForAUserThatMayBeCreatedInGroups() {
    Attempt<Credentials> attempt =
        passwords().forUser(iam(CLUSTER, true, "loaders", "transformers"), "analytics", deadline);

    assertPassed(attempt, "IAMA:dbt");
    assertThat(front.calls())
        .singleElement()
        .satisfies(
            call ->
                assertThat(call)
                    .containsEntry("AutoCreate", "true")
                    .containsEntry("DbGroups.DbGroup.1", "loaders")
                    .containsEntry("DbGroups.DbGroup.2", "transformers"));
  }

  @Test
  void asksForTheRolesOwnUserOfACluster() {
    Attempt<Credentials> attempt =
        passwords().forRole(new Authentication.IamRole(CLUSTER), "analytics", deadline);

    assertPassed(attempt, "IAMR:" + RedshiftApiFront.ROLE);
    assertThat(front.calls())
        .singleElement()
        .satisfies(
            call -> assertThat(call).containsEntry("Action", "GetClusterCredentialsWithIAM"));
  }

  @Test
  void asksForTheCallersOwnUserOfAWorkgroup() {
    assertPassed(
        passwords().forUser(iam(WORKGROUP, false), "analytics", deadline),
        "IAMR:" + RedshiftApiFront.ROLE);
    assertPassed(
        passwords().forRole(new Authentication.IamRole(WORKGROUP), "analytics", deadline),
        "IAMR:" + RedshiftApiFront.ROLE);
    assertThat(front.calls()).containsOnly(Map.of("workgroupName", "adhoc", "dbName", "analytics"));
  }

  static List<Issuer> issuers() {
    return List.of(CLUSTER, WORKGROUP);
  }

  @ParameterizedTest
  @MethodSource("issuers")
  void saysThatTheRoleMayNot(Issuer issuer) {
    front.deny(true);

    assertThat(assertFailed(issuer, deadline, Code.ISSUER_REFUSED)).contains("not authorized");
  }

  static List<Issuer> others() {
    return List.of(new Issuer.Cluster("other"), new Issuer.Workgroup("other"));
  }

  @ParameterizedTest
  @MethodSource("others")
  void saysThatThereIsNoSuchIssuer(Issuer issuer) {
    assertThat(assertFailed(issuer, deadline, Code.ISSUER_NOT_FOUND)).contains("other");
  }

  @ParameterizedTest
  @MethodSource("issuers")
  void saysThatTheApiDoesNotAnswer(Issuer issuer) throws Exception {
    try (BrokenServer silent = BrokenServer.silent()) {
      String endpoint = "http://localhost:" + silent.port();
      System.setProperty("aws.endpointUrlRedshift", endpoint);
      System.setProperty("aws.endpointUrlRedshiftServerless", endpoint);

      assertFailed(issuer, Deadline.in(Duration.ofMillis(400)), Code.CREDENTIALS_TIMEOUT);
    }
  }

  private static void assertPassed(Attempt<Credentials> attempt, String user) {
    assertThat(attempt).isInstanceOf(Attempt.Passed.class);
    Attempt.Passed<Credentials> passed = (Attempt.Passed<Credentials>) attempt;
    assertThat(passed.value()).isEqualTo(new Credentials.Password(user, CANARY + user, true));
    assertThat(passed.detail()).contains(user);
    assertThat(passed.toString()).doesNotContain(CANARY);
  }

  /** Returns the detail. */
  private static String assertFailed(Issuer issuer, Deadline deadline, Code code) {
    Attempt<Credentials> attempt =
        passwords().forRole(new Authentication.IamRole(issuer), "analytics", deadline);
    assertThat(attempt).isInstanceOf(Attempt.Failed.class);
    Attempt.Failed<Credentials> failed = (Attempt.Failed<Credentials>) attempt;
    assertThat(failed.code()).as(failed.detail()).isEqualTo(code);
    return failed.detail();
  }
}
