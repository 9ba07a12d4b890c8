package org.dbtbastion.integration;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.dbtbastion.check.ConnectionCheck;
import org.dbtbastion.check.Options;
import org.dbtbastion.check.Ssh;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshAccess;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.redshift.RedshiftWarehouse;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.Stage;
import org.dbtbastion.report.StageResult;
import org.dbtbastion.report.StageResult.Outcome;
import org.dbtbastion.socket.Dns;
import org.dbtbastion.standins.net.TcpRelay;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.redshift.RedshiftStandIn;
import org.dbtbastion.standins.ssh.BastionSshd;
import org.dbtbastion.standins.ssh.SshKeys;
import org.dbtbastion.tunnel.JschSsh;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Idle tunnels through a real sshd, cut in every way in which they are cut. */
class HoldIT {

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Longer than any test takes: whoever cuts comes first. */
  private static final Duration LONG = Duration.ofSeconds(60);

  private static final Duration SHORT = Duration.ofSeconds(2);

  @TempDir private static Path folder;
  private static RedshiftStandIn redshift;
  private static BastionSshd bastion;
  private static SshKeys checkKey;

  private final List<Throwable> unexpected = new ArrayList<>();
  private final CountDownLatch holds = new CountDownLatch(1);
  private TcpRelay toBastion;
  private TcpRelay behindBastion;
  private Optional<Authentication> authentication =
      Optional.of(new Authentication.Database("dbt/analytics"));

  @BeforeAll
  static void start() {
    redshift = RedshiftStandIn.start(folder.resolve("redshift"));
    System.setProperty("javax.net.ssl.trustStore", redshift.caTrustStore().toString());
    bastion = BastionSshd.start(folder.resolve("bastion"), List.of("localhost:*"));
    checkKey = SshKeys.ed25519(folder, "check");
    bastion.authorize(checkKey);
  }

  @AfterAll
  static void stop() {
    bastion.close();
    redshift.close();
  }

  @BeforeEach
  void putRelaysBetween() {
    Await.until("no session is left of another test", PATIENCE, () -> sessions() == 0);
    toBastion = TcpRelay.to(bastion.port());
    behindBastion = TcpRelay.to(redshift.port());
  }

  @AfterEach
  void removeRelays() {
    toBastion.close();
    behindBastion.close();
    assertThat(unexpected).isEmpty();
  }

  @Test
  void livesOnWhereNothingCutsIt() throws InterruptedException {
    RouteResult result = hold(SHORT);

    assertThat(result.ok()).as("%s", result).isTrue();
    StageResult held = result.stages().getLast();
    assertThat(held.stage()).isEqualTo(Stage.HOLD);
    assertThat(held.took()).isGreaterThanOrEqualTo(SHORT);
    assertThat(held.outcome())
        .isEqualTo(new Outcome.Passed("idle for 2.0 s, and the session answers"));
  }

  @Test
  void sendsNothingMeanwhile() throws InterruptedException {
    RouteResult result = hold(SHORT);

    assertThat(result.ok()).as("%s", result).isTrue();
    assertThat(toBastion.longestSilence()).isGreaterThan(SHORT.minusMillis(200));
  }

  @Test
  void isNoStageWhereNobodyAsksForIt() throws InterruptedException {
    Report report =
        check().check(List.of(connection()), Set.of(Route.TUNNEL), Deadline.in(PATIENCE));

    assertThat(report.results().getFirst().stages())
        .extracting(StageResult::stage)
        .doesNotContain(Stage.HOLD);
  }

  @Test
  void holdsTheLoginAloneWhereNoneAtTheWarehouseIsConfigured() throws InterruptedException {
    authentication = Optional.empty();

    RouteResult result = hold(SHORT);

    assertThat(result.stages().getLast().outcome())
        .isEqualTo(new Outcome.Passed("idle for 2.0 s, and the bastion host answers"));
  }

  @Test
  void isNotTriedWhereTheLoginFails() throws InterruptedException {
    authentication = Optional.of(new Authentication.Database("dbt/analytics"));
    bastion.authorize();
    try {
      RouteResult result = hold(LONG);

      assertThat(result.stages().getLast())
          .isEqualTo(
              new StageResult(Stage.HOLD, Duration.ZERO, new Outcome.Skipped(Optional.empty())));
    } finally {
      bastion.authorize(checkKey);
    }
  }

  @Test
  void namesABastionThatEndsIt() throws Exception {
    CompletableFuture<RouteResult> holding = holding(LONG);
    awaitHold();

    bastion.endConnections();

    Outcome.Failed failed = failure(holding);
    assertThat(failed.code()).isEqualTo(Code.TUNNEL_CLOSED);
    assertThat(failed.detail()).matches("closed by the bastion host after \\d+\\.\\d s");
    assertThat(failed.remedy()).contains("journalctl -u dbt-bastion-sshd").contains("i-1");
  }

  @Test
  void namesAReset() throws Exception {
    CompletableFuture<RouteResult> holding = holding(LONG);
    awaitHold();

    toBastion.reset();

    Outcome.Failed failed = failure(holding);
    assertThat(failed.code()).isEqualTo(Code.TUNNEL_RESET);
    assertThat(failed.detail()).matches("reset after \\d+\\.\\d s");
  }

  @Test
  void namesATunnelThatWasForgotten() throws Exception {
    CompletableFuture<RouteResult> holding = holding(SHORT);
    awaitHold();

    toBastion.forget();

    Outcome.Failed failed = failure(holding);
    assertThat(failed.code()).isEqualTo(Code.TUNNEL_SILENT);
    assertThat(failed.detail())
        .matches(
            "no answer in 5\\.0 s; the bastion host was heard last \\d+\\.\\d s into the hold");
  }

  @Test
  void namesAWarehouseThatEndsTheSession() throws Exception {
    CompletableFuture<RouteResult> holding = holding(LONG);
    awaitHold();

    redshift.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'dbt_user'");

    Outcome.Failed failed = failure(holding);
    assertThat(failed.code()).isEqualTo(Code.SESSION_ENDED);
    assertThat(failed.detail())
        .matches("ended after \\d+\\.\\d s: .*terminating connection.*\\(SQLSTATE 57P01\\)");
  }

  @Test
  void namesASessionThatWasForgottenBehindTheBastion() throws Exception {
    CompletableFuture<RouteResult> holding = holding(SHORT);
    awaitHold();

    behindBastion.forget();

    Outcome.Failed failed = failure(holding);
    assertThat(failed.code()).isEqualTo(Code.SESSION_SILENT);
    assertThat(failed.detail()).startsWith("after 2 s, at the next query: ");
  }

  @Test
  void isNotBegunWhereTheTimeIsTooShort() throws InterruptedException {
    long begin = System.nanoTime();

    Report report =
        check()
            .check(
                List.of(connection()),
                Set.of(Route.TUNNEL),
                new Options(true, Optional.of(Duration.ofMinutes(14)), 0),
                Deadline.in(PATIENCE));

    StageResult held = report.results().getFirst().stages().getLast();
    assertThat(held.outcome())
        .isInstanceOfSatisfying(
            Outcome.Failed.class,
            failed -> {
              assertThat(failed.code()).isEqualTo(Code.OUT_OF_TIME);
              assertThat(failed.detail()).endsWith(" s are left for a hold of 840 s");
            });
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(PATIENCE);
  }

  private void awaitHold() throws InterruptedException {
    assertThat(holds.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as("it holds").isTrue();
  }

  private static int sessions() throws SQLException {
    try (java.sql.Connection admin = redshift.admin();
        Statement statement = admin.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "select count(*) from pg_stat_activity where usename = 'dbt_user'")) {
      rows.next();
      return rows.getInt(1);
    }
  }

  private static Outcome.Failed failure(CompletableFuture<RouteResult> holding) throws Exception {
    RouteResult result = holding.get();
    StageResult last =
        result.stages().stream().filter(StageResult::failed).findFirst().orElseThrow();
    return (Outcome.Failed) last.outcome();
  }

  private CompletableFuture<RouteResult> holding(Duration length) {
    CompletableFuture<RouteResult> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                result.complete(hold(length));
              } catch (Exception e) {
                result.completeExceptionally(e);
              }
            });
    return result;
  }

  private RouteResult hold(Duration length) throws InterruptedException {
    return check()
        .check(
            List.of(connection()),
            Set.of(Route.TUNNEL),
            new Options(true, Optional.of(length), 0),
            Deadline.in(length.plusSeconds(60)))
        .results()
        .getFirst();
  }

  private ConnectionCheck check() {
    return new ConnectionCheck(
        new SshAccess("default", BastionSshd.user(), toBastion.port()),
        new TestDeployment(bastion, checkKey),
        TestDeployment.credentials(redshift.user(), redshift.password()),
        new NoticingSsh(new JschSsh(), holds),
        new RedshiftWarehouse(),
        new Dns(InetAddress::getAllByName),
        Stage::limit,
        unexpected::add);
  }

  private Connection connection() {
    return new Connection(
        "analytics",
        redshift.host(),
        behindBastion.port(),
        redshift.database(),
        authentication,
        new LinkedHashSet<>(),
        new LinkedHashSet<>());
  }

  /** Tells when a tunnel begins to be idle. */
  private record NoticingSsh(Ssh ssh, CountDownLatch holds) implements Ssh {

    @Override
    public Handshake begin(
        Socket socket, String user, List<HostKeyPin> pins, Optional<SshIdentity> identity) {
      return new NoticingHandshake(ssh.begin(socket, user, pins, identity), holds);
    }
  }

  private record NoticingHandshake(Ssh.Handshake handshake, CountDownLatch holds)
      implements Ssh.Handshake {

    @Override
    public Attempt<String> hostKey() throws InterruptedException {
      return handshake.hostKey();
    }

    @Override
    public <T> Attempt.Failed<T> hostKeyTimeout() {
      return handshake.hostKeyTimeout();
    }

    @Override
    public Attempt<Ssh.Tunnel> authentication() throws InterruptedException {
      return handshake.authentication()
              instanceof Attempt.Passed<Ssh.Tunnel>(var tunnel, var detail)
          ? new Attempt.Passed<>(new NoticingTunnel(tunnel, holds), detail)
          : new Attempt.Failed<>(Code.SSH_KEY_REFUSED, "refused");
    }

    @Override
    public void close() {
      handshake.close();
    }
  }

  private record NoticingTunnel(Ssh.Tunnel tunnel, CountDownLatch holds) implements Ssh.Tunnel {

    @Override
    public Attempt<Socket> forward(String host, int port) throws InterruptedException {
      return tunnel.forward(host, port);
    }

    @Override
    public Attempt<Duration> idle(Optional<Socket> forwarded, Duration length)
        throws InterruptedException {
      holds.countDown();
      return tunnel.idle(forwarded, length);
    }

    @Override
    public Attempt<Duration> answers(Duration limit) throws InterruptedException {
      return tunnel.answers(limit);
    }
  }
}
