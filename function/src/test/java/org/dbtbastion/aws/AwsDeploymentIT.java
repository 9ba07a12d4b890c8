package org.dbtbastion.aws;

import static java.time.temporal.ChronoUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.keys.KeyLine;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.standins.account.AwsAccount;
import org.dbtbastion.standins.account.SystemsManagerFront.AgentResult;
import org.dbtbastion.standins.net.BrokenServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.exception.SdkException;

class AwsDeploymentIT {

  private static final String CANARY = "canary-7391";
  private static final AtomicInteger BASTIONS = new AtomicInteger();

  @TempDir private static Path folder;
  private static AwsAccount account;
  private static AwsClients clients;

  private final String bastion = "b" + BASTIONS.incrementAndGet();
  private final AwsDeployment deployment = deployment(clients);
  private final Deadline deadline = Deadline.in(Duration.ofSeconds(20));

  @BeforeAll
  static void start() {
    account = AwsAccount.start(folder, (_, _) -> new AgentResult(0, "", ""));
    account.useInThisJvm();
    clients = new AwsClients();
  }

  @AfterAll
  static void stop() {
    account.close();
  }

  @AfterEach
  void mend() {
    account.systemsManager().failPage(0);
    account.useInThisJvm();
  }

  // Connections

  @Test
  void readsConnections() {
    for (int i = 0; i < 11; i++) {
      account.putParameter(name("connections/c%02d".formatted(i)), connection("w" + i, "5439"));
    }

    List<Connection> connections = deployment.connections(deadline);

    assertThat(connections).hasSize(11);
    assertThat(connections.getLast())
        .isEqualTo(
            connection("c10", "w10", Optional.of(new Authentication.Database("dbt/analytics"))));
  }

  @Test
  void aConnectionMayHaveNoSecret() {
    account.putParameter(
        name("connections/c"), "{\"host\":\"w\",\"port\":5439,\"database\":\"analytics\"}");

    assertThat(deployment.connections(deadline))
        .containsExactly(connection("c", "w", Optional.empty()));
  }

  @Test
  void aListingOfConnectionsThatFailsHalfWayIsNoList() {
    for (int i = 0; i < 11; i++) {
      account.putParameter(name("connections/c%02d".formatted(i)), connection("w" + i, "5439"));
    }
    account.systemsManager().failPage(2);

    assertThatThrownBy(() -> deployment.connections(Deadline.in(Duration.ofMillis(500))))
        .isInstanceOf(SdkException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no JSON canary-7391",
        "[]",
        "null",
        "{}",
        "{\"host\":7,\"database\":\"canary-7391\"}",
        "{\"host\":\"h\",\"database\":\"d\",\"secret\":\"s\"}",
      })
  void saysWhichParameterDoesNotDescribeAConnectionAndWhatToDo(String value) {
    account.putParameter(name("connections/good"), connection("w", "5439"));
    account.putParameter(name("connections/bad"), value);

    assertThatThrownBy(() -> deployment.connections(deadline))
        .isInstanceOf(IllegalStateException.class)
        .hasNoCause()
        .hasMessageStartingWith(
            "The parameter %s does not describe a connection: deploy the stack again."
                .formatted(name("connections/bad")))
        .hasMessageMatching("(?s).*(field-missing|field-unknown|field-type).*")
        .message()
        .doesNotContain(CANARY);
  }

  // Hosts

  @Test
  void findsTheRunningHostsWithTheTag() {
    String first = account.runHost(bastion);
    String second = account.runHost(bastion);
    account.stopHost(account.runHost(bastion));
    account.terminateHost(account.runHost(bastion));
    account.runHost(bastion + "-other");

    assertThat(passed(deployment.hosts(deadline)))
        .extracting(BastionHost::id, BastionHost::address)
        .containsExactlyInAnyOrder(
            tuple(first, account.address(first)), tuple(second, account.address(second)));
    assertThat(passed(deployment.hosts(deadline)))
        .isSortedAccordingTo((a, b) -> a.id().compareTo(b.id()))
        .allSatisfy(
            host -> assertThat(host.launched()).isCloseTo(Instant.now(), within(1, MINUTES)));
  }

  @Test
  void whereThereIsOnePublicAddressFindsTheHostThatHasItAlone() {
    account.runHost(bastion);
    String serving = account.runHost(bastion);
    String address = account.claimAddress(serving);

    assertThat(passed(deployment(clients, Optional.of(address)).hosts(deadline)))
        .extracting(BastionHost::id, BastionHost::publicAddress)
        .containsExactly(tuple(serving, Optional.of(address)));
  }

  @Test
  void saysThatNoHostHasThePublicAddress() {
    String host = account.runHost(bastion);

    Attempt<List<BastionHost>> attempt =
        deployment(clients, Optional.of("203.0.113.7")).hosts(deadline);

    assertFailed(attempt, Code.ADDRESS_NOT_CLAIMED);
    assertThat(((Attempt.Failed<?>) attempt).detail()).contains("203.0.113.7").contains(host);
  }

  @Test
  void saysThatNoHostRuns() {
    account.stopHost(account.runHost(bastion));

    assertFailed(deployment.hosts(deadline), Code.BASTION_NOT_FOUND);
  }

  // Host keys

  @Test
  void pinsBothHostKeys() {
    account.putParameter(name("host-keys/ed25519.pub"), KeyLine.ED25519 + " a comment\n");
    account.putParameter(name("host-keys/rsa.pub"), KeyLine.RSA_2048);

    assertThat(passed(deployment.hostKeys(deadline)))
        .containsExactly(
            new HostKeyPin("ssh-ed25519", KeyLine.ED25519.split(" ")[1]),
            new HostKeyPin("ssh-rsa", KeyLine.RSA_2048.split(" ")[1]));
  }

  @Test
  void saysThatNoHostKeyIsPinned() {
    assertThat(assertFailed(deployment.hostKeys(deadline), Code.HOST_KEY_NOT_PINNED))
        .contains(name("host-keys"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ssh-ed25519", "ssh-ed25519 no-base64!", "garbage"})
  void saysThatWhatIsPinnedIsNoHostKey(String value) {
    account.putParameter(name("host-keys/ed25519.pub"), KeyLine.ED25519);
    account.putParameter(name("host-keys/rsa.pub"), value);

    assertThat(assertFailed(deployment.hostKeys(deadline), Code.HOST_KEY_NOT_PINNED))
        .contains(name("host-keys/rsa.pub"));
  }

  // The check's own key

  @Test
  void readsTheChecksKey() {
    account.putParameter(name("check-key"), CANARY);

    Attempt<SshIdentity> attempt = deployment.checkKey(deadline);

    assertThat(passed(attempt).privateKey()).isEqualTo(CANARY);
    assertThat(attempt.toString()).doesNotContain(CANARY);
  }

  @Test
  void saysThatTheCheckHasNoKey() {
    assertThat(assertFailed(deployment.checkKey(deadline), Code.CHECK_KEY_MISSING))
        .contains(name("check-key"));
  }

  // No way to AWS

  @Test
  void saysThatAwsDoesNotAnswer() throws Exception {
    try (BrokenServer silent = BrokenServer.silent()) {
      String endpoint = "http://localhost:" + silent.port();
      System.setProperty("aws.endpointUrl", endpoint);
      System.setProperty("aws.endpointUrlSsm", endpoint);
      AwsDeployment cutOff = deployment(new AwsClients());

      inTime(() -> cutOff.hosts(soon()), Code.AWS_FAILED);
      inTime(() -> cutOff.hostKeys(soon()), Code.AWS_FAILED);
      inTime(() -> cutOff.checkKey(soon()), Code.AWS_FAILED);
    }
  }

  private static Deadline soon() {
    return Deadline.in(Duration.ofMillis(400));
  }

  /** On a virtual thread, as the check calls. */
  private static <T> void inTime(Supplier<Attempt<T>> call, Code code) throws Exception {
    List<Attempt<T>> attempts = new ArrayList<>();
    long begin = System.nanoTime();
    Thread.ofVirtual().start(() -> attempts.add(call.get())).join();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
    assertFailed(attempts.getFirst(), code);
  }

  private AwsDeployment deployment(AwsClients with) {
    return deployment(with, Optional.empty());
  }

  private AwsDeployment deployment(AwsClients with, Optional<String> publicAddress) {
    return new AwsDeployment(
        new Parameters(with, bastion), new Hosts(with, bastion), publicAddress);
  }

  private String name(String parameter) {
    return "/dbt-bastion/" + bastion + "/" + parameter;
  }

  private static Connection connection(
      String name, String host, Optional<Authentication> authentication) {
    return new Connection(
        name,
        host,
        5439,
        "analytics",
        authentication,
        new LinkedHashSet<>(),
        new LinkedHashSet<>());
  }

  private static String connection(String host, String port) {
    return """
    {"host":"%s","port":%s,"database":"analytics",
     "authentication":{"method":"database","secret":"dbt/analytics"}}
    """
        .formatted(host, port);
  }

  private static <T> T passed(Attempt<T> attempt) {
    assertThat(attempt).isInstanceOf(Attempt.Passed.class);
    return ((Attempt.Passed<T>) attempt).value();
  }

  /** Returns the detail, which never holds anything secret. */
  private static String assertFailed(Attempt<?> attempt, Code code) {
    assertThat(attempt).isInstanceOf(Attempt.Failed.class);
    Attempt.Failed<?> failed = (Attempt.Failed<?>) attempt;
    assertThat(failed.code()).as(failed.detail()).isEqualTo(code);
    assertThat(failed.detail()).doesNotContain(CANARY);
    return failed.detail();
  }
}
