package org.dbtbastion.infra.configuration;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.warehouse.Redshift;

/**
 * Reads a {@link Configuration}, whose parts have readers of their own.
 *
 * @param context what it is read from
 * @param awsRegion the stack's AWS region; null if it is not known
 */
record ConfigurationReader(ContextReader context, String awsRegion) {

  private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,31}");
  // As CDK reads it, which tells the architecture by it.
  private static final Pattern INSTANCE_TYPE =
      Pattern.compile("[a-z]+\\d{1,2}[a-z-]*\\.[a-z0-9-]+");
  private static final Pattern SUBNET_ID = Pattern.compile("subnet-[0-9a-f]{8,17}");
  // SNS is the judge, by its confirmation mail.
  private static final Pattern EMAIL = Pattern.compile("[^@\\s,]+@[^@\\s,]+\\.[^@\\s,.]+");

  private static final Duration DEFAULT_INTERVAL = Duration.ofMinutes(5);

  /**
   * Reads all of it.
   *
   * @throws ConfigurationException with all problems at once
   */
  Configuration read() {
    context.refuseAllBut(Configuration.KEYS);
    String name =
        context.matching(
            "name",
            "default",
            BastionName.SYNTAX,
            "a lower-case letter, then up to 30 lower-case letters, digits and hyphens",
            "choose a short name such as analytics");
    RedshiftReader redshiftReader = new RedshiftReader(context);
    Redshift redshift = redshiftReader.read();
    List<DeclaredConnection> connections =
        new ConnectionsReader(context, RedshiftReader.beforeLookup(redshift)).read();
    List<Cidr> sources = new SourcesReader(context, awsRegion).read();
    Configuration.Hosts hosts = hosts();
    Configuration.Network network =
        new Configuration.Network(
            subnets("hostSubnets"),
            subnets("checkSubnets"),
            context.listOf(
                "endpointSecurityGroups",
                RedshiftReader.SECURITY_GROUP_ID,
                "ids of security groups, like sg-0a1b2c3d4e5f60718",
                "see: aws ec2 describe-vpc-endpoints"));
    Configuration.Ssh ssh = new Configuration.Ssh(sources, context.port("sshPort", 22), user());
    List<DeclaredKey> publicKeys = new PublicKeysReader(context).read();
    Configuration.Checks checks =
        new Configuration.Checks(
            connections,
            interval("checkInterval").orElse(DEFAULT_INTERVAL),
            interval("loginInterval"));
    Optional<String> alarmEmail = alarmEmail();
    boolean snapStart = context.flag("snapStart");
    context.throwIfAny();
    return new Configuration(
        new BastionName(name),
        redshift,
        ssh,
        hosts,
        network,
        checks,
        publicKeys,
        alarmEmail,
        snapStart);
  }

  private List<String> subnets(String key) {
    return context.listOf(
        key,
        SUBNET_ID,
        "ids of subnets, like subnet-0a1b2c3d4e5f60718",
        "see: aws ec2 describe-subnets --filters Name=vpc-id,Values=VPC");
  }

  private Configuration.Hosts hosts() {
    AddressMode mode = addressMode();
    int count =
        context.number(
            "hosts",
            mode.fewestHosts(),
            mode.fewestHosts(),
            mode.mostHosts(),
            mode == AddressMode.ELASTIC_IP
                ? "leave it out, or for several: -c addressMode=network-load-balancer"
                : "leave it out for %d".formatted(mode.fewestHosts()));
    String instanceType =
        context.matching(
            "instanceType",
            "t4g.nano",
            INSTANCE_TYPE,
            "an EC2 instance type, like t4g.nano",
            "leave it out, or see: aws ec2 describe-instance-types");
    return new Configuration.Hosts(mode, count, instanceType);
  }

  private AddressMode addressMode() {
    Optional<String> value = context.value("addressMode");
    Optional<AddressMode> mode = value.flatMap(AddressMode::byId);
    if (value.isPresent() && mode.isEmpty()) {
      context.refuse("addressMode", value.get(), AddressMode.ids(), "leave it out for elastic-ip");
    }
    return mode.orElse(AddressMode.ELASTIC_IP);
  }

  private String user() {
    return context.matching(
        "sshUser",
        "dbtcloud",
        USER,
        "a letter or underscore, then up to 31 letters, digits, dots, hyphens and underscores",
        "leave it out for dbtcloud, as in dbt's documentation");
  }

  private Optional<String> alarmEmail() {
    String email =
        context.matching(
            "alarmEmail",
            "",
            EMAIL,
            "one e-mail address",
            "give a list's address for several people, or subscribe them to the topic");
    return Optional.of(email).filter(given -> !given.isEmpty());
  }

  private Optional<Duration> interval(String key) {
    Optional<String> value = context.value(key);
    Optional<Duration> interval =
        value.flatMap(ConfigurationReader::duration).filter(Configuration.Checks::isInterval);
    if (value.isPresent() && interval.isEmpty()) {
      context.refuse(
          key,
          value.get(),
          "whole minutes from 1 to %d, as a number or as an ISO-8601 duration"
              .formatted(Configuration.Checks.LONGEST_INTERVAL.toMinutes()),
          "write 5 or PT5M for five minutes");
    }
    return interval;
  }

  private static Optional<Duration> duration(String text) {
    if (text.matches("\\d{1,6}")) {
      return Optional.of(Duration.ofMinutes(Long.parseLong(text)));
    }
    try {
      return Optional.of(Duration.parse(text));
    } catch (DateTimeParseException _) {
      return Optional.empty();
    }
  }
}
