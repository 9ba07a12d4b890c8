package org.dbtbastion.integration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.check.ConnectionCheck;
import org.dbtbastion.check.Options;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.SshAccess;
import org.dbtbastion.redshift.RedshiftWarehouse;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.LoginsResult;
import org.dbtbastion.report.LoginsResult.Dropped;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.Stage;
import org.dbtbastion.socket.Dns;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.ssh.BastionSshd;
import org.dbtbastion.standins.ssh.SshKeys;
import org.dbtbastion.tunnel.JschSsh;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many logins at once, at a real sshd. */
class LoginBurstIT {

  private static final int LOGINS = 40;

  @TempDir private static Path folder;
  private static SshKeys checkKey;

  private final List<Throwable> unexpected = new ArrayList<>();

  @BeforeAll
  static void makeKey() {
    checkKey = SshKeys.ed25519(folder, "check");
  }

  @Test
  void allAreAcceptedBySshdAsItIsDeployed() throws InterruptedException {
    try (BastionSshd bastion = BastionSshd.start(folder.resolve("deployed"), List.of("none:1"))) {
      bastion.authorize(checkKey);

      LoginsResult result = logIn(bastion, bastion.port());

      assertThat(result.ok()).as("%s", result).isTrue();
      assertThat(result.host()).contains(TestDeployment.HOST);
      assertThat(result.logins()).isEqualTo(LOGINS);
      assertThat(result.accepted()).isEqualTo(LOGINS);
      assertThat(result.percentile(0)).isPositive().isLessThanOrEqualTo(result.percentile(50));
      assertThat(result.percentile(95))
          .isGreaterThanOrEqualTo(result.percentile(50))
          .isLessThanOrEqualTo(result.percentile(100));
      assertThat(bastion.log().lines().filter(line -> line.contains("Accepted publickey")))
          .as("each a login of its own, and one for the connection itself")
          .hasSize(LOGINS + 1);
    }
  }

  @Test
  void whatMaxStartupsDropsIsCounted() throws InterruptedException {
    try (BastionSshd bastion =
        BastionSshd.start(folder.resolve("few"), List.of("none:1"), "MaxStartups=5:100:5")) {
      bastion.authorize(checkKey);

      LoginsResult result = logIn(bastion, bastion.port());

      assertThat(result.ok()).isFalse();
      assertThat(result.accepted()).isBetween(1, LOGINS - 1);
      assertThat(result.dropped())
          .as("%s", result)
          .singleElement()
          .satisfies(
              dropped -> {
                assertThat(dropped.code()).isEqualTo(Code.SSH_CLOSED);
                assertThat(dropped.count()).isEqualTo(LOGINS - result.accepted());
                assertThat(dropped.remedy()).contains("MaxStartups");
              });
      assertThat(bastion.log()).contains("MaxStartups");
    }
  }

  @Test
  void whereNobodyListensAllAreDropped() throws InterruptedException {
    try (BastionSshd bastion = BastionSshd.start(folder.resolve("other"), List.of("none:1"))) {
      LoginsResult result = logIn(bastion, FreePort.find());

      assertThat(result.accepted()).isZero();
      assertThat(result.dropped())
          .extracting(Dropped::code, Dropped::count)
          .containsExactly(tuple(Code.BASTION_REFUSED, LOGINS));
    }
  }

  @Test
  void aKeyThatIsNotLetInIsNamed() throws InterruptedException {
    try (BastionSshd bastion = BastionSshd.start(folder.resolve("closed"), List.of("none:1"))) {
      assertThat(logIn(bastion, bastion.port()).dropped())
          .extracting(Dropped::code)
          .containsExactly(Code.SSH_KEY_REFUSED);
    }
  }

  private LoginsResult logIn(BastionSshd bastion, int port) throws InterruptedException {
    ConnectionCheck check =
        new ConnectionCheck(
            new SshAccess("default", BastionSshd.user(), port),
            new TestDeployment(bastion, checkKey),
            TestDeployment.credentials("nobody", ""),
            new JschSsh(),
            new RedshiftWarehouse(),
            new Dns(InetAddress::getAllByName),
            Stage::limit,
            unexpected::add);
    Report report =
        check.check(
            List.of(
                new Connection(
                    "analytics",
                    "localhost",
                    1,
                    "analytics",
                    Optional.empty(),
                    new LinkedHashSet<>(),
                    new LinkedHashSet<>())),
            Set.of(Route.TUNNEL),
            new Options(true, Optional.empty(), LOGINS),
            Deadline.in(Duration.ofSeconds(90)));
    assertThat(unexpected).isEmpty();
    assertThat(report.logins()).hasSize(1);
    return report.logins().getFirst();
  }
}
