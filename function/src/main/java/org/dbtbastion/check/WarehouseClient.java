package org.dbtbastion.check;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;

/**
 * A client of the warehouse. Its methods block until they have an outcome or the thread is
 * interrupted; the caller sets the deadline. Implementations are thread-safe.
 */
public interface WarehouseClient {

  /**
   * Asks for TLS and shakes hands, verifying the certificate and the name, then closes the socket.
   *
   * @param host the name that the certificate must be for
   * @return the protocol version and cipher suite
   */
  Attempt<String> tls(Socket socket, String host) throws IOException;

  /** Logs in, over TLS that is verified against the connection's host. */
  Attempt<Session> login(
      Connection connection, Credentials credentials, Dialer dialer, Deadline deadline);

  /** Opens a connected socket to the warehouse, on the route that is being checked. */
  @FunctionalInterface
  interface Dialer {
    Socket dial() throws IOException;
  }

  /** A session that is logged in. */
  interface Session extends AutoCloseable {

    /**
     * Runs what dbt runs first, then has a large result sent, which only arrives where large
     * packets do. The value describes the server.
     */
    Attempt<String> query(Deadline deadline);

    /**
     * The failure to report if {@link #query} does not return; may be called from another thread.
     */
    Attempt.Failed<String> queryTimeout();

    /**
     * Looks whether the user may do what dbt does: build in the connection's schemas, read its
     * sources. {@link Code#GRANTS_MISSING} says by which statements it may.
     */
    Attempt<String> grants(Connection connection, Deadline deadline);

    /**
     * Asks for a sign of life. {@link Code#QUERY_TIMEOUT} if none comes; where the warehouse has
     * ended the session, what it said is in the detail.
     */
    Attempt<String> answers(Duration limit);

    /** Never throws: nothing can be done about a session that does not close. */
    @Override
    void close();
  }
}
