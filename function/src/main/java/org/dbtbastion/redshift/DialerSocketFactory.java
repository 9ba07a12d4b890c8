package org.dbtbastion.redshift;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Map;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.SocketFactory;
import org.dbtbastion.check.WarehouseClient.Dialer;
import org.dbtbastion.socket.BoundedSocket;

/**
 * Gives the driver sockets that are connected on the route that is being checked. The driver makes
 * its socket factory itself, by the name of the class and one argument: the argument is the key
 * under which the dialer was registered.
 */
public final class DialerSocketFactory extends SocketFactory {

  private static final Map<String, Dialer> DIALERS = new ConcurrentHashMap<>();

  private final Dialer dialer;

  /** For the driver. */
  public DialerSocketFactory(String key) {
    this.dialer = DIALERS.get(key);
  }

  /** Registers a dialer until the registration is closed. */
  static Registration register(Dialer dialer) {
    String key = UUID.randomUUID().toString();
    DIALERS.put(key, dialer);
    return new Registration(key);
  }

  /** A registered dialer. */
  record Registration(String key) implements AutoCloseable {

    /** Makes the driver use it. */
    void apply(Properties properties) {
      properties.setProperty("socketFactory", DialerSocketFactory.class.getName());
      properties.setProperty("socketFactoryArg", key);
    }

    @Override
    public void close() {
      DIALERS.remove(key);
    }
  }

  /** Connected already, which the driver looks at before it would connect. */
  @Override
  public Socket createSocket() throws IOException {
    return dial();
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return dial();
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return dial();
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return dial();
  }

  @Override
  public Socket createSocket(InetAddress host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return dial();
  }

  private Socket dial() throws IOException {
    return new BoundedSocket(dialer.dial(), RedshiftWarehouse.MOST_BYTES);
  }
}
