package org.dbtbastion.local.lab;

import java.io.IOException;
import java.net.Socket;
import java.sql.SQLException;
import java.time.Duration;
import org.dbtbastion.local.client.RedshiftDriver;
import org.dbtbastion.local.client.Session;
import org.dbtbastion.standins.process.ChildProcess;

/** A client's forward to the warehouse, through which sessions are opened as dbt opens them. */
public final class Tunnel implements AutoCloseable {

  // A session outlives a pause of the network.
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Lab lab;
  private final ChildProcess client;
  private final int port;

  /**
   * One that is open.
   *
   * @param client the ssh client that holds it
   * @param port where it begins, on the loopback interface of the dbt platform
   */
  Tunnel(Lab lab, ChildProcess client, int port) {
    this.lab = lab;
    this.client = client;
    this.port = port;
  }

  /** The ssh client that holds it. */
  public ChildProcess client() {
    return client;
  }

  /** A connection through it. The caller closes it. */
  public Socket dial() throws IOException {
    return lab.dbt().dial("127.0.0.1", port);
  }

  /**
   * Opens a session in the warehouse. The caller closes it.
   *
   * @param name what the warehouse calls it, in {@code pg_stat_activity.application_name}
   */
  public Session connect(String name) {
    try {
      return new Session(RedshiftDriver.connect(lab.warehouse(), this::dial, PATIENCE, name));
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Ends the client, and so the tunnel. */
  @Override
  public void close() {
    client.close();
  }
}
