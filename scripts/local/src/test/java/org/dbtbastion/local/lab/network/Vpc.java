package org.dbtbastion.local.lab.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The network between the hosts: a router in a namespace of its own, to which each host has its own
 * link, and on which the security groups are packet filters. Needs root. Safe for use by several
 * threads.
 */
public final class Vpc implements AutoCloseable {

  /** What EC2's interfaces start with. Source: the EC2 user guide, "Network MTU". */
  public static final int JUMBO_MTU = 9001;

  /** What arrives from the internet. */
  public static final int INTERNET_MTU = 1500;

  // Every host's gateway: a link-local address that each link has on the router's side.
  private static final String GATEWAY = "169.254.1.1";

  private static final Pattern PACKETS = Pattern.compile("packets (\\d+)");

  private final String prefix;
  private final Path folder;
  private final Namespace router;
  private final SecurityGroups groups;
  private final Set<Namespace> hosts = new LinkedHashSet<>();
  private final Map<String, String> linkOf = new HashMap<>();
  private final Set<String> narrow = new HashSet<>();
  private int links;

  /**
   * Makes a network without hosts.
   *
   * @param prefix what the names of its namespaces begin with
   * @param folder where its ruleset is written
   */
  public Vpc(String prefix, Path folder, SecurityGroups groups) {
    this.prefix = prefix;
    this.folder = folder;
    this.groups = groups;
    this.router = Namespace.create(prefix + "-vpc");
    try {
      router.run("sysctl", "-q", "-w", "net.ipv4.ip_forward=1");
      router.run(
          "nft",
          """
          table ip cuts {
            set silent { type ipv4_addr; }
            chain forward {
              type filter hook forward priority filter - 1; policy accept;
              ip saddr @silent drop
              ip daddr @silent drop
            }
          }
          """);
      filter();
    } catch (RuntimeException e) {
      router.close();
      throw e;
    }
  }

  Namespace router() {
    return router;
  }

  /** Makes a host's namespace, with a link to the router and these addresses. */
  public synchronized Namespace connect(String host, int mtu, String... addresses) {
    Namespace namespace = Namespace.create(prefix + "-" + host);
    hosts.add(namespace);
    String link = "link" + links++;
    router.run(
        "ip",
        "link",
        "add",
        link,
        "mtu",
        Integer.toString(mtu),
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "mtu",
        Integer.toString(mtu),
        "netns",
        namespace.name());
    router.run("ip", "address", "add", GATEWAY + "/32", "dev", link);
    router.run("ip", "link", "set", link, "up");
    namespace.run("ip", "link", "set", "eth0", "up");
    for (String address : addresses) {
      namespace.run("ip", "address", "add", address + "/32", "dev", "eth0");
      router.run("ip", "route", "add", address + "/32", "dev", link);
      linkOf.put(address, link);
    }
    namespace.run("ip", "route", "add", GATEWAY, "dev", "eth0", "scope", "link");
    namespace.run(
        "ip", "route", "add", "default", "via", GATEWAY, "dev", "eth0", "src", addresses[0]);
    return namespace;
  }

  /** Removes a host's namespace and link; what ran in it must have ended. */
  public synchronized void disconnect(Namespace host) {
    if (hosts.remove(host)) {
      host.close();
    }
  }

  /** Loses every packet to and from an address, without a word to anybody. */
  public void cut(String address) {
    router.run("nft", "add element ip cuts silent { %s }".formatted(address));
  }

  /** Takes back {@link #cut}. */
  public void mend(String address) {
    router.run("nft", "delete element ip cuts silent { %s }".formatted(address));
  }

  /**
   * From now on a hop between two addresses passes no packet that is larger than this many bytes,
   * and does not say so: path MTU discovery finds a black hole. Source: RFC 2923, section 2.1.
   */
  public synchronized void narrow(String one, String other, int mtu) {
    router.run(
        "nft",
        """
        table ip black-hole
        delete table ip black-hole
        table ip black-hole {
          counter silenced { }
          chain output {
            type filter hook output priority filter; policy accept;
            icmp type destination-unreachable icmp code frag-needed counter name silenced drop
          }
        }
        """);
    narrowOneWay(one, other, mtu);
    narrowOneWay(other, one, mtu);
  }

  /** How often {@link #narrow}'s hop, since then, lost a packet and did not say so. */
  public long silenced() {
    Matcher counter =
        PACKETS.matcher(router.run("nft", "list", "counter", "ip", "black-hole", "silenced"));
    if (!counter.find()) {
      throw new IllegalStateException("nft lists no counter");
    }
    return Long.parseLong(counter.group(1));
  }

  private void narrowOneWay(String from, String to, int mtu) {
    // A routing table for each address that is the end of a narrow way.
    String table = linkOf.get(to).replace("link", "10");
    if (narrow.add(from + " " + to)) {
      router.run("ip", "rule", "add", "from", from, "to", to, "lookup", table);
    }
    router.run(
        "ip route replace table %s %s/32 dev %s mtu lock %d"
            .formatted(table, to, linkOf.get(to), mtu)
            .split(" "));
  }

  /**
   * From now on the way to a public address forgets connections on which nothing passes for this
   * long, and loses what comes later, without a word to anybody. Load balancers, NAT gateways and
   * the newest instances' security groups do so, most of them after 350 seconds. Open connections
   * are not concerned.
   *
   * <p>Source: the guide to Network Load Balancers, "Connection idle timeout"; the EC2 user guide,
   * "Security group connection tracking".
   */
  public void forgetIdle(String publicAddress, Duration limit) {
    // Else a packet in the middle of a connection that is not known begins it anew.
    router.run("sysctl", "-q", "-w", "net.netfilter.nf_conntrack_tcp_loose=0");
    router.run(
        "nft",
        """
        table ip idle {
          ct timeout short {
            protocol tcp;
            l3proto ip;
            policy = { established : %d };
          }
          chain prerouting {
            type filter hook prerouting priority mangle; policy accept;
            ct state invalid drop
            ip daddr %s meta l4proto tcp ct timeout set "short"
          }
        }
        """
            .formatted(limit.toSeconds(), publicAddress));
  }

  /** Lets everybody in at a TCP port, whatever the security groups say. */
  public synchronized void openPort(int port) {
    groups.openPort(port);
    filter();
  }

  /** Takes back {@link #openPort}. */
  public synchronized void closePort(int port) {
    groups.closePort(port);
    filter();
  }

  /** Puts an address into a security group. */
  public synchronized void join(String group, String address) {
    groups.add(group, address);
    filter();
  }

  /** Takes an address out of all security groups. */
  public synchronized void leave(String address) {
    groups.remove(address);
    filter();
  }

  /**
   * Leads an Elastic IP to a private address. What came by it to another host before is lost from
   * now on, both ways, as neither side is told.
   */
  public synchronized void associate(String elasticIp, String privateAddress) {
    groups.associate(elasticIp, privateAddress);
    filter();
  }

  /**
   * Leads new connections to the address of a Network Load Balancer to these hosts, in turn.
   * Connections that are open stay where they are, also with a host that is no longer named.
   *
   * <p>A stand-in: it keeps the client's address, and the rules of the balancer's security group
   * and of the hosts' hold. It looks after no host's health, knows no zones, ends nothing for being
   * idle, and what its own group may send is not looked at.
   */
  public synchronized void balance(String balancer, List<String> targets) {
    groups.balance(balancer, targets);
    filter();
  }

  private void filter() {
    try {
      Path file = Files.writeString(folder.resolve("security-groups.nft"), groups.ruleset());
      router.run("nft", "-f", file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes all of it; hosts in it must have ended. */
  @Override
  public synchronized void close() {
    hosts.forEach(Namespace::close);
    hosts.clear();
    router.close();
  }
}
