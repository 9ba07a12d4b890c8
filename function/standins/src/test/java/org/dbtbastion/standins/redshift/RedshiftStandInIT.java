package org.dbtbastion.standins.redshift;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.cert.CertificateExpiredException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Objects;
import java.util.Properties;
import org.dbtbastion.standins.redshift.RedshiftStandIn.Fault;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedshiftStandInIT {

  private static final byte[] SSL_REQUEST =
      ByteBuffer.allocate(8).putInt(8).putInt(80877103).array();

  private static final String TRUST_STORE = "javax.net.ssl.trustStore";

  @TempDir private static Path folder;
  private static RedshiftStandIn redshift;

  @BeforeAll
  static void start() {
    redshift = RedshiftStandIn.start(folder);
    // The driver reads it whenever it connects.
    System.setProperty(TRUST_STORE, redshift.caTrustStore().toString());
  }

  @AfterAll
  static void stop() {
    System.clearProperty(TRUST_STORE);
    redshift.close();
  }

  @BeforeEach
  void mend() {
    redshift.behave(Fault.NONE);
  }

  @Test
  void letsTheRedshiftDriverInOverVerifiedTls() throws SQLException {
    try (Connection connection = connect(redshift.password())) {
      assertThat(answer(connection, "select version()"))
          .startsWith("PostgreSQL 8.0.2 on i686-pc-linux-gnu")
          .contains("Redshift 1.0.");
      assertThat(answer(connection, "select current_user || '@' || current_database()"))
          .isEqualTo("dbt_user@analytics");
    }
  }

  @Test
  void letsInWhoComesWithAGoodTokenAsTheDriversPluginDoes() throws SQLException {
    redshift.acceptToken("good-token");

    try (Connection connection = connectWithToken("good-token")) {
      assertThat(answer(connection, "select current_user || '@' || current_database()"))
          .isEqualTo("dbt_user@analytics");
    }
    SQLException refused =
        catchThrowableOfType(SQLException.class, () -> connectWithToken("bad-token"));
    assertThat(refused.getSQLState()).isEqualTo("28000");
  }

  private static Connection connectWithToken(String token) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("plugin_name", "com.amazon.redshift.plugin.IdpTokenAuthPlugin");
    properties.setProperty("token", token);
    properties.setProperty("token_type", "EXT_JWT");
    properties.setProperty("sslmode", "verify-full");
    properties.setProperty("sslfactory", "com.amazon.redshift.ssl.DefaultJavaSSLFactory");
    return new com.amazon.redshift.jdbc.Driver().connect(redshift.jdbcUrl(), properties);
  }

  @Test
  void letsAUserInWithAPasswordThatWasIssuedUntilItExpires() throws SQLException {
    String first = redshift.issuePassword("IAMA:new user");
    assertThat(redshift.issuePassword("IAMA:new user")).isEqualTo(first);
    connect("IAMA:new user", first).close();

    redshift.acceptToken("token");
    redshift.expireCredentials();
    String second = redshift.issuePassword("IAMA:new user");

    try (Connection connection = connect("IAMA:new user", second)) {
      assertThat(answer(connection, "select current_user")).isEqualTo("IAMA:new user");
    }
    assertThatThrownBy(() -> connect("IAMA:new user", first)).isInstanceOf(SQLException.class);
    assertThatThrownBy(() -> connectWithToken("token")).isInstanceOf(SQLException.class);
  }

  @Test
  void passesPreparedStatementsAndLargeResults() throws SQLException {
    try (Connection connection = connect(redshift.password());
        var statement = connection.prepareStatement("select repeat('x', ?)")) {
      statement.setInt(1, 3_000_000);
      try (ResultSet result = statement.executeQuery()) {
        assertThat(result.next()).isTrue();
        assertThat(result.getString(1)).hasSize(3_000_000);
      }
    }
  }

  @Test
  void passesCancelRequestsOn() throws SQLException {
    try (Connection connection = connect(redshift.password());
        Statement statement = connection.createStatement()) {
      statement.setQueryTimeout(1);

      assertThatThrownBy(() -> statement.execute("select pg_sleep(30)"))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
    }
  }

  @Test
  void refusesAWrongPassword() {
    assertThat(failure(() -> connect("not-the-password")).getSQLState()).isEqualTo("28P01");
  }

  @Test
  void takesANewPassword() throws SQLException {
    String old = redshift.password();
    redshift.setPassword("it's new");

    connect("it's new").close();
    assertThat(failure(() -> connect(old)).getSQLState()).isEqualTo("28P01");
  }

  @Test
  void executesAsSuperuser() throws SQLException {
    redshift.execute("create table if not exists public.seen as select 7 as n");
    redshift.execute("grant select on public.seen to dbt_user");

    try (Connection connection = connect(redshift.password())) {
      assertThat(answer(connection, "select n from seen")).isEqualTo("7");
    }
  }

  @Test
  void withoutTlsAnswersN() throws IOException {
    redshift.behave(Fault.NO_TLS);

    assertThat(answerToSslRequest()).isEqualTo('N');
  }

  @Test
  void garbageIsNoAnswerToSslRequest() throws IOException {
    redshift.behave(Fault.GARBAGE);

    assertThat(answerToSslRequest()).isNotIn((int) 'S', (int) 'N', (int) 'E', -1);
  }

  @Test
  void silentOnAcceptNeverAnswersSslRequest() {
    redshift.behave(Fault.SILENT_ON_ACCEPT);

    assertThatThrownBy(this::answerToSslRequest).isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void silentInTlsAnswersSAndThenNothing() throws IOException {
    redshift.behave(Fault.SILENT_IN_TLS);

    assertThat(answerToSslRequest()).isEqualTo('S');
    assertThat(failure(() -> connectWithin(Duration.ofSeconds(2))).getSQLState())
        .isEqualTo("08001");
  }

  @Test
  void silentAtLoginSpeaksTlsAndThenNothing() {
    redshift.behave(Fault.SILENT_AT_LOGIN);

    assertThat(failure(() -> connectWithin(Duration.ofSeconds(2))).getSQLState())
        .isEqualTo("08001");
  }

  @Test
  void silentAtQueryLetsTheUserInAndThenSaysNothing() throws SQLException {
    redshift.behave(Fault.SILENT_AT_QUERY);
    Properties properties = properties(redshift.password());
    properties.setProperty("socketTimeout", "2");

    try (Connection connection = connect(properties);
        Statement statement = connection.createStatement()) {
      assertThatThrownBy(() -> statement.execute("select 1"))
          .hasRootCauseInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void untrustedCertificateIsRefusedByTheDriver() {
    redshift.behave(Fault.UNTRUSTED_CERTIFICATE);

    assertThat((Throwable) failure(() -> connect(redshift.password())))
        .hasStackTraceContaining("unable to find valid certification path");
  }

  @Test
  void certificateForAnotherNameIsRefusedByTheDriver() {
    redshift.behave(Fault.WRONG_NAME_CERTIFICATE);

    assertThat(failure(() -> connect(redshift.password())).getMessage()).contains("localhost");
  }

  @Test
  void expiredCertificateIsRefusedByTheDriver() {
    redshift.behave(Fault.EXPIRED_CERTIFICATE);

    assertThat((Throwable) failure(() -> connect(redshift.password())))
        .hasRootCauseInstanceOf(CertificateExpiredException.class);
  }

  @Test
  void closeOnAcceptEndsTheConnection() {
    redshift.behave(Fault.CLOSE_ON_ACCEPT);

    assertThatThrownBy(
            () -> {
              if (answerToSslRequest() == -1) {
                throw new IOException("end of stream");
              }
            })
        .isInstanceOf(IOException.class)
        .isNotInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void downRefusesAndComesBackOnTheSamePort() throws SQLException {
    int port = redshift.port();
    try (Connection before = connect(redshift.password())) {
      redshift.behave(Fault.DOWN);

      assertThatThrownBy(() -> new Socket("127.0.0.1", port).close())
          .isInstanceOf(ConnectException.class);
      assertThatThrownBy(() -> answer(before, "select 1")).isInstanceOf(SQLException.class);
    }

    redshift.behave(Fault.NONE);
    connect(redshift.password()).close();
    assertThat(redshift.port()).isEqualTo(port);
  }

  private int answerToSslRequest() throws IOException {
    try (Socket socket = new Socket("127.0.0.1", redshift.port())) {
      socket.setSoTimeout(500);
      socket.getOutputStream().write(SSL_REQUEST);
      InputStream in = socket.getInputStream();
      return in.read();
    }
  }

  private interface Attempt {
    void run() throws SQLException;
  }

  private static SQLException failure(Attempt attempt) {
    return Objects.requireNonNull(catchThrowableOfType(SQLException.class, attempt::run));
  }

  private static void connectWithin(Duration limit) throws SQLException {
    Properties properties = properties(redshift.password());
    properties.setProperty("loginTimeout", Long.toString(limit.toSeconds()));
    connect(properties).close();
  }

  private static Connection connect(String password) throws SQLException {
    return connect(redshift.user(), password);
  }

  private static Connection connect(String user, String password) throws SQLException {
    Properties properties = properties(password);
    properties.setProperty("user", user);
    return connect(properties);
  }

  private static Connection connect(Properties properties) throws SQLException {
    return new com.amazon.redshift.Driver().connect(redshift.jdbcUrl(), properties);
  }

  private static Properties properties(String password) {
    Properties properties = new Properties();
    properties.setProperty("user", redshift.user());
    properties.setProperty("password", password);
    properties.setProperty("sslmode", "verify-full");
    properties.setProperty("loginTimeout", "20");
    return properties;
  }

  private static String answer(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getString(1);
    }
  }
}
