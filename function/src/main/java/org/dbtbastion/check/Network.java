package org.dbtbastion.check;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dbtbastion.deadline.Deadline;

/** Names and TCP. May be used by several threads. */
public final class Network {

  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

  /** Turns a name into its addresses; as {@link InetAddress#getAllByName(String)}. */
  @FunctionalInterface
  interface Resolver {
    InetAddress[] resolve(String host) throws UnknownHostException;
  }

  private static final Pattern LITERAL = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");

  private final Resolver resolver;

  /** With this machine's names. */
  public Network() {
    this(InetAddress::getAllByName);
  }

  Network(Resolver resolver) {
    this.resolver = resolver;
  }

  /**
   * The name's addresses. {@code notFound} is what to call it when there are none. It takes as long
   * as the name servers do, or until the thread is interrupted.
   */
  public Attempt<List<InetAddress>> resolve(String host, Code notFound)
      throws InterruptedException {
    if (isLiteral(host)) {
      // Not worth a thread: of many logins at once each would have one.
      return new Attempt.Passed<>(List.of(InetAddress.ofLiteral(host)), host);
    }
    // On a platform thread: a look-up is a native call, which holds a virtual thread's carrier for
    // as long as the name servers are silent, and there are only as many carriers as processors.
    FutureTask<InetAddress[]> lookup = new FutureTask<>(() -> resolver.resolve(host));
    Thread.ofPlatform().daemon().name("dns " + host).start(lookup);
    try {
      List<InetAddress> addresses = List.of(lookup.get());
      String text = text(addresses);
      return new Attempt.Passed<>(addresses, host.equals(text) ? text : host + " is " + text);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownHostException) {
        return new Attempt.Failed<>(notFound, "no address for " + host);
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** As {@link #resolve}, with a warning where an address is public. */
  Attempt<List<InetAddress>> resolvePrivate(String host, Code notFound)
      throws InterruptedException {
    Attempt<List<InetAddress>> attempt = resolve(host, notFound);
    if (attempt instanceof Attempt.Passed<List<InetAddress>>(var addresses, var detail)
        && addresses.stream().anyMatch(Network::isPublic)) {
      return new Attempt.Warned<>(addresses, Code.PUBLIC_ADDRESS, detail);
    }
    return attempt;
  }

  /**
   * A connection to the first of the addresses that answers, tried in order, each for its share of
   * the time that is left.
   */
  Attempt<Socket> connect(
      List<InetAddress> addresses, int port, Code refused, Code timeout, Deadline deadline)
      throws IOException {
    Attempt.Failed<Socket> failure = null;
    for (int i = 0; i < addresses.size(); i++) {
      InetSocketAddress address = new InetSocketAddress(addresses.get(i), port);
      // The last few milliseconds are for saying so: a time-out here knows the address.
      int share =
          Math.max(1, deadline.remainingMillis() * 19 / 20 / Math.max(1, addresses.size() - i));
      Socket socket = new Socket();
      try {
        socket.setTcpNoDelay(true);
        socket.connect(address, share);
        return new Attempt.Passed<>(socket, "connected to " + text(address));
      } catch (SocketTimeoutException _) {
        socket.close();
        failure =
            new Attempt.Failed<>(timeout, text(address) + " did not answer in " + share + " ms");
      } catch (ConnectException e) {
        socket.close();
        if (failure == null || failure.code() == refused) {
          failure = new Attempt.Failed<>(refused, text(address) + ": " + e.getMessage());
        }
      } catch (IOException e) {
        socket.close();
        // No route to host, network is unreachable: as little an answer as silence is.
        failure = new Attempt.Failed<>(timeout, text(address) + ": " + e.getMessage());
      }
    }
    return failure;
  }

  /** Whether the address is one that the internet routes. */
  static boolean isPublic(InetAddress address) {
    if (address.isLoopbackAddress()
        || address.isSiteLocalAddress()
        || address.isLinkLocalAddress()
        || address.isAnyLocalAddress()) {
      return false;
    }
    byte[] bytes = address.getAddress();
    if (address instanceof Inet6Address) {
      return (bytes[0] & 0xfe) != 0xfc; // fc00::/7, unique local addresses (RFC 4193)
    }
    return (bytes[0] & 0xff) != 100 || (bytes[1] & 0xc0) != 64; // 100.64.0.0/10 (RFC 6598)
  }

  /** Whether it is an IPv4 address as it is usually written, not a name. */
  private static boolean isLiteral(String host) {
    return LITERAL.matcher(host).matches();
  }

  private static String text(List<InetAddress> addresses) {
    return addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
  }

  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
