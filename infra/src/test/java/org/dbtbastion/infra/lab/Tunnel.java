package org.dbtbastion.infra.lab;

import java.io.IOException;
import java.net.Socket;
import org.dbtbastion.testing.ChildProcess;

/** A client's forward to the warehouse, through which sessions are opened as dbt opens them. */
final class Tunnel implements AutoCloseable {

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
  ChildProcess client() {
    return client;
  }

  /** A connection through it. The caller closes it. */
  Socket dial() throws IOException {
    return lab.dbt().dial("127.0.0.1", port);
  }

  /** Ends the client, and so the tunnel. */
  @Override
  public void close() {
    client.close();
  }
}
