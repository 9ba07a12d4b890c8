package org.dbtbastion.local.client;

import java.net.InetAddress;
import java.net.Socket;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.SocketFactory;
import org.dbtbastion.standins.redshift.RedshiftStandIn;

/** Amazon's JDBC driver, over connections that an SSH client has made. For several threads. */
public final class RedshiftDriver {

  private RedshiftDriver() {}

  /** Makes a connection to the warehouse. */
  @FunctionalInterface
  public interface Dialer {
    Socket dial() throws Exception;
  }

  /**
   * Logs in to the warehouse, whose name and certificate are checked. The caller closes the
   * session.
   *
   * @param patience how long it waits for anything from the warehouse, at least a second
   * @param name what the warehouse calls it, in {@code pg_stat_activity.application_name}
   */
  public static Connection connect(
      RedshiftStandIn warehouse, Dialer dialer, Duration patience, String name)
      throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", warehouse.user());
    properties.setProperty("password", warehouse.password());
    properties.setProperty("sslmode", "verify-full");
    properties.setProperty("sslrootcert", warehouse.caPem().toString());
    properties.setProperty("socketTimeout", Long.toString(patience.toSeconds()));
    properties.setProperty("ApplicationName", name);
    properties.setProperty("socketFactory", Sockets.class.getName());
    properties.setProperty("socketFactoryArg", Sockets.of(dialer));
    return new com.amazon.redshift.Driver().connect(warehouse.jdbcUrl(), properties);
  }

  /** The driver makes one by its name, with the argument. */
  public static final class Sockets extends SocketFactory {

    private static final Map<String, Dialer> DIALERS = new ConcurrentHashMap<>();

    private final Dialer dialer;

    /** For the driver. */
    public Sockets(String key) {
      this.dialer = DIALERS.remove(key);
    }

    static String of(Dialer dialer) {
      String key = UUID.randomUUID().toString();
      DIALERS.put(key, dialer);
      return key;
    }

    /** Connected already, which the driver looks at before it would connect. */
    @Override
    public Socket createSocket() {
      try {
        return dialer.dial();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public Socket createSocket(String host, int port) {
      return createSocket();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
      return createSocket();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      return createSocket();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort) {
      return createSocket();
    }
  }
}
