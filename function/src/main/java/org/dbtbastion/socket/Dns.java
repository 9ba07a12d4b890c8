package org.dbtbastion.socket;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;

/** Looks names up. Thread-safe. */
public final class Dns {

  private static final String OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

  private static final Pattern LITERAL = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");

  /** Turns a name into its addresses; as {@link InetAddress#getAllByName(String)}. */
  @FunctionalInterface
  public interface Resolver {
    InetAddress[] resolve(String host) throws UnknownHostException;
  }

  private final Resolver resolver;

  /** With this machine's names. */
  public Dns() {
    this(InetAddress::getAllByName);
  }

  /** With another resolver. */
  public Dns(Resolver resolver) {
    this.resolver = resolver;
  }

  /**
   * The name's addresses. It takes as long as the name servers do, or until the thread is
   * interrupted.
   *
   * @param notFound the cause to name where there are none
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
      String text =
          addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
      return new Attempt.Passed<>(addresses, host.equals(text) ? text : host + " is " + text);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof UnknownHostException) {
        return new Attempt.Failed<>(notFound, "no address for " + host);
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  /** As {@link #resolve}, with a warning where an address is public. */
  public Attempt<List<InetAddress>> resolvePrivate(String host, Code notFound)
      throws InterruptedException {
    Attempt<List<InetAddress>> attempt = resolve(host, notFound);
    if (attempt instanceof Attempt.Passed<List<InetAddress>>(var addresses, var detail)
        && addresses.stream().anyMatch(Dns::isPublic)) {
      return new Attempt.Warned<>(addresses, Code.PUBLIC_ADDRESS, detail);
    }
    return attempt;
  }

  /** Whether the address is one that the internet routes. */
  private static boolean isPublic(InetAddress address) {
    if (address instanceof Inet4Address) {
      return Cidr.of(address.getHostAddress()).isPublic();
    }
    return !address.isLoopbackAddress()
        && !address.isSiteLocalAddress()
        && !address.isLinkLocalAddress()
        && !address.isAnyLocalAddress()
        && (address.getAddress()[0] & 0xfe) != 0xfc; // fc00::/7, unique local (RFC 4193)
  }

  /** Whether it is an IPv4 address as it is usually written, not a name. */
  private static boolean isLiteral(String host) {
    return LITERAL.matcher(host).matches();
  }
}
