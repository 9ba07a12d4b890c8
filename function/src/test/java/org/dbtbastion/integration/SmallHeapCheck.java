package org.dbtbastion.integration;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.dbtbastion.check.ConnectionCheck;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Authentication.Provider;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.credentials.CredentialsSource;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.deployment.Deployment;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshAccess;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.idp.TokenEndpoint;
import org.dbtbastion.redshift.RedshiftWarehouse;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.StageResult;
import org.dbtbastion.report.StageResult.Outcome;
import org.dbtbastion.socket.Dns;
import org.dbtbastion.tunnel.JschSsh;

/**
 * A process of its own that checks what a file names, and prints a line for each result: a small
 * heap then holds the check, and not the servers. It stays until its standard input ends.
 */
final class SmallHeapCheck {

  static final String PASSWORD = "canary+pass/word 7391%";
  static final String CLIENT_SECRET = "canary+client/secret 5521%&=";
  static final String CLIENT_ID = "0oa1dbt";
  static final Duration LIMIT = Duration.ofSeconds(10);
  static final Duration DEADLINE = Duration.ofSeconds(30);

  private final Properties plan;

  private SmallHeapCheck(Properties plan) {
    this.plan = plan;
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    Properties plan = new Properties();
    try (var reader = Files.newBufferedReader(Path.of(arguments[0]))) {
      plan.load(reader);
    }
    SmallHeapCheck check = new SmallHeapCheck(plan);
    check.run("warm-up", List.of(check.good()), List.of(), Set.of(Route.DIRECT));
    List<Connection> warehouses = check.warehouses();
    check.run(
        "direct",
        Stream.concat(warehouses.stream(), check.tokens().stream()).toList(),
        List.of(),
        Set.of(Route.DIRECT));
    check.run("tunnelled", warehouses, List.of("127.0.0.1"), Set.of(Route.TUNNEL));
    check.run("bastions", List.of(check.good()), check.list("bastions"), Set.of(Route.TUNNEL));
    System.out.println("done");
    System.in.readAllBytes();
  }

  private void run(String name, List<Connection> connections, List<String> hosts, Set<Route> routes)
      throws InterruptedException {
    Report report =
        new ConnectionCheck(
                new SshAccess(
                    "default", plan.getProperty("user"), Integer.parseInt(plan.getProperty("ssh"))),
                new Plan(hosts),
                new CredentialsSource(
                    (_, fields, _) ->
                        new Attempt.Passed<>(
                            fields.contains("password")
                                ? Map.of("username", "dbt", "password", PASSWORD)
                                : Map.of("client_id", CLIENT_ID, "client_secret", CLIENT_SECRET),
                            ""),
                    new CredentialsSource.TemporaryPasswords() {
                      @Override
                      public Attempt<Credentials> forUser(
                          Authentication.Iam iam, String database, Deadline deadline) {
                        return new Attempt.Failed<>(Code.ISSUER_NOT_FOUND, "not in this test");
                      }

                      @Override
                      public Attempt<Credentials> forRole(
                          Authentication.IamRole role, String database, Deadline deadline) {
                        return new Attempt.Failed<>(Code.ISSUER_NOT_FOUND, "not in this test");
                      }
                    },
                    new TokenEndpoint()),
                new JschSsh(),
                new RedshiftWarehouse(),
                new Dns(InetAddress::getAllByName),
                _ -> LIMIT,
                thrown -> {
                  System.err.println("unexpected in " + name);
                  thrown.printStackTrace();
                })
            .check(connections, routes, Deadline.in(DEADLINE));
    System.out.println("took\t" + name + "\t" + report.took().toMillis());
    for (RouteResult result : report.results()) {
      for (StageResult stage : result.stages()) {
        if (stage.outcome() instanceof Outcome.Failed(var code, String detail, String remedy)) {
          System.out.println(
              String.join(
                  "\t",
                  name,
                  name.equals("bastions") ? result.host().orElseThrow() : result.connection(),
                  stage.stage().name(),
                  code.name(),
                  detail,
                  remedy));
        }
      }
    }
  }

  private List<String> list(String key) {
    String value = plan.getProperty(key);
    return value.isEmpty() ? List.of() : List.of(value.split(","));
  }

  private List<Connection> warehouses() {
    return list("warehouses").stream()
        .map(entry -> entry.split(":"))
        .map(parts -> connection(parts[0], parts[1], new Authentication.Database("secret")))
        .toList();
  }

  private List<Connection> tokens() {
    List<Connection> connections = new ArrayList<>();
    for (String entry : list("tokens")) {
      String[] parts = entry.split(":");
      for (Provider provider : Provider.values()) {
        connections.add(
            connection(
                provider + "-" + parts[0],
                plan.getProperty("good"),
                new Authentication.IdentityCenter(
                    provider,
                    URI.create("https://localhost:" + parts[1] + "/token"),
                    "grant_type=client_credentials",
                    "secret")));
      }
    }
    return connections;
  }

  private Connection good() {
    return connection("good", plan.getProperty("good"), null);
  }

  private static Connection connection(String name, String port, Authentication authentication) {
    return new Connection(
        name,
        "localhost",
        Integer.parseInt(port),
        "analytics",
        Optional.ofNullable(authentication),
        new LinkedHashSet<>(),
        new LinkedHashSet<>());
  }

  /** The bastion that the plan names. */
  private final class Plan implements Deployment {

    private final List<String> hosts;

    Plan(List<String> hosts) {
      this.hosts = hosts;
    }

    @Override
    public List<Connection> connections(Deadline deadline) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Attempt<List<BastionHost>> hosts(Deadline deadline) {
      return new Attempt.Passed<>(
          hosts.stream()
              .map(
                  address ->
                      new BastionHost(
                          address,
                          address,
                          Optional.empty(),
                          Instant.now().minus(Duration.ofHours(1))))
              .toList(),
          "");
    }

    @Override
    public Attempt<List<HostKeyPin>> hostKeys(Deadline deadline) {
      String[] parts = plan.getProperty("pin").split(" ");
      return new Attempt.Passed<>(List.of(new HostKeyPin(parts[0], parts[1])), "");
    }

    @Override
    public Attempt<SshIdentity> checkKey(Deadline deadline) {
      try {
        return new Attempt.Passed<>(
            new SshIdentity(Files.readString(Path.of(plan.getProperty("key")))), "");
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
