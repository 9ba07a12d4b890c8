package org.dbtbastion.infra.configuration;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedSet;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.warehouse.Redshift;

/**
 * What the user decides, read from the CDK context ({@code -c key=value}, or {@code context} in
 * cdk.json). Where a key takes a list, that is one value, several with commas between, or a JSON
 * array.
 *
 * @param name key {@code name}: which bastion this is; {@code default} when left out
 * @param redshift key {@code redshift}, a list of cluster identifiers and Serverless workgroup
 *     names, or instead of it the keys {@code endpoint}, {@code port} (5439 when left out), {@code
 *     vpcId} and {@code securityGroup}; key {@code database}: what to log in to, the warehouse's
 *     own default when left out together with {@code redshift}; key {@code secret}: the ARN of the
 *     secret with {@code username} and {@code password} that the connection check logs in with, no
 *     login is checked when left out. With several names, {@code database} and {@code secret} may
 *     be lists of {@code name=value}
 * @param ssh who may log in, and where
 * @param hosts the machines
 * @param network where they and the check are in the VPC
 * @param checks what is checked, and how often
 * @param publicKeys key {@code publicKeys}, a list of {@code label=key}: keys that the deployment
 *     itself registers; none when left out
 * @param alarmEmail key {@code alarmEmail}: who is told of alarms; nobody when left out
 * @param snapStart key {@code snapStart}: whether functions start from snapshots; no when left out
 */
public record Configuration(
    BastionName name,
    Redshift redshift,
    Ssh ssh,
    Hosts hosts,
    Network network,
    Checks checks,
    List<DeclaredKey> publicKeys,
    Optional<String> alarmEmail,
    boolean snapStart) {

  /** Every key that the user may give. */
  public static final SequencedSet<String> KEYS =
      new LinkedHashSet<>(
          List.of(
              "name",
              "redshift",
              "endpoint",
              "port",
              "vpcId",
              "securityGroup",
              "database",
              "secret",
              "connections",
              "dbtRegion",
              "cidrs",
              "addressMode",
              "hosts",
              "instanceType",
              "hostSubnets",
              "checkSubnets",
              "endpointSecurityGroups",
              "sshPort",
              "sshUser",
              "publicKeys",
              "checkInterval",
              "loginInterval",
              "alarmEmail",
              "snapStart"));

  /**
   * Who may log in to the bastion over SSH, and where.
   *
   * @param sources keys {@code dbtRegion} and {@code cidrs}, lists: who may connect; dbt's region
   *     in the stack's AWS region when both are left out
   * @param port key {@code sshPort}: where the bastion listens; 22 when left out
   * @param user key {@code sshUser}: whom dbt logs in as; {@code dbtcloud} when left out
   */
  public record Ssh(List<Cidr> sources, int port, String user) {

    /** How many addresses and blocks the security group of the bastion has room for. */
    public static final int MOST_SOURCES = 55;

    public Ssh {
      sources = List.copyOf(sources);
      Objects.requireNonNull(user, "user");
    }
  }

  /**
   * The machines of the bastion.
   *
   * @param addressMode key {@code addressMode}: {@code elastic-ip} when left out
   * @param count key {@code hosts}: how many; 2 with a load balancer when left out, else 1
   * @param instanceType key {@code instanceType}: {@code t4g.nano} when left out
   */
  public record Hosts(AddressMode addressMode, int count, String instanceType) {

    public Hosts {
      Objects.requireNonNull(addressMode, "addressMode");
      Objects.requireNonNull(instanceType, "instanceType");
    }
  }

  /**
   * Where hosts and the check are in the VPC, for networks in which CDK's lookup cannot tell.
   *
   * @param hostSubnets key {@code hostSubnets}, a list: the hosts' subnets, one in a zone; public
   *     ones when left out
   * @param checkSubnets key {@code checkSubnets}, a list: the check's subnets, one in a zone, which
   *     have a way to AWS's APIs; private ones, or others with endpoints, when left out
   * @param endpointSecurityGroups key {@code endpointSecurityGroups}, a list: the security groups
   *     of interface endpoints that are in the VPC already, which then let hosts and check in
   */
  public record Network(
      List<String> hostSubnets, List<String> checkSubnets, List<String> endpointSecurityGroups) {

    /** Nothing is chosen. */
    public static final Network LOOKED_UP = new Network(List.of(), List.of(), List.of());

    public Network {
      hostSubnets = List.copyOf(hostSubnets);
      checkSubnets = List.copyOf(checkSubnets);
      endpointSecurityGroups = List.copyOf(endpointSecurityGroups);
    }
  }

  /**
   * What is checked, and how often.
   *
   * @param connections key {@code connections}, a JSON array: what is checked, instead of one
   *     connection for each warehouse; empty when left out
   * @param interval key {@code checkInterval}: how often, as minutes or as an ISO-8601 duration; 5
   *     minutes when left out
   * @param logins key {@code loginInterval}: how often a check logs in, in the same forms; at every
   *     check of a cluster and every 6 hours of a Serverless workgroup when left out
   */
  public record Checks(
      List<DeclaredConnection> connections, Duration interval, Optional<Duration> logins) {

    // A login makes a workgroup compute, for a minute at least. Source: "Billing for Amazon
    // Redshift
    // Serverless", Amazon Redshift management guide.
    private static final Duration SERVERLESS_LOGINS = Duration.ofHours(6);

    /** The longest interval. */
    public static final Duration LONGEST_INTERVAL = Duration.ofDays(1);

    public Checks {
      connections = List.copyOf(connections);
      Objects.requireNonNull(interval, "interval");
      Objects.requireNonNull(logins, "logins");
    }

    /** How often a check logs in: no more often than there are checks. */
    public Duration loginInterval(boolean serverless) {
      Duration wanted = logins.orElse(serverless ? SERVERLESS_LOGINS : interval);
      return wanted.compareTo(interval) > 0 ? wanted : interval;
    }

    /** Whether an interval is one that EventBridge Scheduler and CloudWatch can both keep. */
    public static boolean isInterval(Duration interval) {
      return interval.isPositive()
          && interval.compareTo(LONGEST_INTERVAL) <= 0
          && interval.equals(Duration.ofMinutes(interval.toMinutes()));
    }
  }

  public Configuration {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(redshift, "redshift");
    Objects.requireNonNull(ssh, "ssh");
    Objects.requireNonNull(hosts, "hosts");
    Objects.requireNonNull(network, "network");
    Objects.requireNonNull(checks, "checks");
    publicKeys = List.copyOf(publicKeys);
    Objects.requireNonNull(alarmEmail, "alarmEmail");
  }

  /**
   * Reads the whole CDK context. Keys of CDK itself and of its lookups are passed over.
   *
   * @param awsRegion the stack's AWS region; null if it is not known, which is a problem elsewhere
   * @throws ConfigurationException with all problems at once
   */
  public static Configuration read(Map<String, ?> context, String awsRegion) {
    return new ConfigurationReader(new ContextReader(context), awsRegion).read();
  }
}
