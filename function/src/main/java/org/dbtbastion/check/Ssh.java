package org.dbtbastion.check;

import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;

/**
 * An SSH client. Its methods block until they have an outcome or the thread is interrupted, which
 * ends them at once; the caller sets the deadline. Implementations are thread-safe, a handshake or
 * tunnel by one at a time.
 */
public interface Ssh {

  /**
   * Begins the handshake on a connected socket. The handshake owns the socket from here on.
   *
   * @param user the user to log in as
   * @param pins the host keys that the server may show
   * @param identity empty where only the host key is to be looked at
   */
  Handshake begin(
      Socket socket, String user, List<HostKeyPin> pins, Optional<SshIdentity> identity);

  /** A handshake under way. Closing it closes the connection and the tunnel that came of it. */
  interface Handshake extends AutoCloseable {

    /**
     * Waits until the server has proved that it holds a pinned key. The value describes the key.
     */
    Attempt<String> hostKey() throws InterruptedException;

    /** How far the handshake got when waiting for the host key timed out. */
    <T> Attempt.Failed<T> hostKeyTimeout();

    /** Waits until the server has accepted the login. */
    Attempt<Tunnel> authentication() throws InterruptedException;

    @Override
    void close();
  }

  /** A login that can forward. */
  interface Tunnel {

    /**
     * Opens a connection from the server to the target.
     *
     * @param host literally as the server's PermitOpen has it
     */
    Attempt<Socket> forward(String host, int port) throws InterruptedException;

    /**
     * Sends nothing for this long, but answers what the server asks; ends sooner if the connection
     * does. A connection that died silently passes: that shows when it is used again.
     *
     * @param forwarded what {@link #forward} has given, if its end is to be noticed too
     * @return {@link Code#TUNNEL_CLOSED}, {@link Code#TUNNEL_RESET} or {@link Code#TUNNEL_SILENT}
     *     where the login ended, {@link Code#SESSION_ENDED} where only what is forwarded did; the
     *     detail says after how long
     */
    Attempt<Duration> idle(Optional<Socket> forwarded, Duration length) throws InterruptedException;

    /**
     * Asks the server for a sign of life. Fails as {@link #idle} does.
     *
     * @return after how long it came
     */
    Attempt<Duration> answers(Duration limit) throws InterruptedException;
  }
}
