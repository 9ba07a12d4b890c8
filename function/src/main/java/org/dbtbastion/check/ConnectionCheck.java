package org.dbtbastion.check;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.credentials.CredentialsSource;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.deployment.Deployment;
import org.dbtbastion.deployment.SshAccess;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.LoginsResult;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.Stage;
import org.dbtbastion.report.StageResult.Outcome;
import org.dbtbastion.socket.Dns;

/**
 * Checks connections on their routes, all at the same time, and reports what came of every stage.
 *
 * <p>Thread-safe. A report always comes by the deadline: what was not done by then is in it as
 * {@link Code#OUT_OF_TIME}.
 */
public final class ConnectionCheck {

  /** For what tunnels need of the deployment: at a cold start the first calls to AWS take long. */
  private static final Duration READ_LIMIT = Duration.ofSeconds(10);

  /**
   * The function has one processor: more at once would wait for it and use up their stages' limits.
   * A function also has 1,024 file descriptors and threads, and each look-up takes a thread.
   */
  private static final int DIRECT_AT_ONCE = 50;

  /**
   * Tunnels at once on each host. The smallest host has memory for 87, and dbt needs them. One
   * shared login would not do: a connection whose data nobody reads would hold up all others.
   */
  public static final int TUNNELS_AT_ONCE = 20;

  private final SshAccess access;
  private final Deployment deployment;
  private final Ssh ssh;
  private final Dns dns;
  private final StagesFactory factory;
  private final WarehouseStages warehouse;

  /**
   * @param unexpected receives unexpected errors, for the log
   */
  public ConnectionCheck(
      SshAccess access,
      Deployment deployment,
      CredentialsSource credentials,
      Ssh ssh,
      WarehouseClient warehouse,
      Consumer<Throwable> unexpected) {
    this(access, deployment, credentials, ssh, warehouse, new Dns(), Stage::limit, unexpected);
  }

  /** With another resolver and other limits. */
  public ConnectionCheck(
      SshAccess access,
      Deployment deployment,
      CredentialsSource credentials,
      Ssh ssh,
      WarehouseClient warehouse,
      Dns dns,
      Function<Stage, Duration> limits,
      Consumer<Throwable> unexpected) {
    this.access = access;
    this.deployment = deployment;
    this.ssh = ssh;
    this.dns = dns;
    this.factory = new StagesFactory(access, limits, unexpected);
    this.warehouse = new WarehouseStages(credentials, warehouse);
  }

  /**
   * Checks.
   *
   * @param connections what to check
   * @param routes on which routes
   * @param deadline by when the report must be there
   */
  public Report check(List<Connection> connections, Set<Route> routes, Deadline deadline)
      throws InterruptedException {
    return check(connections, routes, Options.NONE, deadline);
  }

  /**
   * Checks.
   *
   * @param options what to do other than every stage once
   */
  public Report check(
      List<Connection> connections, Set<Route> routes, Options options, Deadline deadline)
      throws InterruptedException {
    long begin = System.nanoTime();
    WarehouseStages wanted = options.login() ? warehouse : warehouse.withoutLogin();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<RouteResult>> results = new ArrayList<>();
      List<LoginsResult> logins = List.of();
      if (routes.contains(Route.DIRECT)) {
        DirectRoute route = new DirectRoute(factory, dns, wanted);
        results.addAll(direct(executor, connections, route, deadline));
      }
      if (routes.contains(Route.TUNNEL)) {
        Bastion bastion =
            Bastion.read(deployment, executor, deadline.within(READ_LIMIT), factory.unexpected());
        TunnelLogin login = new TunnelLogin(access, dns, ssh, bastion);
        TunnelRoute route = new TunnelRoute(factory, login, wanted, options.hold());
        results.addAll(tunnels(executor, connections, bastion, route, deadline));
        if (options.logins() > 0 && !connections.isEmpty()) {
          // Afterwards: they could make sshd drop the logins of the checks.
          logins =
              logins(
                  connections.getFirst(),
                  ready(bastion, outcomes(results)),
                  login,
                  options.logins(),
                  deadline);
        }
      }
      List<RouteResult> done = outcomes(results);
      return new Report(Duration.ofNanos(System.nanoTime() - begin), done, logins);
    }
  }

  private static List<Future<RouteResult>> direct(
      ExecutorService executor,
      List<Connection> connections,
      DirectRoute route,
      Deadline deadline) {
    Limiter limiter = new Limiter(DIRECT_AT_ONCE);
    return connections.stream()
        .map(
            connection ->
                executor.submit(
                    () -> limiter.run(deadline, () -> route.check(connection, deadline))))
        .toList();
  }

  /** A host, or the failure to find one, with the limit on its tunnels. */
  private record LimitedHost(Attempt<BastionHost> host, Limiter limiter) {}

  private static List<Future<RouteResult>> tunnels(
      ExecutorService executor,
      List<Connection> connections,
      Bastion bastion,
      TunnelRoute route,
      Deadline deadline) {
    List<LimitedHost> hosts =
        bastion.hosts().stream()
            .map(host -> new LimitedHost(host, new Limiter(TUNNELS_AT_ONCE)))
            .toList();
    List<Future<RouteResult>> results = new ArrayList<>();
    for (Connection connection : connections) {
      for (LimitedHost its : hosts) {
        results.add(
            executor.submit(
                () ->
                    its.limiter()
                        .run(deadline, () -> route.check(connection, its.host(), deadline))));
      }
    }
    return results;
  }

  /** Many logins at once on each host; what remedies call things needs some connection. */
  private List<LoginsResult> logins(
      Connection connection,
      List<Attempt<BastionHost>> hosts,
      TunnelLogin login,
      int logins,
      Deadline whole)
      throws InterruptedException {
    StagesFactory patient = factory.within(_ -> LoginBurst.LIMIT);
    List<LoginsResult> results = new ArrayList<>();
    for (Attempt<BastionHost> host : hosts) {
      Deadline deadline = whole.within(LoginBurst.LIMIT.multipliedBy(3));
      results.add(
          LoginBurst.run(
              host.toOptional().map(BastionHost::id),
              logins,
              () -> patient.stages(connection, host.toOptional(), deadline),
              (stages, loggedIn) -> login.run(stages, host, _ -> loggedIn.run()),
              deadline));
    }
    return results;
  }

  /** The hosts but those that are still booting, which the report says already. */
  private static List<Attempt<BastionHost>> ready(Bastion bastion, List<RouteResult> checked) {
    return bastion.hosts().stream()
        .filter(
            host ->
                checked.stream()
                    .noneMatch(
                        result -> sawBooting(result, host.toOptional().map(BastionHost::id))))
        .toList();
  }

  private static boolean sawBooting(RouteResult result, Optional<String> host) {
    return result.host().isPresent()
        && result.host().equals(host)
        && result.stages().stream()
            .anyMatch(
                stage ->
                    stage.outcome() instanceof Outcome.Warned(var code, _, _)
                        && code == Code.BASTION_BOOTING);
  }

  private static List<RouteResult> outcomes(List<Future<RouteResult>> results)
      throws InterruptedException {
    List<RouteResult> done = new ArrayList<>();
    for (Future<RouteResult> result : results) {
      done.add(Futures.outcome(result));
    }
    return done;
  }
}
