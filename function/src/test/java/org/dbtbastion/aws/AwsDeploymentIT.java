package org.dbtbastion.aws;

import static java.time.temporal.ChronoUnit.MINUTES;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assertions.within;

import com.sun.net.httpserver.HttpServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.dbtbastion.check.Attempt;
import org.dbtbastion.check.BastionHost;
import org.dbtbastion.check.Code;
import org.dbtbastion.check.Connection;
import org.dbtbastion.check.Credentials;
import org.dbtbastion.check.HostKeyPin;
import org.dbtbastion.check.SshIdentity;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.keys.KeyLine;
import org.dbtbastion.testing.AwsAccount;
import org.dbtbastion.testing.BrokenServer;
import org.dbtbastion.testing.HttpServers;
import org.dbtbastion.testing.SystemsManagerFront.AgentResult;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
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
        .isEqualTo(new Connection("c10", "w10", 5439, "analytics", Optional.of("dbt/analytics")));
  }

  @Test
  void aConnectionMayHaveNoSecret() {
    account.putParameter(
        name("connections/c"), "{\"host\":\"w\",\"port\":5439,\"database\":\"analytics\"}");

    assertThat(deployment.connections(deadline))
        .containsExactly(new Connection("c", "w", 5439, "analytics", Optional.empty()));
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
  @CsvSource(
      delimiter = '|',
      value = {
        "no JSON canary-7391 | host, database, port",
        "[] | host, database, port",
        "null | host, database, port",
        "{} | host, database, port",
        "{\"host\":7,\"port\":5439,\"database\":\"d\",\"secret\":\"s\"} | host",
        "{\"host\":\"h\",\"port\":0,\"database\":\"\",\"secret\":\"s\"} | database, port",
        "{\"host\":\"h\",\"port\":70000,\"database\":\"d\",\"secret\":\"s\"} | port",
        "{\"host\":\"h\",\"port\":5439,\"database\":\"d\",\"secret\":\"\"} | secret",
        "{\"host\":\"h\",\"port\":5439,\"database\":\"d\",\"secret\":null} | secret",
      })
  void saysWhichParameterDoesNotDescribeAConnectionAndWhatToDo(String value, String fields) {
    account.putParameter(name("connections/good"), connection("w", "5439"));
    account.putParameter(name("connections/bad"), value);

    assertThatThrownBy(() -> deployment.connections(deadline))
        .isInstanceOf(IllegalStateException.class)
        .hasNoCause()
        .hasMessage(
            "The parameter %s does not describe a connection (look at %s): deploy the stack again."
                .formatted(name("connections/bad"), fields));
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

  // Credentials

  @Test
  void readsCredentials() {
    account.createSecret(
        bastion, "{\"username\":\"dbt_user\",\"password\":\"" + CANARY + "\",\"engine\":1}");

    Attempt<Credentials> attempt = credentials(bastion);

    assertThat(passed(attempt)).isEqualTo(new Credentials("dbt_user", CANARY));
    assertThat(attempt.toString()).contains("dbt_user").doesNotContain(CANARY);
  }

  @Test
  void saysThatThereIsNoSecret() {
    assertThat(assertFailed(credentials("no/such"), Code.SECRET_MISSING)).contains("no/such");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "canary-7391 | not a JSON object",
        "\"canary-7391\" | not a JSON object",
        "[\"canary-7391\"] | not a JSON object",
        "{\"username\":\"canary-7391 | not a JSON object",
        "{\"user\":\"dbt\",\"password\":\"canary-7391\"} | field username",
        "{\"username\":\"canary-7391\",\"password\":\"\"} | field password",
        "{\"username\":null,\"password\":7391,\"x\":\"canary-7391\"} | field username, password",
      })
  void saysThatTheSecretIsMalformedAndNothingOfIt(String value, String detail) {
    account.createSecret(bastion, value);

    assertThat(assertFailed(credentials(bastion), Code.SECRET_MALFORMED)).endsWith(detail);
  }

  @Test
  void saysThatABinarySecretIsMalformed() {
    account
        .secretsManager()
        .createSecret(
            request -> request.name(bastion).secretBinary(SdkBytes.fromUtf8String(CANARY)));

    assertFailed(credentials(bastion), Code.SECRET_MALFORMED);
  }

  /** In the words of AWS: moto's own refusals have a form that AWS's never have here. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"__type\":\"AccessDeniedException\",\"Message\":\"User: arn:aws:sts::123456789012:"
            + "assumed-role/check/check is not authorized to perform: secretsmanager:GetSecretValue"
            + " on resource: dbt/analytics\"}",
        "{\"__type\":\"AccessDeniedException\",\"Message\":\"Access to KMS is not allowed\"}",
        "{\"__type\":\"DecryptionFailure\",\"message\":\"Secrets Manager can't decrypt it\"}",
      })
  void saysThatTheSecretMayNotBeRead(String answer) {
    String text = assertFailed(credentialsFrom(400, answer), Code.SECRET_UNREADABLE);

    assertThat(text).containsAnyOf("not authorized", "KMS is not allowed", "can't decrypt it");
  }

  @Test
  void saysTheStatusOfWhatIsNoAnswerOfAws() {
    assertThat(
            assertFailed(credentialsFrom(403, "<html>canary-7391</html>"), Code.CREDENTIALS_FAILED))
        .isEqualTo("AWS answered HTTP status 403");
  }

  private Attempt<Credentials> credentialsFrom(int status, String answer) {
    HttpServer server =
        HttpServers.start(
            0,
            exchange ->
                HttpServers.answer(
                    exchange,
                    status,
                    "application/x-amz-json-1.1",
                    answer.getBytes(StandardCharsets.UTF_8)));
    System.setProperty("aws.endpointUrl", "http://localhost:" + server.getAddress().getPort());
    try {
      return deployment(new AwsClients()).credentials("s", deadline);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void saysWhatSecretsManagerSaysOtherwise() {
    account.createSecret(bastion, "{}");
    account.secretsManager().deleteSecret(request -> request.secretId(bastion));

    assertThat(assertFailed(credentials(bastion), Code.CREDENTIALS_FAILED))
        .contains("InvalidRequestException", "marked deleted");
  }

  // No way to AWS

  @Test
  void saysThatAwsDoesNotAnswer() throws Exception {
    try (BrokenServer silent = BrokenServer.silent()) {
      String endpoint = "http://localhost:" + silent.port();
      System.setProperty("aws.endpointUrl", endpoint);
      System.setProperty("aws.endpointUrlSsm", endpoint);
      AwsDeployment cutOff = deployment(new AwsClients());

      inTime(() -> cutOff.credentials("s", soon()), Code.CREDENTIALS_TIMEOUT);
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
        with, new Parameters(with, bastion), new Hosts(with, bastion), publicAddress);
  }

  private Attempt<Credentials> credentials(String secret) {
    return deployment.credentials(secret, deadline);
  }

  private String name(String parameter) {
    return "/dbt-bastion/" + bastion + "/" + parameter;
  }

  private static String connection(String host, String port) {
    return """
    {"host":"%s","port":%s,"database":"analytics","secret":"dbt/analytics"}
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
