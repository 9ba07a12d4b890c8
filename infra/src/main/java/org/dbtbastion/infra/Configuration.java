package org.dbtbastion.infra;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the user decides, read from the CDK context ({@code -c key=value}, or {@code context} in
 * cdk.json).
 *
 * @param name key {@code name}: which bastion this is; {@code default} when left out
 * @param vpcId key {@code vpcId}: the VPC of the warehouse and the bastion
 * @param endpoint key {@code endpoint}: the warehouse's host name or IPv4 address, which dbt
 *     connects to
 * @param port key {@code port}: the warehouse's port; 5439 when left out
 * @param database key {@code database}: the database that the connection check logs in to
 * @param securityGroup key {@code securityGroup}: the warehouse's security group, which gets a rule
 *     for the bastion and one for the connection check
 * @param secret key {@code secret}: the ARN of the secret with {@code username} and {@code
 *     password} that the connection check logs in with
 * @param sources keys {@code dbtRegion} and {@code cidrs}, at least one of them, each one value,
 *     several with commas between, or a JSON array: who may reach the SSH port
 * @param sshPort key {@code sshPort}: where the bastion listens; 22 when left out
 * @param sshUser key {@code sshUser}: whom dbt logs in as; {@code dbtcloud} when left out
 * @param checkInterval key {@code checkInterval}: how often connections are checked, as minutes or
 *     as an ISO-8601 duration; 5 minutes when left out
 * @param instanceType key {@code instanceType}: of the hosts; {@code t4g.nano} when left out
 */
record Configuration(
    BastionName name,
    String vpcId,
    String endpoint,
    int port,
    String database,
    String securityGroup,
    String secret,
    List<Cidr> sources,
    int sshPort,
    String sshUser,
    Duration checkInterval,
    String instanceType) {

  private static final SequencedSet<String> KEYS =
      new LinkedHashSet<>(
          List.of(
              "name",
              "vpcId",
              "endpoint",
              "port",
              "database",
              "securityGroup",
              "secret",
              "dbtRegion",
              "cidrs",
              "sshPort",
              "sshUser",
              "checkInterval",
              "instanceType"));

  private static final Duration LONGEST_CHECK_INTERVAL = Duration.ofDays(1);

  private static final Pattern VPC_ID = Pattern.compile("vpc-[0-9a-f]{8,17}");
  private static final Pattern SECURITY_GROUP_ID = Pattern.compile("sg-[0-9a-f]{8,17}");
  private static final Pattern HOST =
      Pattern.compile(
          "(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
              + "(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");
  // It becomes the end of a JDBC URL: there ?, & and ; begin options, and % and / mean something.
  private static final Pattern DATABASE = Pattern.compile("[A-Za-z0-9_$-]{1,127}");
  // The six characters at the end are part of the ARN: an IAM statement without them matches
  // nothing.
  private static final Pattern SECRET_ARN =
      Pattern.compile(
          "arn:aws[a-z-]*:secretsmanager:([a-z0-9-]+):\\d{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}");
  private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,31}");
  private static final Pattern INSTANCE_TYPE =
      Pattern.compile("[a-z][a-z0-9-]*\\.[a-z0-9][a-z0-9-]*");

  Configuration {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(vpcId, "vpcId");
    Objects.requireNonNull(endpoint, "endpoint");
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(securityGroup, "securityGroup");
    Objects.requireNonNull(secret, "secret");
    sources = List.copyOf(sources);
    Objects.requireNonNull(sshUser, "sshUser");
    Objects.requireNonNull(checkInterval, "checkInterval");
    Objects.requireNonNull(instanceType, "instanceType");
  }

  /**
   * Reads the whole CDK context. Keys of CDK itself and of its lookups are passed over.
   *
   * @throws ConfigurationException with all problems at once
   */
  static Configuration read(Map<String, ?> context) {
    return new Reader(context).read();
  }

  /** The AWS region that the secret is in. */
  String secretRegion() {
    Matcher arn = SECRET_ARN.matcher(secret);
    if (!arn.matches()) {
      throw new IllegalStateException("not the ARN of a secret: " + secret);
    }
    return arn.group(1);
  }

  private static final class Reader {

    private final Map<String, ?> context;
    private final List<Problem> problems = new ArrayList<>();

    Reader(Map<String, ?> context) {
      this.context = Objects.requireNonNull(context, "context");
    }

    Configuration read() {
      refuseUnknownKeys();
      BastionName name =
          new BastionName(
              matching(
                  "name",
                  "default",
                  BastionName.SYNTAX,
                  "a lower-case letter, then up to 30 lower-case letters, digits and hyphens",
                  "choose a short name such as analytics"));
      String vpcId =
          matching(
              "vpcId",
              null,
              VPC_ID,
              "the id of a VPC, like vpc-0a1b2c3d4e5f60718",
              "give the VPC that the warehouse is in: -c vpcId=vpc-…");
      String endpoint = endpoint();
      int port = port("port", 5439);
      String database =
          matching(
              "database",
              null,
              DATABASE,
              "up to 127 letters, digits, underscores, dollar signs and hyphens",
              "give the database that dbt connects to: -c database=analytics");
      String securityGroup =
          matching(
              "securityGroup",
              null,
              SECURITY_GROUP_ID,
              "the id of a security group, like sg-0a1b2c3d4e5f60718",
              "give the security group of the warehouse: -c securityGroup=sg-…");
      String secret =
          matching(
              "secret",
              null,
              SECRET_ARN,
              "the complete ARN of a secret, with the six characters at its end",
              "print it: aws secretsmanager describe-secret --secret-id NAME --query ARN");
      List<Cidr> sources = sources();
      int sshPort = port("sshPort", 22);
      String sshUser =
          matching(
              "sshUser",
              "dbtcloud",
              USER,
              "a letter or underscore, then up to 31 letters, digits, dots, hyphens and underscores",
              "leave it out for dbtcloud, as in dbt's documentation");
      Duration checkInterval = checkInterval();
      String instanceType =
          matching(
              "instanceType",
              "t4g.nano",
              INSTANCE_TYPE,
              "an EC2 instance type, like t4g.nano",
              "leave it out, or see: aws ec2 describe-instance-types");
      if (!problems.isEmpty()) {
        throw new ConfigurationException(problems);
      }
      return new Configuration(
          name,
          vpcId,
          endpoint,
          port,
          database,
          securityGroup,
          secret,
          sources,
          sshPort,
          sshUser,
          checkInterval,
          instanceType);
    }

    private void refuseUnknownKeys() {
      for (String key : new TreeSet<>(context.keySet())) {
        if (!KEYS.contains(key) && !belongsToCdk(key)) {
          problems.add(
              new Problem(
                  key,
                  text(context.get(key)),
                  "the keys " + String.join(", ", KEYS),
                  "did you mean %s?".formatted(nearest(key))));
        }
      }
    }

    // aws:cdk:…, @aws-cdk/…, vpc-provider:account=…, availability-zones:… and the like.
    private static boolean belongsToCdk(String key) {
      return key.contains(":")
          || key.startsWith("@")
          || key.startsWith("cdk-")
          || key.equals("cli-telemetry");
    }

    private static String nearest(String key) {
      String best = null;
      int least = Integer.MAX_VALUE;
      for (String known : KEYS) {
        int distance = distance(plain(key), plain(known));
        if (distance < least) {
          least = distance;
          best = known;
        }
      }
      return best;
    }

    private static String plain(String key) {
      return key.replaceAll("[^A-Za-z]", "").toLowerCase(Locale.ROOT);
    }

    // Levenshtein's.
    private static int distance(String one, String other) {
      int[] row = new int[other.length() + 1];
      for (int j = 0; j < row.length; j++) {
        row[j] = j;
      }
      for (int i = 1; i <= one.length(); i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j < row.length; j++) {
          int substituted = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
          diagonal = row[j];
          row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
        }
      }
      return row[other.length()];
    }

    private String endpoint() {
      String allowed = "a host name or an IPv4 address, nothing before or after it";
      String value = value("endpoint");
      if (value == null) {
        return missing("endpoint", allowed, "give the host name that you type into dbt");
      }
      if (HOST.matcher(value).matches()) {
        return value;
      }
      String host = value.replaceFirst("^[a-z0-9:]*//", "").replaceFirst("[:/?].*$", "");
      return refused(
          "endpoint",
          value,
          allowed,
          HOST.matcher(host).matches() && !host.equals(value)
              ? "write -c endpoint=%s, and give port and database by their own keys".formatted(host)
              : "copy the host name from the Redshift console, without port and database");
    }

    private int port(String key, int otherwise) {
      String value = value(key);
      if (value == null) {
        return otherwise;
      }
      if (value.matches("\\d{1,5}")) {
        int port = Integer.parseInt(value);
        if (port >= 1 && port <= 65535) {
          return port;
        }
      }
      refused(key, value, "1 to 65535", "leave it out for %d".formatted(otherwise));
      return otherwise;
    }

    private List<Cidr> sources() {
      SequencedSet<Cidr> sources = new LinkedHashSet<>();
      int problemsBefore = problems.size();
      List<String> regions = list("dbtRegion");
      List<String> cidrs = list("cidrs");
      for (String id : regions) {
        DbtRegion.byId(id)
            .map(DbtRegion::cidrs)
            .ifPresentOrElse(
                sources::addAll,
                () ->
                    refused(
                        "dbtRegion",
                        id,
                        DbtRegion.ids(),
                        "look at the host name of your dbt; for a single tenant give cidrs"));
      }
      for (String cidr : cidrs) {
        try {
          sources.add(Cidr.parse("cidrs", cidr));
        } catch (ConfigurationException e) {
          problems.addAll(e.problems());
        }
      }
      if (sources.isEmpty() && problems.size() == problemsBefore) {
        missing(
            "dbtRegion",
            DbtRegion.ids() + "; or cidrs instead of it or besides",
            "say where your dbt runs, so that only it is let in: -c dbtRegion=us1");
      }
      return List.copyOf(sources);
    }

    private Duration checkInterval() {
      String value = value("checkInterval");
      if (value == null) {
        return Duration.ofMinutes(5);
      }
      try {
        Duration interval =
            value.matches("\\d{1,6}")
                ? Duration.ofMinutes(Long.parseLong(value))
                : Duration.parse(value);
        if (interval.isPositive()
            && interval.compareTo(LONGEST_CHECK_INTERVAL) <= 0
            && interval.equals(Duration.ofMinutes(interval.toMinutes()))) {
          return interval;
        }
      } catch (DateTimeParseException e) {
        // Refused below, as are durations that are well written but out of range.
      }
      refused(
          "checkInterval",
          value,
          "whole minutes from 1 to 1440, as a number or as an ISO-8601 duration",
          "write 5 or PT5M for five minutes");
      return LONGEST_CHECK_INTERVAL;
    }

    private String matching(
        String key, String otherwise, Pattern syntax, String allowed, String fix) {
      String value = value(key);
      if (value == null) {
        return otherwise == null ? missing(key, allowed, fix) : otherwise;
      }
      if (!syntax.matcher(value).matches()) {
        refused(key, value, allowed, fix);
        return otherwise;
      }
      return value;
    }

    private String missing(String key, String allowed, String fix) {
      return refused(key, null, allowed, fix);
    }

    private String refused(String key, String value, String allowed, String fix) {
      problems.add(new Problem(key, value, allowed, fix));
      return null;
    }

    // An empty value is one that was left out: that is what `-c key=$UNSET` gives.
    private String value(String key) {
      Object value = context.get(key);
      if (value == null) {
        return null;
      }
      String text = text(value).strip();
      return text.isEmpty() ? null : text;
    }

    private List<String> list(String key) {
      String value = value(key);
      if (value == null) {
        return List.of();
      }
      Object given = context.get(key);
      if (given instanceof List<?> elements) {
        return elements(elements, Reader::text);
      }
      if (value.startsWith("[")) {
        try {
          JsonNode parsed = new ObjectMapper().readTree(value);
          return elements(parsed.valueStream().toList(), JsonNode::asText);
        } catch (JsonProcessingException e) {
          refused(
              key,
              value,
              "one value, several with commas between, or a JSON array of strings",
              "write it with commas between");
          return List.of();
        }
      }
      return elements(List.of(value.split(",")), Function.identity());
    }

    private static <T> List<String> elements(List<T> elements, Function<T, String> text) {
      return elements.stream()
          .map(text)
          .map(String::strip)
          .filter(element -> !element.isEmpty())
          .toList();
    }

    // jsii hands whole numbers over as Integer or as Double.
    private static String text(Object value) {
      return value instanceof Number number && number.doubleValue() == number.longValue()
          ? Long.toString(number.longValue())
          : String.valueOf(value);
    }
  }
}
