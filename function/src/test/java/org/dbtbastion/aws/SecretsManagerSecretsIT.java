package org.dbtbastion.aws;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.standins.account.AwsAccount;
import org.dbtbastion.standins.net.BrokenServer;
import org.dbtbastion.standins.net.HttpServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;

class SecretsManagerSecretsIT {

  private static final String CANARY = "canary-7391";
  private static final List<String> FIELDS = List.of("username", "password");

  @TempDir private static Path folder;
  private static AwsAccount account;

  private final String name = "secret-" + UUID.randomUUID();
  private final Deadline deadline = Deadline.in(Duration.ofSeconds(20));

  @BeforeAll
  static void start() {
    account = AwsAccount.start(folder, (id, commands) -> null);
  }

  @AfterAll
  static void stop() {
    account.close();
  }

  @BeforeEach
  void mend() {
    account.useInThisJvm();
  }

  private Attempt<Map<String, String>> read(String secret) {
    return new SecretsManagerSecrets(new AwsClients()).read(secret, FIELDS, deadline);
  }

  @Test
  void readsTheWantedFields() {
    account.createSecret(name, "{\"username\":\"dbt_user\",\"password\":\"canary-7391\",\"n\":1}");

    assertThat(read(name))
        .isEqualTo(
            new Attempt.Passed<>(Map.of("username", "dbt_user", "password", CANARY), "read"));
  }

  /** Source: the Redshift management guide, "Managing admin passwords with Secrets Manager". */
  @Test
  void readsASecretThatRedshiftManages() {
    account.createSecret(
        name,
        """
        {"engine": "redshift", "dbClusterIdentifier": "analytics", "host": "w", "port": 5439,
         "username": "admin", "password": "canary-7391", "dbname": "dev"}
        """);

    assertThat(read(name))
        .isEqualTo(new Attempt.Passed<>(Map.of("username", "admin", "password", CANARY), "read"));
  }

  @Test
  void saysThatThereIsNoSecret() {
    assertThat(assertFailed(read("no/such"), Code.SECRET_MISSING)).contains("no/such");
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
    account.createSecret(name, value);

    assertThat(assertFailed(read(name), Code.SECRET_MALFORMED)).endsWith(detail);
  }

  @Test
  void saysThatABinarySecretIsMalformed() {
    account
        .secretsManager()
        .createSecret(request -> request.name(name).secretBinary(SdkBytes.fromUtf8String(CANARY)));

    assertFailed(read(name), Code.SECRET_MALFORMED);
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
    String text = assertFailed(answered(400, answer), Code.SECRET_UNREADABLE);

    assertThat(text).containsAnyOf("not authorized", "KMS is not allowed", "can't decrypt it");
  }

  @Test
  void saysTheStatusOfWhatIsNoAnswerOfAws() {
    assertThat(assertFailed(answered(403, "<html>canary-7391</html>"), Code.CREDENTIALS_FAILED))
        .isEqualTo("AWS answered HTTP status 403");
  }

  private Attempt<Map<String, String>> answered(int status, String answer) {
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
      return read("s");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void saysThatTheSecretIsMarkedForDeletion() {
    account.createSecret(name, "{}");
    account.secretsManager().deleteSecret(request -> request.secretId(name));

    assertThat(assertFailed(read(name), Code.SECRET_MISSING))
        .contains("InvalidRequestException", "marked deleted");
  }

  @Test
  void saysThatSecretsManagerDoesNotAnswer() throws Exception {
    try (BrokenServer silent = BrokenServer.silent()) {
      System.setProperty("aws.endpointUrl", "http://localhost:" + silent.port());

      assertFailed(
          new SecretsManagerSecrets(new AwsClients())
              .read("s", FIELDS, Deadline.in(Duration.ofMillis(400))),
          Code.CREDENTIALS_TIMEOUT);
    }
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
