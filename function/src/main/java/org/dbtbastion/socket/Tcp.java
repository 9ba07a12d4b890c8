package org.dbtbastion.socket;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.List;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;

/** Opens TCP connections. */
public final class Tcp {

  private Tcp() {}

  /**
   * A connection to the first of the addresses that answers, tried in order, each for its share of
   * the time that is left.
   *
   * @param addresses at least one
   * @param refused the cause to name where nothing listens
   * @param timeout the cause to name where nobody answers
   */
  public static Attempt<Socket> connect(
      List<InetAddress> addresses, int port, Code refused, Code timeout, Deadline deadline)
      throws IOException {
    Attempt<Socket> attempt = connect(addresses, 0, port, refused, timeout, deadline);
    for (int i = 1; i < addresses.size() && attempt instanceof Attempt.Failed<Socket> before; i++) {
      attempt = worse(before, connect(addresses, i, port, refused, timeout, deadline), refused);
    }
    return attempt;
  }

  /** Silence of one address says more than another's refusal. */
  private static Attempt<Socket> worse(
      Attempt.Failed<Socket> before, Attempt<Socket> now, Code refused) {
    return now instanceof Attempt.Failed<Socket> failed
            && failed.code() == refused
            && before.code() != refused
        ? before
        : now;
  }

  private static Attempt<Socket> connect(
      List<InetAddress> addresses,
      int index,
      int port,
      Code refused,
      Code timeout,
      Deadline deadline)
      throws IOException {
    InetSocketAddress address = new InetSocketAddress(addresses.get(index), port);
    // The last few milliseconds are for saying so: a time-out here knows the address.
    int share = Math.max(1, deadline.remainingMillis() * 19 / 20 / (addresses.size() - index));
    Socket socket = new Socket();
    try {
      socket.setTcpNoDelay(true);
      socket.connect(address, share);
      return new Attempt.Passed<>(socket, "connected to " + text(address));
    } catch (SocketTimeoutException _) {
      socket.close();
      return new Attempt.Failed<>(timeout, text(address) + " did not answer in " + share + " ms");
    } catch (ConnectException e) {
      socket.close();
      return new Attempt.Failed<>(refused, text(address) + ": " + e.getMessage());
    } catch (IOException e) {
      socket.close();
      // No route to host, network is unreachable: as little an answer as silence is.
      return new Attempt.Failed<>(timeout, text(address) + ": " + e.getMessage());
    }
  }

  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
