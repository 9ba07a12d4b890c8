package org.dbtbastion.redshift;

import com.amazon.redshift.jdbc.Driver;
import java.io.IOException;
import java.net.Socket;
import java.sql.SQLException;
import java.util.Properties;
import org.dbtbastion.check.WarehouseClient;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.socket.BoundedSocket;

/** Redshift, by Amazon's JDBC driver. */
public final class RedshiftWarehouse implements WarehouseClient {

  /** About ten times what a login and the check's queries take. */
  static final int MOST_BYTES = 1 << 20;

  private final Driver driver = new Driver();
  private final TlsProbe tls = new TlsProbe();

  @Override
  public Attempt<String> tls(Socket socket, String host) throws IOException {
    try (socket) {
      return tls.probe(new BoundedSocket(socket, MOST_BYTES), host);
    }
  }

  @Override
  public Attempt<Session> login(
      Connection connection, Credentials credentials, Dialer dialer, Deadline deadline) {
    Properties properties = new Properties();
    switch (credentials) {
      case Credentials.Password(String user, String password, _) -> {
        properties.setProperty("user", user);
        properties.setProperty("password", password);
      }
      case Credentials.Token(String token) -> {
        // The plugin only hands the token over, for a URL without "iam:".
        properties.setProperty("plugin_name", "com.amazon.redshift.plugin.IdpTokenAuthPlugin");
        properties.setProperty("token", token);
        properties.setProperty("token_type", "EXT_JWT");
      }
    }
    properties.setProperty("ApplicationName", "dbt-redshift-bastion");
    properties.setProperty("sslmode", "verify-full");
    // Trust what the JVM trusts, as the probe does.
    properties.setProperty("sslfactory", "com.amazon.redshift.ssl.DefaultJavaSSLFactory");
    // Rows come on the caller's thread, and no more of them than a check asks for.
    properties.setProperty("enableFetchRingBuffer", "false");
    properties.setProperty("maxResultBuffer", Integer.toString(MOST_BYTES));
    // No loginTimeout: it would log in on a thread that outlives its caller. The caller's thread is
    // interrupted at the deadline instead, which closes the socket.
    properties.setProperty(
        "socketTimeout", Integer.toString(1 + deadline.remainingMillis() / 1000));
    String url =
        "jdbc:redshift://"
            + connection.host()
            + ":"
            + connection.port()
            + "/"
            + connection.database();
    try (DialerSocketFactory.Registration registration = DialerSocketFactory.register(dialer)) {
      registration.apply(properties);
      java.sql.Connection session = driver.connect(url, properties);
      return new Attempt.Passed<>(
          new RedshiftSession(session, credentials),
          "logged in as %s to %s".formatted(user(credentials), connection.database()));
    } catch (SQLException e) {
      return SqlFailure.ofLogin(e, credentials);
    } catch (OutOfMemoryError _) {
      return SqlFailure.tooLarge(Code.LOGIN_FAILED);
    }
  }

  private static String user(Credentials credentials) {
    return switch (credentials) {
      case Credentials.Password(String user, _, _) -> user;
      case Credentials.Token _ -> "the token's user";
    };
  }
}
