package org.dbtbastion.infra;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.keys.Label;
import org.dbtbastion.keys.PublicKey;
import org.dbtbastion.wire.ConnectionFields;

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
 * @param connections key {@code connections}, a JSON array: what is checked, instead of one
 *     connection for each warehouse; empty when left out
 * @param sources keys {@code dbtRegion} and {@code cidrs}, lists: who may reach the SSH port; when
 *     both are left out, dbt's region in the stack's AWS region
 * @param addressMode key {@code addressMode}: {@code elastic-ip} when left out
 * @param hosts key {@code hosts}: how many; 2 with a load balancer when left out, else 1
 * @param instanceType key {@code instanceType}: of the hosts; {@code t4g.nano} when left out
 * @param sshPort key {@code sshPort}: where the bastion listens; 22 when left out
 * @param sshUser key {@code sshUser}: whom dbt logs in as; {@code dbtcloud} when left out
 * @param publicKeys key {@code publicKeys}, a list of {@code label=key}: let in by the deployment;
 *     none when left out
 * @param checkInterval key {@code checkInterval}: how often connections are checked, as minutes or
 *     as an ISO-8601 duration; 5 minutes when left out
 * @param alarmEmail key {@code alarmEmail}: who is told of alarms; nobody when left out
 * @param snapStart key {@code snapStart}: whether functions start from snapshots; no when left out
 */
record Configuration(
    BastionName name,
    Redshift redshift,
    List<DeclaredConnection> connections,
    List<Cidr> sources,
    AddressMode addressMode,
    int hosts,
    String instanceType,
    int sshPort,
    String sshUser,
    List<DeclaredKey> publicKeys,
    Duration checkInterval,
    Optional<String> alarmEmail,
    boolean snapStart) {

  static final SequencedSet<String> KEYS =
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
              "sshPort",
              "sshUser",
              "publicKeys",
              "checkInterval",
              "alarmEmail",
              "snapStart"));

  // What describes a warehouse that is not looked up by its name.
  private static final List<String> EXPLICIT =
      List.of("endpoint", "port", "vpcId", "securityGroup");

  private static final Duration LONGEST_CHECK_INTERVAL = Duration.ofDays(1);

  private static final Pattern VPC_ID = Pattern.compile("vpc-[0-9a-f]{8,17}");
  private static final Pattern SECURITY_GROUP_ID = Pattern.compile("sg-[0-9a-f]{8,17}");
  // What cluster identifiers and workgroup names have in common. Sources: the Redshift API
  // reference, CreateCluster; the Redshift Serverless API reference, CreateWorkgroup.
  private static final Pattern REDSHIFT =
      Pattern.compile("(?:(cluster|workgroup):)?([a-z0-9][a-z0-9-]{0,63})");
  private static final Pattern ENDPOINT =
      Pattern.compile(
          "([a-z0-9-]+)\\.[a-z0-9]+\\.[a-z0-9-]+\\.redshift(-serverless)?\\.amazonaws.*");
  private static final Pattern USER = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,31}");
  private static final Pattern INSTANCE_TYPE =
      Pattern.compile("[a-z][a-z0-9-]*\\.[a-z0-9][a-z0-9-]*");
  // SNS is the judge, by its confirmation mail.
  private static final Pattern EMAIL = Pattern.compile("[^@\\s,]+@[^@\\s,]+\\.[^@\\s,.]+");

  private static final String DATABASE_FIX =
      "give the database that dbt connects to: -c database=analytics";

  Configuration {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(redshift, "redshift");
    connections = List.copyOf(connections);
    sources = List.copyOf(sources);
    Objects.requireNonNull(addressMode, "addressMode");
    Objects.requireNonNull(instanceType, "instanceType");
    Objects.requireNonNull(sshUser, "sshUser");
    publicKeys = List.copyOf(publicKeys);
    Objects.requireNonNull(checkInterval, "checkInterval");
    Objects.requireNonNull(alarmEmail, "alarmEmail");
  }

  /**
   * Reads the whole CDK context. Keys of CDK itself and of its lookups are passed over.
   *
   * @param awsRegion the stack's AWS region; null if it is not known, which is a problem elsewhere
   * @throws ConfigurationException with all problems at once
   */
  static Configuration read(Map<String, ?> context, String awsRegion) {
    return new Reader(new ContextReader(context), awsRegion).read();
  }

  private record Reader(ContextReader context, String awsRegion) {

    Configuration read() {
      context.refuseAllBut(KEYS);
      String name =
          context.matching(
              "name",
              "default",
              BastionName.SYNTAX,
              "a lower-case letter, then up to 30 lower-case letters, digits and hyphens",
              "choose a short name such as analytics");
      Redshift redshift = redshift();
      List<DeclaredConnection> connections =
          new ConnectionsReader(context, beforeLookup(redshift)).read();
      List<Cidr> sources = sources();
      AddressMode addressMode = addressMode();
      int hosts = hosts(addressMode);
      String instanceType =
          context.matching(
              "instanceType",
              "t4g.nano",
              INSTANCE_TYPE,
              "an EC2 instance type, like t4g.nano",
              "leave it out, or see: aws ec2 describe-instance-types");
      int sshPort = context.port("sshPort", 22);
      String sshUser =
          context.matching(
              "sshUser",
              "dbtcloud",
              USER,
              "a letter or underscore, then up to 31 letters, digits, dots, hyphens and underscores",
              "leave it out for dbtcloud, as in dbt's documentation");
      List<DeclaredKey> publicKeys = publicKeys();
      Duration checkInterval = checkInterval();
      String alarmEmail =
          context.matching(
              "alarmEmail",
              "",
              EMAIL,
              "one e-mail address",
              "give a list's address for several people, or subscribe them to the topic");
      boolean snapStart = context.flag("snapStart");
      context.throwIfAny();
      return new Configuration(
          new BastionName(name),
          redshift,
          connections,
          sources,
          addressMode,
          hosts,
          instanceType,
          sshPort,
          sshUser,
          publicKeys,
          checkInterval,
          Optional.of(alarmEmail).filter(email -> !email.isEmpty()),
          snapStart);
    }

    private Redshift redshift() {
      List<String> names = context.list("redshift");
      if (names.isEmpty()) {
        if (EXPLICIT.stream().anyMatch(context::has)) {
          return explicit();
        }
        context.missing(
            "redshift",
            "the names of clusters or Serverless workgroups; or endpoint, vpcId, securityGroup and"
                + " database",
            "give the name that the Redshift console shows: -c redshift=analytics");
        return null;
      }
      for (String key : EXPLICIT) {
        context
            .value(key)
            .ifPresent(
                value ->
                    context.refuse(
                        key,
                        value,
                        "nothing besides redshift, by whose name it is looked up",
                        "leave out either %s or redshift".formatted(key)));
      }
      return byName(names);
    }

    private Redshift byName(List<String> given) {
      SequencedMap<String, Optional<Redshift.Kind>> kinds = new LinkedHashMap<>();
      for (String name : given) {
        Matcher syntax = REDSHIFT.matcher(name);
        if (!syntax.matches()) {
          context.refuse(
              "redshift",
              name,
              "names of clusters or Serverless workgroups: lower-case letters, digits and hyphens",
              "copy the name from the Redshift console, not the endpoint");
        } else if (kinds.containsKey(syntax.group(2))) {
          context.refuse("redshift", name, "each name once", "leave out the second one");
        } else {
          kinds.put(
              syntax.group(2),
              Optional.ofNullable(syntax.group(1))
                  .map(kind -> Redshift.Kind.valueOf(kind.toUpperCase(Locale.ROOT))));
        }
      }
      Map<String, String> databases =
          perName(
              "database",
              kinds.sequencedKeySet(),
              ConnectionFields.DATABASE,
              ConnectionFields.DATABASE_ALLOWED,
              DATABASE_FIX);
      Map<String, String> secrets =
          perName(
              "secret",
              kinds.sequencedKeySet(),
              SecretArn.SYNTAX,
              SecretArn.ALLOWED,
              SecretArn.FIX);
      List<Redshift.Target> targets = new ArrayList<>();
      kinds.forEach(
          (name, kind) ->
              targets.add(
                  new Redshift.Target(
                      kind,
                      name,
                      Optional.ofNullable(databases.get(name)),
                      Optional.ofNullable(secrets.get(name)).map(SecretArn::new))));
      return new Redshift.ByName(targets);
    }

    /** The warehouses with what is known of them; what is looked up later stands in. */
    private static SequencedMap<String, Warehouse> beforeLookup(Redshift redshift) {
      SequencedMap<String, Warehouse> warehouses = new LinkedHashMap<>();
      switch (redshift) {
        case Redshift.ByName(var targets) ->
            targets.forEach(target -> warehouses.put(target.name(), target.beforeLookup()));
        case Redshift.Explicit(_, Warehouse warehouse) ->
            warehouses.put(warehouse.name(), warehouse);
        case null -> {}
      }
      return warehouses;
    }

    /** One value for all names, or a list of {@code name=value}. */
    private Map<String, String> perName(
        String key, SequencedSet<String> names, Pattern syntax, String allowed, String fix) {
      Map<String, String> values = new LinkedHashMap<>();
      List<String> given = context.list(key);
      if (given.size() == 1 && syntax.matcher(given.getFirst()).matches()) {
        names.forEach(name -> values.put(name, given.getFirst()));
        return values;
      }
      for (String element : given) {
        int equals = element.indexOf('=');
        String name = equals < 0 ? "" : element.substring(0, equals).strip();
        String value = element.substring(equals + 1).strip();
        if (!syntax.matcher(value).matches()) {
          context.refuse(key, element, allowed, fix);
        } else if (equals < 0) {
          context.refuse(
              key,
              element,
              "one value, or one for each name",
              "write %s=%s".formatted(names.isEmpty() ? "NAME" : names.getFirst(), value));
        } else if (!names.contains(name)) {
          context.refuse(
              key,
              element,
              "names that redshift lists: " + String.join(", ", names),
              names.isEmpty()
                  ? "correct redshift first"
                  : "did you mean %s=%s?".formatted(ContextReader.nearest(name, names), value));
        } else {
          values.put(name, value);
        }
      }
      return values;
    }

    private Redshift explicit() {
      String endpoint = endpoint();
      int port = context.port("port", 5439);
      String vpcId =
          context.matching(
              "vpcId",
              null,
              VPC_ID,
              "the id of a VPC, like vpc-0a1b2c3d4e5f60718",
              "give the VPC that the warehouse is in: -c vpcId=vpc-…");
      String securityGroup =
          context.matching(
              "securityGroup",
              null,
              SECURITY_GROUP_ID,
              "the id of a security group, like sg-0a1b2c3d4e5f60718",
              "give the security group of the warehouse: -c securityGroup=sg-…");
      String database =
          context.matching(
              "database",
              null,
              ConnectionFields.DATABASE,
              ConnectionFields.DATABASE_ALLOWED,
              DATABASE_FIX);
      String secret =
          context.matching("secret", "", SecretArn.SYNTAX, SecretArn.ALLOWED, SecretArn.FIX);
      return context.isFine()
          ? new Redshift.Explicit(
              vpcId,
              new Warehouse(
                  connectionName(endpoint),
                  endpoint,
                  port,
                  database,
                  securityGroup,
                  Optional.of(secret).filter(arn -> !arn.isEmpty()).map(SecretArn::new),
                  issuer(endpoint),
                  Optional.empty()))
          : null;
    }

    // As the endpoints of Redshift are named; other names may be of custom domains.
    private static Optional<Issuer> issuer(String host) {
      Matcher syntax = ENDPOINT.matcher(host);
      return syntax.matches()
          ? Optional.of(
              syntax.group(2) == null
                  ? new Issuer.Cluster(syntax.group(1))
                  : new Issuer.Workgroup(syntax.group(1)))
          : Optional.empty();
    }

    // Like the cluster or workgroup, which is the first part of the host name.
    private static String connectionName(String host) {
      return host.matches("[0-9.]+") ? host : host.replaceFirst("\\..*", "");
    }

    private String endpoint() {
      String allowed = "a host name or an IPv4 address, nothing before or after it";
      Optional<String> value = context.value("endpoint");
      if (value.isEmpty()) {
        return context.missing("endpoint", allowed, "give the host name that you type into dbt");
      }
      if (ConnectionFields.HOST.matcher(value.get()).matches()) {
        return value.get();
      }
      String host = value.get().replaceFirst("^[a-z0-9:]*//", "").replaceFirst("[:/?].*$", "");
      return context.refuse(
          "endpoint",
          value.get(),
          allowed,
          ConnectionFields.HOST.matcher(host).matches() && !host.equals(value.get())
              ? "write -c endpoint=%s, and give port and database by their own keys".formatted(host)
              : "copy the host name from the Redshift console, without port and database");
    }

    private List<Cidr> sources() {
      SequencedSet<Cidr> sources = new LinkedHashSet<>();
      List<String> regions = context.list("dbtRegion");
      List<String> cidrs = context.list("cidrs");
      for (String id : regions) {
        DbtRegion.byId(id)
            .map(DbtRegion::cidrs)
            .ifPresentOrElse(
                sources::addAll,
                () ->
                    context.refuse(
                        "dbtRegion",
                        id,
                        DbtRegion.ids(),
                        "look at the host name of your dbt; for a single tenant give cidrs"));
      }
      for (String cidr : cidrs) {
        try {
          sources.add(Cidr.parse("cidrs", cidr));
        } catch (ConfigurationException e) {
          context.refuse(e);
        }
      }
      if (regions.isEmpty() && cidrs.isEmpty()) {
        // Without a region there is a problem of its own.
        Optional.ofNullable(awsRegion)
            .ifPresent(
                region ->
                    DbtRegion.inAwsRegion(region)
                        .map(DbtRegion::cidrs)
                        .ifPresentOrElse(
                            sources::addAll,
                            () ->
                                context.missing(
                                    "dbtRegion",
                                    DbtRegion.ids() + "; or cidrs instead of it or besides",
                                    "dbt has no region in %s: say where yours runs, so that only it"
                                            .formatted(region)
                                        + " is let in: -c dbtRegion=us1")));
      }
      if (sources.size() > DbtAddresses.MOST) {
        context.refuse(
            "cidrs",
            "%d addresses and blocks".formatted(sources.size()),
            "%d at most, dbtRegion's included".formatted(DbtAddresses.MOST),
            "give blocks instead of single addresses");
      }
      return List.copyOf(sources);
    }

    private AddressMode addressMode() {
      Optional<String> value = context.value("addressMode");
      Optional<AddressMode> mode = value.flatMap(AddressMode::byId);
      if (value.isPresent() && mode.isEmpty()) {
        context.refuse(
            "addressMode", value.get(), AddressMode.ids(), "leave it out for elastic-ip");
      }
      return mode.orElse(AddressMode.ELASTIC_IP);
    }

    private int hosts(AddressMode mode) {
      return context.number(
          "hosts",
          mode.defaultHosts(),
          mode.fewestHosts(),
          mode.mostHosts(),
          mode == AddressMode.ELASTIC_IP
              ? "leave it out, or for several: -c addressMode=network-load-balancer"
              : "leave it out for %d".formatted(mode.defaultHosts()));
    }

    private List<DeclaredKey> publicKeys() {
      SequencedMap<String, DeclaredKey> keys = new LinkedHashMap<>();
      for (String element : context.list("publicKeys")) {
        int equals = element.indexOf('=');
        String shown = element.length() <= 40 ? element : element.substring(0, 40) + "…";
        if (element.contains("PRIVATE KEY")) {
          context.refuse("publicKeys", element, "public keys, such as dbt shows", "");
          continue;
        }
        // A key's base64 has such signs at its end only.
        if (equals < 0 || element.substring(0, equals).contains(" AAAA")) {
          context.refuse(
              "publicKeys",
              shown,
              "a list of LABEL=KEY",
              "put the name of the dbt connection in front: prod-analytics=ssh-rsa AAAA…");
          continue;
        }
        String label = element.substring(0, equals).strip();
        if (Label.parse(label) instanceof Label.Parsed.Refused(String detail)) {
          context.refuse("publicKeys", shown, detail, "correct the label");
          continue;
        }
        switch (PublicKey.parse(element.substring(equals + 1))) {
          case PublicKey.Parsed.Accepted(PublicKey key, String _) -> {
            if (keys.putIfAbsent(key.sha256Hex(), new DeclaredKey(key, new Label(label))) != null) {
              context.refuse(
                  "publicKeys",
                  shown,
                  "each key once",
                  "leave out the second " + key.fingerprint());
            }
          }
          case PublicKey.Parsed.Refused(var code, String detail) ->
              context.refuse("publicKeys", label, detail, code.remedy());
        }
      }
      return List.copyOf(keys.values());
    }

    private Duration checkInterval() {
      Optional<String> value = context.value("checkInterval");
      if (value.isEmpty()) {
        return Duration.ofMinutes(5);
      }
      try {
        Duration interval =
            value.get().matches("\\d{1,6}")
                ? Duration.ofMinutes(Long.parseLong(value.get()))
                : Duration.parse(value.get());
        if (interval.isPositive()
            && interval.compareTo(LONGEST_CHECK_INTERVAL) <= 0
            && interval.equals(Duration.ofMinutes(interval.toMinutes()))) {
          return interval;
        }
      } catch (DateTimeParseException e) {
        // Refused below, as are durations that are well written but out of range.
      }
      context.refuse(
          "checkInterval",
          value.get(),
          "whole minutes from 1 to 1440, as a number or as an ISO-8601 duration",
          "write 5 or PT5M for five minutes");
      return LONGEST_CHECK_INTERVAL;
    }
  }
}
