package org.dbtbastion.idp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.sun.net.httpserver.HttpServer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Authentication.Provider;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.standins.idp.IdentityProvider;
import org.dbtbastion.standins.net.BrokenServer;
import org.dbtbastion.standins.net.CertificateAuthority;
import org.dbtbastion.standins.net.HttpServers;
import org.dbtbastion.standins.net.SilentNames;
import org.dbtbastion.standins.process.Await;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class TokenEndpointIT {

  private static final String TRUST_STORE = "javax.net.ssl.trustStore";
  private static final String SECRET = "canary-7391";
  private static final String GRANT = "grant_type=client_credentials&scope=redshift";
  private static final AtomicInteger ISSUED = new AtomicInteger();

  @TempDir private static Path folder;
  private static IdentityProvider provider;

  private final TokenEndpoint endpoint = new TokenEndpoint();
  private final Deadline deadline = Deadline.in(Duration.ofSeconds(20));

  @BeforeAll
  static void start() {
    CertificateAuthority authority = CertificateAuthority.create("CA of the IdP stand-in");
    provider = new IdentityProvider(authority, SECRET, () -> "token-" + ISSUED.incrementAndGet());
    Path trustStore = folder.resolve("ca.p12");
    authority.writeTrustStore(trustStore);
    // Read at the first TLS connection of this JVM.
    System.setProperty(TRUST_STORE, trustStore.toString());
  }

  @AfterAll
  static void stop() {
    System.clearProperty(TRUST_STORE);
    provider.close();
  }

  private static Authentication.IdentityCenter at(Provider provider, URI url, String data) {
    return new Authentication.IdentityCenter(provider, url, data, "s");
  }

  private static URI url(Provider type) {
    return switch (type) {
      case OKTA -> provider.okta();
      case ENTRA -> provider.entra();
    };
  }

  private Attempt<Credentials> issue(Provider type, URI url, String data, String secret) {
    try {
      return endpoint.issue(at(type, url, data), IdentityProvider.CLIENT_ID, secret, deadline);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @ParameterizedTest
  @EnumSource(Provider.class)
  void getsANewTokenEachTime(Provider type) {
    Attempt<Credentials> first = issue(type, url(type), GRANT, SECRET);
    String last = "token-" + ISSUED.get();
    Attempt<Credentials> second = issue(type, url(type), GRANT, SECRET);

    assertThat(first)
        .isEqualTo(
            new Attempt.Passed<>(
                new Credentials.Token(last), "token for %s client".formatted(type.id())));
    assertThat(second).isNotEqualTo(first);
    assertThat(first.toString()).doesNotContain(last);
  }

  @ParameterizedTest
  @EnumSource(Provider.class)
  void saysThatTheClientIsRefusedAndNothingOfItsSecret(Provider type) {
    assertThat(assertFailed(issue(type, url(type), GRANT, "canary-other"), Code.TOKEN_REFUSED))
        .contains("401", "invalid_client")
        .doesNotContain("canary");
  }

  @Test
  void saysThatTheGrantIsRefused() {
    assertThat(
            assertFailed(
                issue(Provider.ENTRA, provider.entra(), "grant_type=password", SECRET),
                Code.TOKEN_REFUSED))
        .contains("unsupported_grant_type");
  }

  @Test
  void theSecretGoesWhereItBelongs() {
    assertFailed(issue(Provider.OKTA, provider.entra(), GRANT, SECRET), Code.TOKEN_REFUSED);
    assertFailed(issue(Provider.ENTRA, provider.okta(), GRANT, SECRET), Code.TOKEN_REFUSED);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "200 | <html>hello</html>",
        "200 | []",
        "200 | {}",
        "200 | {\"access_token\":7}",
        "200 | {\"access_token\":\"\"}",
        "302 | {\"access_token\":\"token\"}",
        "500 | {\"access_token\":\"token\"}",
        "200 | ''",
      })
  void saysThatTheAnswerIsNone(int status, String body) {
    HttpServer server =
        HttpServers.start(
            0,
            exchange -> {
              exchange.getResponseHeaders().set("Location", provider.okta().toString());
              HttpServers.answer(
                  exchange, status, "application/json", body.getBytes(StandardCharsets.UTF_8));
            });
    try {
      URI url = URI.create("http://localhost:" + server.getAddress().getPort() + "/token");

      assertThat(assertFailed(issue(Provider.OKTA, url, GRANT, SECRET), Code.TOKEN_MALFORMED))
          .contains("status " + status)
          .doesNotContain(body.isEmpty() ? "\0" : body);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void saysThatNothingListens() throws Exception {
    int port;
    try (BrokenServer closed = BrokenServer.silent()) {
      port = closed.port();
    }

    assertThat(
            assertFailed(
                issue(Provider.OKTA, URI.create("https://localhost:" + port), GRANT, SECRET),
                Code.TOKEN_ENDPOINT_UNREACHABLE))
        .contains("localhost", "refused");
  }

  @Test
  void tellsNothingToWhoHasACertificateForAnotherName() {
    URI url = URI.create(provider.okta().toString().replace("localhost", "127.0.0.1"));

    assertFailed(issue(Provider.OKTA, url, GRANT, SECRET), Code.TOKEN_ENDPOINT_UNREACHABLE);
  }

  @Test
  void endsByTheDeadlineWhereNothingAnswers() throws Exception {
    try (BrokenServer silent = BrokenServer.silent()) {
      Attempt<Credentials> attempt =
          endpoint.issue(
              at(Provider.OKTA, URI.create("https://localhost:" + silent.port()), GRANT),
              "client",
              SECRET,
              Deadline.in(Duration.ofMillis(300)));

      assertFailed(attempt, Code.TOKEN_ENDPOINT_UNREACHABLE);
    }
  }

  @Test
  void aNameServerThatIsSilentHoldsNoCarrierAndCanBeLeft() throws Exception {
    try (SilentNames names = SilentNames.open()) {
      FutureTask<Attempt<Credentials>> issue =
          new FutureTask<>(
              () ->
                  endpoint.issue(
                      at(Provider.OKTA, URI.create("https://idp.silent.test/token"), GRANT),
                      "client",
                      SECRET,
                      deadline));
      Thread thread = Thread.ofVirtual().start(issue);
      Await.until(
          "the name is looked up", Duration.ofSeconds(10), () -> !names.waiting().isEmpty());

      thread.interrupt();

      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(() -> issue.get(5, TimeUnit.SECONDS))
          .withCauseInstanceOf(InterruptedException.class);
      assertThat(names.waiting()).noneMatch(Thread::isVirtual);
    }
  }

  @Test
  void saysThatThereIsNoSuchName() {
    assertThat(
            assertFailed(
                issue(Provider.OKTA, URI.create("https://no-such-host.invalid"), GRANT, SECRET),
                Code.TOKEN_ENDPOINT_UNREACHABLE))
        .isEqualTo("no address for no-such-host.invalid");
  }

  /** Returns the detail, which never holds anything secret. */
  private static String assertFailed(Attempt<?> attempt, Code code) {
    assertThat(attempt).isInstanceOf(Attempt.Failed.class);
    Attempt.Failed<?> failed = (Attempt.Failed<?>) attempt;
    assertThat(failed.code()).as(failed.detail()).isEqualTo(code);
    assertThat(failed.detail()).doesNotContain(SECRET);
    return failed.detail();
  }
}
