package org.dbtbastion.audit;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.network.NetworkSnapshot;
import org.dbtbastion.network.ResolvedHost;
import org.dbtbastion.network.SnapshotReader;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.socket.Dns;

/**
 * The configuration audit: where a check failed in the network, it reads the configuration of the
 * network path from AWS and names what is wrong in it. Thread-safe.
 */
public final class Audit {

  /** The longest that looking up names may take, all at the same time. */
  private static final Duration NAMES_LIMIT = Duration.ofSeconds(5);

  /** AWS does not answer in less. */
  private static final Duration SHORTEST = Duration.ofSeconds(1);

  /** Turns a name into its IPv4 addresses; none if it has none. */
  @FunctionalInterface
  interface Names {
    List<Cidr> addresses(String host) throws InterruptedException;
  }

  private final DeployedResources resources;
  private final SnapshotReader source;
  private final Names names;
  private final Consumer<Throwable> unexpected;

  /**
   * @param unexpected receives unexpected errors, for the log
   */
  public Audit(DeployedResources resources, SnapshotReader source, Consumer<Throwable> unexpected) {
    this(resources, source, new Dns(), unexpected);
  }

  private Audit(
      DeployedResources resources, SnapshotReader source, Dns dns, Consumer<Throwable> unexpected) {
    this(resources, source, host -> addresses(dns, host), unexpected);
  }

  /** With another resolver. */
  Audit(
      DeployedResources resources,
      SnapshotReader source,
      Names names,
      Consumer<Throwable> unexpected) {
    this.resources = resources;
    this.source = source;
    this.names = names;
    this.unexpected = unexpected;
  }

  /**
   * Audits results of a check.
   *
   * @param connections those that were checked
   * @param everything whether to audit all segments, also where nothing failed; otherwise only
   *     those that a failed stage casts doubt on
   * @return the findings of each result that was audited, the likeliest cause first; no findings
   *     mean that everything visible is as it should be
   */
  public Map<RouteResult, List<Finding>> audit(
      Report report, List<Connection> connections, boolean everything, Deadline deadline)
      throws InterruptedException {
    Map<RouteResult, Set<Segment>> doubted = new LinkedHashMap<>();
    for (RouteResult result : report.results()) {
      Set<Segment> segments = EnumSet.noneOf(Segment.class);
      segments.addAll(everything ? Segment.of(result.route()) : Segment.doubtedBy(result));
      if (!segments.isEmpty()) {
        doubted.put(result, segments);
      }
    }
    if (doubted.isEmpty()) {
      return Map.of();
    }
    if (deadline.remaining().compareTo(SHORTEST) < 0) {
      return forEach(
          doubted.keySet(),
          new Finding(
              Cause.UNREADABLE,
              "audit",
              "no time was left for the audit",
              "Check fewer connections at once."));
    }
    try {
      return findings(doubted, connections, deadline);
    } catch (RuntimeException e) {
      // The report must come even if the audit fails.
      unexpected.accept(e);
      return forEach(
          doubted.keySet(),
          new Finding(
              Cause.UNREADABLE,
              "audit",
              "the audit itself failed",
              "Look for it in the log of the function."));
    }
  }

  private static Map<RouteResult, List<Finding>> forEach(
      Set<RouteResult> results, Finding finding) {
    return results.stream().collect(Collectors.toMap(Function.identity(), _ -> List.of(finding)));
  }

  private Map<RouteResult, List<Finding>> findings(
      Map<RouteResult, Set<Segment>> doubted, List<Connection> connections, Deadline deadline)
      throws InterruptedException {
    Set<String> names =
        doubted.keySet().stream().map(RouteResult::connection).collect(Collectors.toSet());
    List<Connection> concerned =
        connections.stream().filter(connection -> names.contains(connection.name())).toList();
    Map<String, ResolvedHost> warehouses = warehouses(concerned, deadline.within(NAMES_LIMIT));
    NetworkSnapshot snapshot = source.read(resources, Set.copyOf(warehouses.values()), deadline);
    Map<RouteResult, List<Finding>> findings = new HashMap<>();
    for (Connection connection : concerned) {
      ResolvedHost warehouse = warehouses.get(connection.name());
      doubted.forEach(
          (result, segments) -> {
            if (result.connection().equals(connection.name())) {
              findings.put(
                  result,
                  new RouteAnalysis(
                          new AuditedRoute(
                              resources,
                              new SnapshotView(snapshot, new Findings()),
                              connection,
                              warehouse,
                              result.host()))
                      .findings(segments));
            }
          });
    }
    return findings;
  }

  /** Where connections lead, by their names. */
  private Map<String, ResolvedHost> warehouses(List<Connection> connections, Deadline deadline)
      throws InterruptedException {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      Map<String, Future<List<Cidr>>> lookups = new HashMap<>();
      for (Connection connection : connections) {
        lookups.computeIfAbsent(
            connection.host(), host -> executor.submit(() -> names.addresses(host)));
      }
      Map<String, ResolvedHost> warehouses = new HashMap<>();
      for (Connection connection : connections) {
        warehouses.put(
            connection.name(),
            new ResolvedHost(
                connection.host(),
                answer(lookups.get(connection.host()), deadline),
                connection.authentication().flatMap(Audit::issuer)));
      }
      return warehouses;
    }
  }

  private static List<Cidr> addresses(Dns dns, String host) throws InterruptedException {
    List<Cidr> addresses = new ArrayList<>();
    if (dns.resolve(host, Code.NAME_NOT_FOUND)
        instanceof Attempt.Passed<List<InetAddress>>(var found, _)) {
      found.stream()
          .filter(Inet4Address.class::isInstance)
          .map(address -> Cidr.of(address.getHostAddress()))
          .forEach(addresses::add);
    }
    return addresses;
  }

  /** A name whose look-up times out has no addresses. */
  private static List<Cidr> answer(Future<List<Cidr>> lookup, Deadline deadline)
      throws InterruptedException {
    try {
      return lookup.get(deadline.remainingMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      lookup.cancel(true);
      return List.of();
    } catch (CancellationException _) {
      return List.of();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private static Optional<Authentication.Issuer> issuer(Authentication authentication) {
    return switch (authentication) {
      case Authentication.Iam iam -> Optional.of(iam.issuer());
      case Authentication.IamRole role -> Optional.of(role.issuer());
      case Authentication.Database _, Authentication.IdentityCenter _ -> Optional.empty();
    };
  }
}
