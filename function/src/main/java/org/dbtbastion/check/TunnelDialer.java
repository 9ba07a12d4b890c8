package org.dbtbastion.check;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.Socket;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;

/** Opens one forwarded connection after the other through the same login. */
final class TunnelDialer implements WarehouseClient.Dialer {

  private final Ssh.Tunnel tunnel;
  private final Connection connection;
  private volatile Socket dialed;

  TunnelDialer(Ssh.Tunnel tunnel, Connection connection) {
    this.tunnel = tunnel;
    this.connection = connection;
  }

  /** The session with the socket that was opened for it, the last. */
  Hold.Held held(WarehouseClient.Session session) {
    return new Hold.Held(session, dialed);
  }

  @Override
  public Socket dial() throws IOException {
    dialed = forwarded();
    return dialed;
  }

  private Socket forwarded() throws IOException {
    try {
      return switch (tunnel.forward(connection.host(), connection.port())) {
        case Attempt.Passed<Socket>(Socket socket, _) -> socket;
        case Attempt.Warned<Socket>(Socket socket, _, _, _) -> socket;
        case Attempt.Failed<Socket>(Code code, String detail, _) ->
            throw new ConnectException(code.id() + ": " + detail);
      };
    } catch (InterruptedException _) {
      throw new InterruptedIOException();
    }
  }
}
