package org.dbtbastion.check;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.credentials.CredentialsSource;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.deployment.Deployment;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshAccess;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.LoginsResult;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.Stage;
import org.dbtbastion.report.StageResult;
import org.dbtbastion.socket.Dns;
import org.dbtbastion.socket.Tcp;

/**
 * Checks connections on their routes, all at the same time, and reports what came of every stage.
 *
 * <p>Safe for use by several threads. A report always comes by the deadline: what was not done by
 * then is in it as {@link Code#OUT_OF_TIME}.
 */
public final class ConnectionCheck {

  /** For what tunnels need of the deployment: at a cold start the first calls to AWS take long. */
  private static final Duration READ_LIMIT = Duration.ofSeconds(10);

  /**
   * More would not be done sooner, as there is one processor, but wait for it within their stages'
   * limits. A function also has 1,024 file descriptors and threads, and a look-up takes a thread.
   */
  private static final int DIRECT_AT_ONCE = 50;

  /**
   * On each host: the tunnels of the smallest host are 87, and dbt needs them. Sharing one login
   * would let a connection whose data nobody reads hold up all others.
   */
  public static final int TUNNELS_AT_ONCE = 20;

  private static final String NO_AUTHENTICATION =
      "no authentication is described; to check the login too, deploy with a secret, or"
          + " with an authentication in connections";

  /** The ends of a look at grants after which the session can still be used. */
  private static final Set<Code> LEAVE_THE_SESSION =
      EnumSet.of(Code.GRANTS_MISSING, Code.SCHEMA_MISSING, Code.QUERY_FAILED);

  private static final String NO_SCHEMAS = "no schemas or sources are described";

  private final SshAccess entrance;
  private final Deployment deployment;
  private final CredentialsSource credentials;
  private final Ssh ssh;
  private final WarehouseClient warehouse;
  private final Dns dns;
  private final Function<Stage, Duration> limits;
  private final Consumer<Throwable> unexpected;

  /**
   * @param unexpected is told what nobody foresaw, for the log
   */
  public ConnectionCheck(
      SshAccess entrance,
      Deployment deployment,
      CredentialsSource credentials,
      Ssh ssh,
      WarehouseClient warehouse,
      Consumer<Throwable> unexpected) {
    this(entrance, deployment, credentials, ssh, warehouse, new Dns(), Stage::limit, unexpected);
  }

  /** With other names and limits than the real ones. */
  public ConnectionCheck(
      SshAccess entrance,
      Deployment deployment,
      CredentialsSource credentials,
      Ssh ssh,
      WarehouseClient warehouse,
      Dns dns,
      Function<Stage, Duration> limits,
      Consumer<Throwable> unexpected) {
    this.entrance = entrance;
    this.deployment = deployment;
    this.credentials = credentials;
    this.ssh = ssh;
    this.warehouse = warehouse;
    this.dns = dns;
    this.limits = limits;
    this.unexpected = unexpected;
  }

  /** What all tunnels need, read once for a check: it is the same for all of its connections. */
  private record Bastion(
      Attempt<List<BastionHost>> hosts,
      Attempt<List<HostKeyPin>> pins,
      Attempt<SshIdentity> identity) {}

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
   * @param options what to do besides, in tunnels
   */
  public Report check(
      List<Connection> connections, Set<Route> routes, Options options, Deadline deadline)
      throws InterruptedException {
    long begin = System.nanoTime();
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<RouteResult>> results = new ArrayList<>();
      List<LoginsResult> logins = new ArrayList<>();
      if (routes.contains(Route.DIRECT)) {
        Semaphore places = new Semaphore(DIRECT_AT_ONCE, true);
        for (Connection connection : connections) {
          results.add(
              executor.submit(() -> inPlace(places, deadline, () -> direct(connection, deadline))));
        }
      }
      if (routes.contains(Route.TUNNEL)) {
        Bastion read = read(executor, deadline.within(READ_LIMIT));
        Map<Optional<BastionHost>, Semaphore> places = new HashMap<>();
        for (Connection connection : connections) {
          for (Optional<BastionHost> host : hosts(read)) {
            Semaphore its = places.computeIfAbsent(host, _ -> new Semaphore(TUNNELS_AT_ONCE, true));
            results.add(
                executor.submit(
                    () ->
                        inPlace(
                            its,
                            deadline,
                            () -> tunnel(connection, host, read, options, deadline))));
          }
        }
        if (options.logins() > 0 && !connections.isEmpty()) {
          // Afterwards: they might have the others' logins dropped.
          List<RouteResult> checked = outcomes(results);
          for (Optional<BastionHost> host : hosts(read)) {
            if (checked.stream().anyMatch(result -> sawBooting(result, host))) {
              // That it lets nobody in yet is in the report.
              continue;
            }
            logins.add(logins(connections.getFirst(), host, read, options.logins(), deadline));
          }
        }
      }
      List<RouteResult> done = outcomes(results);
      return new Report(Duration.ofNanos(System.nanoTime() - begin), done, logins);
    }
  }

  /** Where no place gets free by the deadline, the stages find that no time is left. */
  private static <T> T inPlace(Semaphore places, Deadline deadline, Callable<T> work)
      throws Exception {
    boolean placed = places.tryAcquire(deadline.remainingMillis(), TimeUnit.MILLISECONDS);
    try {
      return work.call();
    } finally {
      if (placed) {
        places.release();
      }
    }
  }

  private static List<RouteResult> outcomes(List<Future<RouteResult>> results)
      throws InterruptedException {
    List<RouteResult> done = new ArrayList<>();
    for (Future<RouteResult> result : results) {
      done.add(outcome(result));
    }
    return done;
  }

  private Bastion read(ExecutorService executor, Deadline deadline) throws InterruptedException {
    Future<Attempt<List<BastionHost>>> hosts =
        executor.submit(guarded(() -> deployment.hosts(deadline)));
    Future<Attempt<List<HostKeyPin>>> pins =
        executor.submit(guarded(() -> deployment.hostKeys(deadline)));
    Future<Attempt<SshIdentity>> identity =
        executor.submit(guarded(() -> deployment.checkKey(deadline)));
    return new Bastion(outcome(hosts), outcome(pins), outcome(identity));
  }

  /** Each host by itself, so that a good one cannot hide a broken one; none, if none was found. */
  private static List<Optional<BastionHost>> hosts(Bastion read) {
    return switch (read.hosts()) {
      case Attempt.Passed<List<BastionHost>>(var hosts, _) ->
          hosts.stream().map(Optional::of).toList();
      case Attempt.Warned<List<BastionHost>>(var hosts, _, _) ->
          hosts.stream().map(Optional::of).toList();
      case Attempt.Failed<List<BastionHost>> _ -> List.of(Optional.empty());
    };
  }

  private RouteResult direct(Connection connection, Deadline deadline) {
    Stages stages = stages(connection, Optional.empty(), limits, deadline);
    runDirect(stages, connection);
    return new RouteResult(
        connection.name(), Route.DIRECT, Optional.empty(), stages.results(Route.DIRECT.stages()));
  }

  private void runDirect(Stages stages, Connection connection) {
    Optional<List<InetAddress>> addresses =
        stages.run(
            Stage.DNS,
            Code.DNS_TIMEOUT,
            _ -> dns.resolvePrivate(connection.host(), Code.NAME_NOT_FOUND));
    if (addresses.isEmpty()) {
      return;
    }
    Optional<Socket> socket =
        stages.run(
            Stage.TCP,
            Code.TCP_TIMEOUT,
            deadline ->
                Tcp.connect(
                    addresses.get(),
                    connection.port(),
                    Code.TCP_REFUSED,
                    Code.TCP_TIMEOUT,
                    deadline));
    if (socket.isEmpty()) {
      return;
    }
    InetAddress address = socket.get().getInetAddress();
    runWarehouse(
        stages,
        Route.DIRECT,
        connection,
        socket.get(),
        () -> new Socket(address, connection.port()),
        _ -> {});
  }

  private RouteResult tunnel(
      Connection connection,
      Optional<BastionHost> host,
      Bastion read,
      Options options,
      Deadline deadline) {
    List<Stage> all = new ArrayList<>(Route.TUNNEL.stages());
    Function<Stage, Duration> its = limits;
    if (options.hold().isPresent()) {
      all.add(Stage.HOLD);
      its =
          stage ->
              stage == Stage.HOLD
                  ? limits.apply(stage).plus(options.hold().get())
                  : limits.apply(stage);
    }
    Stages stages = stages(connection, host, its, deadline);
    runTunnel(stages, connection, host, read, options.hold());
    return new RouteResult(
        connection.name(), Route.TUNNEL, host.map(BastionHost::id), stages.results(all));
  }

  /** Many logins at once; what remedies call things does not depend on the connection. */
  private LoginsResult logins(
      Connection connection, Optional<BastionHost> host, Bastion read, int logins, Deadline whole)
      throws InterruptedException {
    Deadline deadline = whole.within(LoginBurst.LIMIT.multipliedBy(3));
    return LoginBurst.run(
        host.map(BastionHost::id),
        logins,
        () -> stages(connection, host, _ -> LoginBurst.LIMIT, deadline),
        (stages, loggedIn) ->
            resolve(stages, host, read)
                .ifPresent(addresses -> logIn(stages, host, read, addresses, _ -> loggedIn.run())),
        deadline);
  }

  private void runTunnel(
      Stages stages,
      Connection connection,
      Optional<BastionHost> host,
      Bastion read,
      Optional<Duration> hold) {
    Optional<List<InetAddress>> addresses = resolve(stages, host, read);
    if (addresses.isEmpty()) {
      return;
    }
    logIn(
        stages,
        host,
        read,
        addresses.get(),
        tunnel -> {
          Optional<Socket> forwarded =
              stages.run(
                  Stage.FORWARD,
                  Code.FORWARD_TIMEOUT,
                  _ -> tunnel.forward(connection.host(), connection.port()));
          if (forwarded.isEmpty()) {
            return;
          }
          TunnelDialer dialer = new TunnelDialer(tunnel, connection);
          runWarehouse(
              stages,
              Route.TUNNEL,
              connection,
              forwarded.get(),
              dialer,
              session ->
                  hold.ifPresent(
                      length ->
                          stages.run(
                              Stage.HOLD,
                              Code.TUNNEL_SILENT,
                              deadline ->
                                  Hold.of(tunnel, session.map(dialer::held), length, deadline))));
        });
  }

  private Optional<List<InetAddress>> resolve(
      Stages stages, Optional<BastionHost> host, Bastion read) {
    return stages.run(
        Stage.BASTION_DNS,
        Code.DNS_TIMEOUT,
        _ ->
            host.isEmpty()
                ? failure(read.hosts())
                : withPublicAddress(
                    host.get(), dns.resolve(host.get().address(), Code.BASTION_NAME_NOT_FOUND)));
  }

  /**
   * Logs in.
   *
   * @param loggedIn is run while the login is open
   */
  private void logIn(
      Stages stages,
      Optional<BastionHost> host,
      Bastion read,
      List<InetAddress> addresses,
      Consumer<Ssh.Tunnel> loggedIn) {
    Optional<Socket> socket =
        stages.run(
            Stage.BASTION_TCP,
            Code.BASTION_TIMEOUT,
            deadline ->
                Tcp.connect(
                    addresses,
                    entrance.port(),
                    Code.BASTION_REFUSED,
                    Code.BASTION_TIMEOUT,
                    deadline));
    if (socket.isEmpty()) {
      if (mayBeBooting(host, read)
          && stages.warnInsteadOf(
              Set.of(Code.BASTION_REFUSED, Code.BASTION_TIMEOUT), Code.BASTION_BOOTING)) {
        stages.skipOthers("the host may be booting");
      }
      return;
    }
    if (!(value(read.pins()) instanceof List<HostKeyPin> pins)) {
      stages.run(Stage.HOST_KEY, Code.AWS_FAILED, _ -> failure(read.pins()));
      close(socket.get());
      return;
    }
    // Without a key of its own the check still looks at the host key before it says so.
    SshIdentity identity = value(read.identity());
    try (Ssh.Handshake handshake = ssh.begin(socket.get(), entrance.user(), pins, identity)) {
      if (stages
          .run(Stage.HOST_KEY, handshake::hostKeyTimeout, _ -> handshake.hostKey())
          .isEmpty()) {
        return;
      }
      Optional<Ssh.Tunnel> tunnel =
          stages.run(
              Stage.SSH_AUTH,
              Code.SSH_AUTH_TIMEOUT,
              _ -> identity == null ? failure(read.identity()) : handshake.authentication());
      tunnel.ifPresent(loggedIn);
    }
  }

  /**
   * Beside a host that had time to boot: otherwise nobody serves dbt, and hosts that never get
   * ready and are replaced again and again would pass for ever.
   */
  private static boolean mayBeBooting(Optional<BastionHost> host, Bastion read) {
    Instant now = Instant.now();
    return host.filter(one -> one.mayBeBooting(now)).isPresent()
        && hosts(read).stream().flatMap(Optional::stream).anyMatch(one -> !one.mayBeBooting(now));
  }

  private static boolean sawBooting(RouteResult result, Optional<BastionHost> host) {
    return result.host().isPresent()
        && result.host().equals(host.map(BastionHost::id))
        && result.stages().stream()
            .anyMatch(
                stage ->
                    stage.outcome() instanceof StageResult.Outcome.Warned(var code, _, _)
                        && code == Code.BASTION_BOOTING);
  }

  private static <T> Attempt<T> withPublicAddress(BastionHost host, Attempt<T> attempt) {
    return attempt instanceof Attempt.Passed<T>(T value, String detail)
            && host.publicAddress().isPresent()
        ? new Attempt.Passed<>(value, detail + ", for dbt " + host.publicAddress().get())
        : attempt;
  }

  /**
   * Runs the stages from TLS on.
   *
   * @param last what comes after them while the session is open, where none of them failed, but for
   *     grants that leave the session usable; without a session where no login is configured
   */
  private void runWarehouse(
      Stages stages,
      Route route,
      Connection connection,
      Socket socket,
      WarehouseClient.Dialer dialer,
      Consumer<Optional<WarehouseClient.Session>> last) {
    if (stages
        .run(Stage.TLS, Code.TLS_TIMEOUT, _ -> warehouse.tls(socket, connection.host()))
        .isEmpty()) {
      close(socket);
      return;
    }
    if (connection.authentication().isEmpty()) {
      stages.skip(
          List.of(Stage.CREDENTIALS, Stage.LOGIN, Stage.QUERY, Stage.GRANTS), NO_AUTHENTICATION);
      last.accept(Optional.empty());
      return;
    }
    Authentication authentication = connection.authentication().get();
    Optional<Credentials> obtained =
        stages.run(
            Stage.CREDENTIALS,
            Code.CREDENTIALS_TIMEOUT,
            deadline ->
                asDbtCan(
                    route,
                    authentication,
                    credentials.obtain(authentication, connection.database(), deadline)));
    if (obtained.isEmpty()) {
      return;
    }
    Optional<WarehouseClient.Session> session =
        stages.run(
            Stage.LOGIN,
            Code.LOGIN_TIMEOUT,
            deadline -> warehouse.login(connection, obtained.get(), dialer, deadline));
    if (session.isEmpty()) {
      return;
    }
    try (WarehouseClient.Session open = session.get()) {
      if (stages.run(Stage.QUERY, open::queryTimeout, open::query).isEmpty()) {
        return;
      }
      if (connection.schemas().isEmpty() && connection.sources().isEmpty()) {
        stages.skip(List.of(Stage.GRANTS), NO_SCHEMAS);
      } else {
        stages.run(Stage.GRANTS, Code.QUERY_TIMEOUT, deadline -> open.grants(connection, deadline));
        if (stages.last().outcome() instanceof StageResult.Outcome.Failed(var code, _, _)
            && !LEAVE_THE_SESSION.contains(code)) {
          return;
        }
      }
      last.accept(session);
    }
  }

  /** What works here may be more than what the dbt platform can be told. */
  private static Attempt<Credentials> asDbtCan(
      Route route, Authentication authentication, Attempt<Credentials> attempt) {
    return route == Route.TUNNEL
            && !(authentication instanceof Authentication.Database)
            && attempt instanceof Attempt.Passed<Credentials>(Credentials value, String detail)
        ? new Attempt.Warned<>(value, Code.NOT_IN_DBT_TUNNELS, detail)
        : attempt;
  }

  private Stages stages(
      Connection connection,
      Optional<BastionHost> host,
      Function<Stage, Duration> its,
      Deadline deadline) {
    return new Stages(deadline, its, names(entrance, connection, host), unexpected);
  }

  /** What remedies call things: a value for each placeholder that a {@link Code} may use. */
  static Map<String, String> names(
      SshAccess entrance, Connection connection, Optional<BastionHost> host) {
    Map<String, String> names = new HashMap<>();
    names.put("bastion", entrance.bastion());
    names.put("connection", connection.name());
    names.put("host", connection.host());
    names.put("port", Integer.toString(connection.port()));
    names.put("database", connection.database());
    names.putAll(LoginNames.of(connection));
    names.put("bastionId", host.map(BastionHost::id).orElse("the bastion host"));
    names.put("bastionHost", host.map(BastionHost::address).orElse("the bastion host"));
    names.put("statements", "the GRANT statements for what stands in the detail");
    names.put("bastionPort", Integer.toString(entrance.port()));
    return names;
  }

  /** A failure to read the deployment is an outcome like others: it ends in the report. */
  private <T> Callable<Attempt<T>> guarded(Callable<Attempt<T>> read) {
    return () -> {
      try {
        return read.call();
      } catch (RuntimeException e) {
        unexpected.accept(e);
        return new Attempt.Failed<>(Code.UNEXPECTED, e.getClass().getName());
      }
    };
  }

  private static <T> T value(Attempt<T> attempt) {
    return switch (attempt) {
      case Attempt.Passed<T>(T value, _) -> value;
      case Attempt.Warned<T>(T value, _, _) -> value;
      case Attempt.Failed<T> _ -> null;
    };
  }

  private static <T, U> Attempt<U> failure(Attempt<T> attempt) {
    return switch (attempt) {
      case Attempt.Failed<T>(Code code, String detail, var names) ->
          new Attempt.Failed<>(code, detail, names);
      case Attempt.Passed<T> _, Attempt.Warned<T> _ ->
          throw new IllegalStateException("not a failure: " + attempt);
    };
  }

  private static <T> T outcome(Future<T> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It was of no use any more.
    }
  }

  /** Opens one forwarded connection after the other through the same login. */
  private static final class TunnelDialer implements WarehouseClient.Dialer {

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
          case Attempt.Warned<Socket>(Socket socket, _, _) -> socket;
          case Attempt.Failed<Socket>(Code code, String detail, _) ->
              throw new ConnectException(code.id() + ": " + detail);
        };
      } catch (InterruptedException _) {
        throw new InterruptedIOException();
      }
    }
  }
}
