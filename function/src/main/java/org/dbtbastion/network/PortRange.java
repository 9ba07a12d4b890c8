package org.dbtbastion.network;

/**
 * TCP ports that a rule is about.
 *
 * @param first the first; more than the last if the rule is not about TCP
 * @param last the last
 */
public record PortRange(int first, int last) {

  /** Of a rule about another protocol. */
  public static final PortRange NONE = new PortRange(1, 0);

  /** Of a rule about all protocols, or all of TCP. */
  public static final PortRange ALL = new PortRange(0, 65535);

  /** The ports of a rule about a protocol as EC2 names it: {@code -1}, {@code tcp} or {@code 6}. */
  public static PortRange of(String protocol, Integer first, Integer last) {
    return switch (protocol) {
      case "-1" -> ALL;
      case "tcp", "6" ->
          first == null || last == null || first == -1 ? ALL : new PortRange(first, last);
      default -> NONE;
    };
  }

  /** Whether a port is in it. */
  public boolean contains(int port) {
    return first <= port && port <= last;
  }

  /** As in {@code tcp/5439}. */
  @Override
  public String toString() {
    return first == last ? Integer.toString(first) : first + "-" + last;
  }
}
