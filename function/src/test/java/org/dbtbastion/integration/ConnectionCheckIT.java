package org.dbtbastion.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.dbtbastion.check.ConnectionCheck;
import org.dbtbastion.check.Options;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.credentials.CredentialsSource;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.deployment.Deployment;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshAccess;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.redshift.RedshiftWarehouse;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.LoginsResult;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.Stage;
import org.dbtbastion.report.StageResult;
import org.dbtbastion.report.StageResult.Outcome;
import org.dbtbastion.socket.Dns;
import org.dbtbastion.standins.net.BrokenServer;
import org.dbtbastion.standins.net.SilentPort;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.redshift.RedshiftStandIn;
import org.dbtbastion.standins.redshift.RedshiftStandIn.Fault;
import org.dbtbastion.standins.ssh.BastionSshd;
import org.dbtbastion.standins.ssh.SshKeys;
import org.dbtbastion.tunnel.JschSsh;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every cause is brought about for real: in sshd, in PostgreSQL, in its gateway or on the port. */
class ConnectionCheckIT {

  /** Short, so that what never answers is found out soon; long enough for what does. */
  private static final Duration LIMIT = Duration.ofSeconds(3);

  /** For a stage that nobody answers, however long it waits. */
  private static final Duration SHORT = Duration.ofSeconds(1);

  private static final Duration YOUNG = Duration.ofMinutes(4);
  private static final Duration OLD = Duration.ofMinutes(6);

  @TempDir private static Path folder;
  private static RedshiftStandIn redshift;
  private static BastionSshd bastion;
  private static SshKeys checkKey;

  private final List<Throwable> unexpected = new ArrayList<>();
  private final List<Report> reports = new ArrayList<>();
  private final FakeDeployment deployment = new FakeDeployment();
  private Dns.Resolver resolver = InetAddress::getAllByName;
  private Optional<Stage> silentStage = Optional.empty();
  private int sshPort;
  private String host;
  private int port;
  private String database;
  private Optional<Authentication> authentication =
      Optional.of(new Authentication.Database("dbt/analytics"));
  private SequencedSet<String> schemas = new LinkedHashSet<>(List.of("dbt_prod"));

  @BeforeAll
  static void start() {
    redshift = RedshiftStandIn.start(folder.resolve("redshift"));
    // So that dbt could create the schemas that it builds in.
    redshift.execute("grant create on database analytics to " + redshift.user());
    System.setProperty("javax.net.ssl.trustStore", redshift.caTrustStore().toString());
    bastion =
        BastionSshd.start(
            folder.resolve("bastion"), List.of(redshift.host() + ":" + redshift.port()));
    checkKey = SshKeys.ed25519(folder, "check");
  }

  @AfterAll
  static void stop() {
    bastion.close();
    redshift.close();
  }

  @BeforeEach
  void allIsWell() {
    redshift.behave(Fault.NONE);
    bastion.authorize(checkKey);
    sshPort = bastion.port();
    host = redshift.host();
    port = redshift.port();
    database = redshift.database();
  }

  @AfterEach
  void nothingSecretIsReported() {
    redshift.behave(Fault.NONE);
    assertThat(reports.toString()).doesNotContain(redshift.password()).doesNotContain("canary");
    assertThat(checkKey.privateKeyText().lines().filter(line -> !line.startsWith("---")))
        .isNotEmpty()
        .noneMatch(reports.toString()::contains);
  }

  @Test
  void passesEveryStageOfBothRoutes() {
    Report report = check(EnumSet.allOf(Route.class));

    assertThat(report.ok()).as("%s", report).isTrue();
    assertThat(report.results()).hasSize(2);
    for (RouteResult result : report.results()) {
      assertThat(result.stages().stream().map(StageResult::stage))
          .isEqualTo(result.route().stages());
      assertThat(result.stages())
          .allSatisfy(stage -> assertThat(stage.outcome()).isInstanceOf(Outcome.Passed.class));
    }
    assertThat(report.toString()).contains("Redshift 1.0").doesNotContain(redshift.password());
  }

  @Test
  void checksEachHostByItself() {
    deployment.hosts = found(host("i-bad", "127.0.0.9", OLD), host("i-good", "127.0.0.1", OLD));

    Report report = check(Set.of(Route.TUNNEL));

    assertThat(report.ok()).isFalse();
    assertThat(report.results())
        .extracting(result -> result.host().orElseThrow(), RouteResult::ok)
        .containsExactly(tuple("i-bad", false), tuple("i-good", true));
  }

  @Test
  void warnsOfAHostThatMayBeBootingBesideOneThatHadTime() {
    deployment.hosts = found(host("i-new", "127.0.0.9", YOUNG), host("i-old", "127.0.0.1", OLD));

    Report report = check(Set.of(Route.TUNNEL));

    assertThat(report.ok()).as("%s", report).isTrue();
    RouteResult booting = report.results().getFirst();
    assertThat(booting.stages().get(1).outcome())
        .isInstanceOfSatisfying(
            Outcome.Warned.class,
            warned -> {
              assertThat(warned.code()).isEqualTo(Code.BASTION_BOOTING);
              assertThat(warned.detail()).contains("127.0.0.9:" + sshPort).contains("refused");
              assertThat(warned.remedy()).contains("i-new");
            });
    assertThat(skipped(booting).values())
        .hasSize(Route.TUNNEL.stages().size() - 2)
        .containsOnly(Optional.of("the host may be booting"));
  }

  @Test
  void aHostThatMayBeBootingIsLeftOutOfManyLogins() {
    deployment.hosts = found(host("i-new", "127.0.0.9", YOUNG), host("i-old", "127.0.0.1", OLD));

    Report report = check(Set.of(Route.TUNNEL), new Options(true, Optional.empty(), 3));

    assertThat(report.ok()).as("%s", report).isTrue();
    assertThat(report.logins())
        .extracting(LoginsResult::host, LoginsResult::accepted)
        .containsExactly(tuple(Optional.of("i-old"), 3));
  }

  @Test
  void aHostThatHadTimeToBootIsNotLeftOutOfManyLogins() {
    deployment.hosts = found(host("i-bad", "127.0.0.9", OLD), host("i-good", "127.0.0.1", OLD));

    assertThat(check(Set.of(Route.TUNNEL), new Options(true, Optional.empty(), 3)).logins())
        .extracting(LoginsResult::host, LoginsResult::accepted)
        .containsExactly(tuple(Optional.of("i-bad"), 0), tuple(Optional.of("i-good"), 3));
  }

  @Test
  void withoutLoginTlsIsTheLastStageAndNobodyLogsIn() {
    Report report = check(EnumSet.allOf(Route.class), new Options(false, Optional.empty(), 0));

    assertThat(report.ok()).as("%s", report).isTrue();
    assertThat(report.results())
        .hasSize(2)
        .allSatisfy(
            result -> {
              assertThat(skipped(result))
                  .containsOnlyKeys(Stage.CREDENTIALS, Stage.LOGIN, Stage.QUERY, Stage.GRANTS)
                  .containsValue(Optional.of("this check does not log in"));
            });
  }

  @Test
  void warnsOfASilentHostThatMayBeBooting() {
    silentStage = Optional.of(Stage.BASTION_TCP);
    try (SilentPort silent = SilentPort.open()) {
      sshPort = silent.port();
      deployment.hosts = found(host("i-new", "127.0.0.1", YOUNG), host("i-old", "127.0.0.1", OLD));

      assertThat(check(Set.of(Route.TUNNEL)).results())
          .extracting(RouteResult::ok)
          .containsExactly(true, false);
    }
  }

  @Test
  void hostsThatAllMayBeBootingServeNobody() {
    deployment.hosts = found(host("i-1", "127.0.0.8", YOUNG), host("i-2", "127.0.0.9", YOUNG));

    Report report = check(Set.of(Route.TUNNEL));

    assertThat(report.results())
        .hasSize(2)
        .allSatisfy(result -> assertFailed(result, Stage.BASTION_TCP, Code.BASTION_REFUSED));
  }

  @Test
  void aYoungHostThatListensIsCheckedLikeAnyOther() {
    bastion.authorize();
    deployment.hosts = found(host("i-new", "127.0.0.1", YOUNG), host("i-old", "127.0.0.1", OLD));

    assertThat(check(Set.of(Route.TUNNEL)).results())
        .hasSize(2)
        .allSatisfy(result -> assertFailed(result, Stage.SSH_AUTH, Code.SSH_KEY_REFUSED));
  }

  @Test
  void skipsWhatComesAfterAFailure() {
    redshift.behave(Fault.DOWN);

    RouteResult result = check(Set.of(Route.DIRECT)).results().getFirst();

    assertThat(result.stages().stream().map(stage -> stage.outcome().getClass().getSimpleName()))
        .containsExactly("Passed", "Failed", "Skipped", "Skipped", "Skipped", "Skipped", "Skipped");
    assertThat(skipped(result).values()).containsOnly(Optional.empty());
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void withoutASecretProvesAllUpToTls(Route route) {
    authentication = Optional.empty();
    deployment.credentials = null;

    Report report = check(Set.of(route));

    assertThat(report.ok()).as("%s", report).isTrue();
    RouteResult result = report.results().getFirst();
    assertThat(result.stages().stream().map(StageResult::stage)).isEqualTo(route.stages());
    int tls = route.stages().indexOf(Stage.TLS);
    assertThat(result.stages().subList(0, tls + 1))
        .allSatisfy(stage -> assertThat(stage.outcome()).isInstanceOf(Outcome.Passed.class));
    assertThat(skipped(result).keySet())
        .containsExactly(Stage.CREDENTIALS, Stage.LOGIN, Stage.QUERY, Stage.GRANTS);
    assertThat(skipped(result).values())
        .allSatisfy(
            detail ->
                assertThat(detail.orElseThrow())
                    .contains("no authentication is described")
                    .contains("deploy with a secret"));
    assertThat(unexpected).isEmpty();
  }

  @Test
  void withoutSchemasNoGrantsAreAskedFor() {
    schemas = new LinkedHashSet<>();

    Report report = check(EnumSet.allOf(Route.class));

    assertThat(report.ok()).as("%s", report).isTrue();
    assertThat(report.results())
        .allSatisfy(
            result ->
                assertThat(skipped(result))
                    .isEqualTo(
                        Map.of(Stage.GRANTS, Optional.of("no schemas or sources are described"))));
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void withoutASecretAFailureIsStillAFailure(Route route) {
    authentication = Optional.empty();
    redshift.behave(Fault.UNTRUSTED_CERTIFICATE);

    RouteResult result = check(Set.of(route)).results().getFirst();

    assertFailed(result, Stage.TLS, Code.CERTIFICATE_UNTRUSTED);
    assertThat(skipped(result).values()).hasSize(4).containsOnly(Optional.empty());
  }

  @Test
  void aHangingConnectionDelaysNoOther() {
    redshift.behave(Fault.SILENT_AT_LOGIN);
    long begin = System.nanoTime();

    Report report = check(EnumSet.allOf(Route.class));

    assertThat(report.results()).allSatisfy(r -> assertFailed(r, Stage.LOGIN, Code.LOGIN_TIMEOUT));
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(LIMIT.multipliedBy(2));
  }

  @Test
  void reportsByTheDeadlineOfTheWhole() throws InterruptedException {
    redshift.behave(Fault.SILENT_AT_LOGIN);

    Report report =
        check().check(List.of(connection()), Set.of(Route.DIRECT), Deadline.in(LIMIT.dividedBy(3)));

    assertFailed(report.results().getFirst(), Stage.LOGIN, Code.OUT_OF_TIME);
  }

  @Test
  void nothingToCheckIsNotWell() throws InterruptedException {
    assertThat(check().check(List.of(), EnumSet.allOf(Route.class), Deadline.in(LIMIT)).ok())
        .isFalse();
  }

  // Direct

  @Test
  void namesAHostNameThatIsNone() {
    host = "no-such-host.invalid";

    assertDirect(Stage.DNS, Code.NAME_NOT_FOUND);
  }

  @Test
  void namesNameServersThatAreSilent() {
    resolver =
        _ -> {
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            throw new UnknownHostException(e.getMessage());
          }
          return null;
        };

    assertSilent(Route.DIRECT, Stage.DNS, Code.DNS_TIMEOUT);
  }

  @Test
  void warnsOfAPublicAddress() {
    InetAddress documentation = address(203, 0, 113, 7);
    resolver = _ -> new InetAddress[] {InetAddress.getLoopbackAddress(), documentation};

    RouteResult result = check(Set.of(Route.DIRECT)).results().getFirst();

    assertThat(result.ok()).isTrue();
    assertThat(result.stages().getFirst().outcome())
        .isInstanceOfSatisfying(
            Outcome.Warned.class,
            warned -> {
              assertThat(warned.code()).isEqualTo(Code.PUBLIC_ADDRESS);
              assertThat(warned.detail()).contains("203.0.113.7");
            });
  }

  @Test
  void namesAPortThatRefuses() {
    redshift.behave(Fault.DOWN);

    assertDirect(Stage.TCP, Code.TCP_REFUSED);
  }

  @Test
  void namesAPortThatIsSilent() {
    try (SilentPort silent = SilentPort.open()) {
      port = silent.port();

      assertSilent(Route.DIRECT, Stage.TCP, Code.TCP_TIMEOUT);
    }
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesAServerWithoutTls(Route route) {
    redshift.behave(Fault.NO_TLS);

    assertFailed(route, Stage.TLS, Code.NO_TLS);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesAServerThatIsNotRedshift(Route route) {
    redshift.behave(Fault.GARBAGE);

    assertFailed(route, Stage.TLS, Code.NOT_REDSHIFT);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesAServerThatCloses(Route route) {
    redshift.behave(Fault.CLOSE_ON_ACCEPT);

    assertFailed(route, Stage.TLS, Code.CONNECTION_CLOSED);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesAServerThatDoesNotAnswerTheRequestForTls(Route route) {
    redshift.behave(Fault.SILENT_ON_ACCEPT);

    assertSilent(route, Stage.TLS, Code.TLS_TIMEOUT);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesAServerThatIsSilentInTheHandshake(Route route) {
    redshift.behave(Fault.SILENT_IN_TLS);

    assertSilent(route, Stage.TLS, Code.TLS_TIMEOUT);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesACertificateThatNobodyTrusts(Route route) {
    redshift.behave(Fault.UNTRUSTED_CERTIFICATE);

    assertFailed(route, Stage.TLS, Code.CERTIFICATE_UNTRUSTED);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesACertificateForAnotherName(Route route) {
    redshift.behave(Fault.WRONG_NAME_CERTIFICATE);

    assertFailed(route, Stage.TLS, Code.CERTIFICATE_NAME_MISMATCH);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesACertificateThatHasExpired(Route route) {
    redshift.behave(Fault.EXPIRED_CERTIFICATE);

    assertFailed(route, Stage.TLS, Code.CERTIFICATE_EXPIRED);
  }

  @Test
  void namesATlsServerThatIsTooOld() {
    try (BrokenServer alerting =
        BrokenServer.behaving(
            socket -> {
              socket.getInputStream().readNBytes(8);
              socket.getOutputStream().write('S');
              // A fatal alert, protocol_version (RFC 8446, section 6).
              socket.getOutputStream().write(new byte[] {21, 3, 1, 0, 2, 2, 70});
              BrokenServer.swallow(socket);
            })) {
      port = alerting.port();

      assertDirect(Stage.TLS, Code.TLS_FAILED);
    }
  }

  @Test
  void handsTheCauseOnWhereThereAreNoCredentials() {
    deployment.credentials = new Attempt.Failed<>(Code.SECRET_MISSING, "there is none");

    assertDirect(Stage.CREDENTIALS, Code.SECRET_MISSING);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesAPasswordThatIsRefused(Route route) {
    deployment.credentials = secret(redshift.user(), "canary-7391");

    Report report = check(Set.of(route));

    assertFailed(report.results().getFirst(), Stage.LOGIN, Code.PASSWORD_REFUSED);
    assertThat(report.toString()).doesNotContain("canary-7391");
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesADatabaseThatDoesNotExist(Route route) {
    database = "no_such_database";

    assertFailed(route, Stage.LOGIN, Code.DATABASE_MISSING);
  }

  @Test
  void namesALimitOfConnectionsThatIsReached() {
    redshift.execute("alter role dbt_user connection limit 0");
    try {
      assertDirect(Stage.LOGIN, Code.TOO_MANY_CONNECTIONS);
    } finally {
      redshift.execute("alter role dbt_user connection limit -1");
    }
  }

  @Test
  void showsWhatTheWarehouseSaysWhereTheLoginFailsOtherwise() {
    redshift.execute("create database closed allow_connections false");
    database = "closed";

    RouteResult result = check(Set.of(Route.DIRECT)).results().getFirst();

    assertFailed(result, Stage.LOGIN, Code.LOGIN_FAILED);
    assertThat(failure(result).detail()).contains("not currently accepting connections");
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesALoginThatIsNotAnswered(Route route) {
    redshift.behave(Fault.SILENT_AT_LOGIN);

    assertSilent(route, Stage.LOGIN, Code.LOGIN_TIMEOUT);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesAQueryThatIsNotAnswered(Route route) {
    redshift.behave(Fault.SILENT_AT_QUERY);

    assertSilent(route, Stage.QUERY, Code.QUERY_TIMEOUT);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesALargeResultThatDoesNotArrive(Route route) {
    redshift.behave(Fault.SILENT_AT_LARGE_RESULT);

    assertSilent(route, Stage.QUERY, Code.LARGE_RESULT_TIMEOUT);
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesATemporaryPasswordThatIsRefused(Route route) {
    authentication =
        Optional.of(
            new Authentication.Iam(
                new Authentication.Issuer.Cluster("analytics"), "nobody", false, List.of()));
    deployment.issued =
        new Attempt.Passed<>(new Credentials.Password("IAM:nobody", "canary-7391", true), "");

    RouteResult result = check(Set.of(route)).results().getFirst();

    assertFailed(result, Stage.LOGIN, Code.TEMPORARY_PASSWORD_REFUSED);
    assertThat(failure(result).detail()).contains("IAM:nobody").doesNotContain("canary");
  }

  @ParameterizedTest
  @EnumSource(Route.class)
  void namesATokenThatIsNotAccepted(Route route) {
    authentication =
        Optional.of(
            new Authentication.IdentityCenter(
                Authentication.Provider.OKTA, URI.create("https://idp.example/token"), "a", "s"));
    deployment.credentials =
        new Attempt.Passed<>(Map.of("client_id", "id", "client_secret", "canary-7391"), "");
    deployment.issued = new Attempt.Passed<>(new Credentials.Token("canary-5521"), "");

    RouteResult result = check(Set.of(route)).results().getFirst();

    assertFailed(result, Stage.LOGIN, Code.TOKEN_NOT_ACCEPTED);
    assertThat(failure(result).remedy()).contains("https://idp.example/token");
    assertThat(result.toString()).doesNotContain("canary");
  }

  @Test
  void warnsOfAMethodThatDbtCannotUseThroughATunnel() {
    authentication =
        Optional.of(new Authentication.IamRole(new Authentication.Issuer.Cluster("analytics")));
    deployment.issued =
        new Attempt.Passed<>(
            new Credentials.Password(redshift.user(), redshift.password(), true), "");

    Report report = check(EnumSet.allOf(Route.class));

    assertThat(report.ok()).as("%s", report).isTrue();
    assertThat(credentials(report.results().getFirst())).isInstanceOf(Outcome.Passed.class);
    assertThat(credentials(report.results().getLast()))
        .isInstanceOfSatisfying(
            Outcome.Warned.class,
            warned -> {
              assertThat(warned.code()).isEqualTo(Code.NOT_IN_DBT_TUNNELS);
              assertThat(warned.remedy()).contains("iam_role");
            });
  }

  private static Outcome credentials(RouteResult result) {
    return result.stages().stream()
        .filter(stage -> stage.stage() == Stage.CREDENTIALS)
        .findFirst()
        .orElseThrow()
        .outcome();
  }

  @Test
  void namesAQueryThatFails() {
    redshift.execute("create role nobody_may");
    redshift.execute("alter role dbt_user set role nobody_may");
    redshift.execute("alter function pg_catalog.pg_backend_pid() owner to current_user");
    redshift.execute("revoke execute on function pg_catalog.pg_backend_pid() from public");
    try {
      RouteResult result = check(Set.of(Route.DIRECT)).results().getFirst();

      assertFailed(result, Stage.QUERY, Code.QUERY_FAILED);
      assertThat(failure(result).detail()).contains("permission denied");
    } finally {
      redshift.execute("grant execute on function pg_catalog.pg_backend_pid() to public");
    }
  }

  // Tunnel

  @Test
  void namesABastionWithoutHosts() {
    deployment.hosts = new Attempt.Failed<>(Code.BASTION_NOT_FOUND, "none");

    assertTunnel(Stage.BASTION_DNS, Code.BASTION_NOT_FOUND);
  }

  @Test
  void namesABastionWhoseNameDoesNotResolve() {
    deployment.hosts = found(host("i-1", "no-such-host.invalid", OLD));

    assertTunnel(Stage.BASTION_DNS, Code.BASTION_NAME_NOT_FOUND);
  }

  @Test
  void namesABastionThatRefuses() {
    sshPort = FreePort.find();

    assertTunnel(Stage.BASTION_TCP, Code.BASTION_REFUSED);
  }

  @Test
  void namesABastionThatIsSilent() {
    try (SilentPort silent = SilentPort.open()) {
      sshPort = silent.port();

      assertSilent(Route.TUNNEL, Stage.BASTION_TCP, Code.BASTION_TIMEOUT);
    }
  }

  @Test
  void namesAServerThatDoesNotSpeakSsh() {
    try (BrokenServer http = BrokenServer.saying("HTTP/1.1 400 Bad Request\r\n\r\n")) {
      sshPort = http.port();

      RouteResult result = check(Set.of(Route.TUNNEL)).results().getFirst();

      assertFailed(result, Stage.HOST_KEY, Code.NOT_SSH_SERVER);
      assertThat(failure(result).detail()).contains("HTTP/1.1 400 Bad Request");
    }
  }

  @Test
  void namesAServerThatGreetsWithoutAnEnd() {
    try (BrokenServer endless = BrokenServer.repeating("welcome\r\n")) {
      sshPort = endless.port();

      assertTunnel(Stage.HOST_KEY, Code.NOT_SSH_SERVER);
    }
  }

  @Test
  void namesAServerWithoutABanner() {
    try (BrokenServer silent = BrokenServer.silent()) {
      sshPort = silent.port();

      assertSilent(Route.TUNNEL, Stage.HOST_KEY, Code.SSH_BANNER_TIMEOUT);
    }
  }

  @Test
  void namesAServerThatClosesBeforeItsBanner() {
    try (BrokenServer closing = BrokenServer.closing()) {
      sshPort = closing.port();

      assertTunnel(Stage.HOST_KEY, Code.SSH_CLOSED);
    }
  }

  @Test
  void namesAKeyExchangeThatIsNotAnswered() {
    try (BrokenServer banner = BrokenServer.saying("SSH-2.0-OpenSSH_8.7\r\n")) {
      sshPort = banner.port();

      assertTunnel(Stage.HOST_KEY, Code.SSH_KEY_EXCHANGE_TIMEOUT);
    }
  }

  @Test
  void namesAServerWithOtherAlgorithms() {
    try (BastionSshd old =
        BastionSshd.start(
            folder.resolve("old"), List.of("none:1"), "KexAlgorithms=diffie-hellman-group1-sha1")) {
      sshPort = old.port();

      RouteResult result = check(Set.of(Route.TUNNEL)).results().getFirst();

      assertFailed(result, Stage.HOST_KEY, Code.NO_COMMON_ALGORITHM);
      assertThat(failure(result).detail()).contains("diffie-hellman-group1-sha1");
    }
  }

  @Test
  void namesAHostKeyThatIsNotTheOneThatIsPinned() throws IOException {
    SshKeys other = SshKeys.ed25519(folder, "other_host_key");
    deployment.pins = List.of(other.publicKeyLine());

    RouteResult result = check(Set.of(Route.TUNNEL)).results().getFirst();

    assertFailed(result, Stage.HOST_KEY, Code.HOST_KEY_CHANGED);
    assertThat(failure(result).detail())
        .as("both fingerprints")
        .contains(other.fingerprint())
        .containsPattern("shown: ssh-ed25519 SHA256:[A-Za-z0-9+/]{43}");
    assertThat(bastion.log()).doesNotContain("Accepted publickey for nobody");
  }

  @Test
  void acceptsAPinnedRsaHostKeyAlone() {
    deployment.pins = bastion.hostKeys().subList(1, 2);

    assertThat(check(Set.of(Route.TUNNEL)).ok()).isTrue();
  }

  @Test
  void namesHostKeysThatAreNotStoredYet() {
    deployment.pins = List.of();

    assertTunnel(Stage.HOST_KEY, Code.HOST_KEY_NOT_PINNED);
  }

  @Test
  void namesACheckWithoutAKey() {
    deployment.identity = new Attempt.Failed<>(Code.CHECK_KEY_MISSING, "there is none");

    assertTunnel(Stage.SSH_AUTH, Code.CHECK_KEY_MISSING);
  }

  @Test
  void namesACheckKeyThatIsNone() {
    deployment.identity = new Attempt.Passed<>(new SshIdentity("canary-5521"), "");

    Report report = check(Set.of(Route.TUNNEL));

    assertFailed(report.results().getFirst(), Stage.SSH_AUTH, Code.CHECK_KEY_MISSING);
    assertThat(report.toString()).doesNotContain("canary-5521");
  }

  @Test
  void namesAKeyThatIsRefused() {
    bastion.authorize();

    assertTunnel(Stage.SSH_AUTH, Code.SSH_KEY_REFUSED);
  }

  @Test
  void namesALoginThatTheBastionDoesNotAnswer() {
    try (BastionSshd slow =
        BastionSshd.start(
            folder.resolve("slow"),
            List.of("none:1"),
            "AuthorizedKeysCommand=/bin/sleep 30",
            "AuthorizedKeysCommandUser=" + BastionSshd.user())) {
      sshPort = slow.port();
      deployment.pins = slow.hostKeys();

      assertSilent(Route.TUNNEL, Stage.SSH_AUTH, Code.SSH_AUTH_TIMEOUT);
    }
  }

  @Test
  void namesALoginThatTheBastionCutsOff() {
    try (BastionSshd impatient =
        BastionSshd.start(
            folder.resolve("impatient"),
            List.of("none:1"),
            "LoginGraceTime=1",
            "AuthorizedKeysCommand=/bin/sleep 30",
            "AuthorizedKeysCommandUser=" + BastionSshd.user())) {
      sshPort = impatient.port();
      deployment.pins = impatient.hostKeys();

      assertTunnel(Stage.SSH_AUTH, Code.SSH_LOST);
    }
  }

  @Test
  void namesAForwardThatIsRefused() {
    try (BastionSshd _ = bastionTo("elsewhere:5439")) {
      assertTunnel(Stage.FORWARD, Code.FORWARDING_REFUSED);
    }
  }

  @Test
  void namesAWarehouseThatTheBastionCannotReach() {
    redshift.behave(Fault.DOWN);

    assertTunnel(Stage.FORWARD, Code.TARGET_UNREACHABLE);
  }

  @Test
  void namesAWarehouseThatDoesNotAnswerTheBastion() {
    try (SilentPort silent = SilentPort.open();
        BastionSshd _ = bastionTo("localhost:" + silent.port())) {
      host = "localhost";
      port = silent.port();

      assertSilent(Route.TUNNEL, Stage.FORWARD, Code.FORWARD_TIMEOUT);
    }
  }

  // Others

  @Test
  void keepsWhatNobodyForesawOutOfTheReport() throws InterruptedException {
    deployment.credentials = null;

    RouteResult result = check(Set.of(Route.DIRECT)).results().getFirst();

    assertFailed(result, Stage.CREDENTIALS, Code.UNEXPECTED);
    assertThat(failure(result).detail()).doesNotContain("canary");
    assertThat(unexpected).singleElement().isInstanceOf(IllegalStateException.class);
  }

  @Test
  void everyRemedyNamesTheRealThings() {
    redshift.behave(Fault.DOWN);

    RouteResult result = check(Set.of(Route.TUNNEL)).results().getFirst();

    assertThat(failure(result).remedy())
        .contains("i-1")
        .contains("tcp/" + port)
        .contains(host)
        .doesNotContain("{");
  }

  private BastionSshd bastionTo(String target) {
    BastionSshd sshd = BastionSshd.start(folder.resolve("to-" + target), List.of(target));
    sshd.authorize(checkKey);
    sshPort = sshd.port();
    deployment.pins = sshd.hostKeys();
    return sshd;
  }

  private void assertDirect(Stage stage, Code code) {
    assertFailed(Route.DIRECT, stage, code);
  }

  private void assertTunnel(Stage stage, Code code) {
    assertFailed(Route.TUNNEL, stage, code);
  }

  private void assertSilent(Route route, Stage stage, Code code) {
    silentStage = Optional.of(stage);
    assertFailed(route, stage, code);
  }

  private void assertFailed(Route route, Stage stage, Code code) {
    Report report = check(Set.of(route));

    assertThat(report.ok()).isFalse();
    assertThat(report.results()).hasSize(1);
    assertFailed(report.results().getFirst(), stage, code);
    assertThat(unexpected).isEmpty();
  }

  private static void assertFailed(RouteResult result, Stage stage, Code code) {
    StageResult failed =
        result.stages().stream().filter(StageResult::failed).findFirst().orElseThrow();
    assertThat(failed.stage()).as("%s", result).isEqualTo(stage);
    assertThat(failure(result).code()).as("%s", result).isEqualTo(code);
  }

  /** Why stages were skipped, in their order. */
  private static Map<Stage, Optional<String>> skipped(RouteResult result) {
    Map<Stage, Optional<String>> skipped = new LinkedHashMap<>();
    for (StageResult stage : result.stages()) {
      if (stage.outcome() instanceof Outcome.Skipped(var detail)) {
        skipped.put(stage.stage(), detail);
      }
    }
    return skipped;
  }

  private static Outcome.Failed failure(RouteResult result) {
    return result.stages().stream()
        .map(StageResult::outcome)
        .filter(Outcome.Failed.class::isInstance)
        .map(Outcome.Failed.class::cast)
        .findFirst()
        .orElseThrow();
  }

  private Report check(Set<Route> routes) {
    return check(routes, Options.NONE);
  }

  private Report check(Set<Route> routes, Options options) {
    try {
      Report report =
          check()
              .check(List.of(connection()), routes, options, Deadline.in(Duration.ofSeconds(30)));
      reports.add(report);
      return report;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private ConnectionCheck check() {
    return new ConnectionCheck(
        new SshAccess("default", BastionSshd.user(), sshPort),
        deployment,
        deployment.credentialsSource(),
        new JschSsh(),
        new RedshiftWarehouse(),
        new Dns(resolver),
        stage -> silentStage.equals(Optional.of(stage)) ? SHORT : LIMIT,
        unexpected::add);
  }

  private Connection connection() {
    return new Connection(
        "analytics", host, port, database, authentication, schemas, new LinkedHashSet<>());
  }

  private static Attempt<Map<String, String>> secret(String user, String password) {
    return new Attempt.Passed<>(Map.of("username", user, "password", password), "");
  }

  private static Attempt<List<BastionHost>> found(BastionHost... hosts) {
    return new Attempt.Passed<>(List.of(hosts), "");
  }

  private static BastionHost host(String id, String address, Duration age) {
    return new BastionHost(id, address, Optional.empty(), Instant.now().minus(age));
  }

  private static InetAddress address(int... bytes) {
    try {
      byte[] address = new byte[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        address[i] = (byte) bytes[i];
      }
      return InetAddress.getByAddress(address);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a deployment would answer, as the test wants it. */
  private static final class FakeDeployment implements Deployment {

    private Attempt<List<BastionHost>> hosts = found(host("i-1", "127.0.0.1", OLD));
    private List<String> pins = bastion.hostKeys();
    private Attempt<SshIdentity> identity =
        new Attempt.Passed<>(new SshIdentity(checkKey.privateKeyText()), "");
    private Attempt<Credentials> issued =
        new Attempt.Failed<>(Code.ISSUER_NOT_FOUND, "not in this test");
    private Attempt<Map<String, String>> credentials = secret(redshift.user(), redshift.password());

    @Override
    public List<Connection> connections(Deadline deadline) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Attempt<List<BastionHost>> hosts(Deadline deadline) {
      return hosts;
    }

    @Override
    public Attempt<List<HostKeyPin>> hostKeys(Deadline deadline) {
      return pins.isEmpty()
          ? new Attempt.Failed<>(Code.HOST_KEY_NOT_PINNED, "none")
          : new Attempt.Passed<>(
              pins.stream()
                  .map(line -> line.split(" "))
                  .map(parts -> new HostKeyPin(parts[0], parts[1].strip()))
                  .toList(),
              "");
    }

    @Override
    public Attempt<SshIdentity> checkKey(Deadline deadline) {
      return identity;
    }

    private CredentialsSource credentialsSource() {
      return new CredentialsSource(
          (secret, fields, deadline) -> {
            if (credentials == null) {
              throw new IllegalStateException("canary: nobody foresaw this");
            }
            return credentials;
          },
          new CredentialsSource.TemporaryPasswords() {
            @Override
            public Attempt<Credentials> forUser(
                Authentication.Iam iam, String database, Deadline deadline) {
              return issued;
            }

            @Override
            public Attempt<Credentials> forRole(
                Authentication.IamRole role, String database, Deadline deadline) {
              return issued;
            }
          },
          (where, clientId, clientSecret, deadline) -> issued);
    }
  }
}
