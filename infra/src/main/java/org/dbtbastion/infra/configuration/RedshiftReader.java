package org.dbtbastion.infra.configuration;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.infra.warehouse.Redshift;
import org.dbtbastion.infra.warehouse.SecretArn;
import org.dbtbastion.infra.warehouse.Warehouse;
import org.dbtbastion.text.Kebab;
import org.dbtbastion.wire.ConnectionFields;

/**
 * Reads which warehouses the bastion leads to.
 *
 * @param context what it is read from
 */
record RedshiftReader(ContextReader context) {

  // What describes a warehouse that is not looked up by its name.
  private static final List<String> EXPLICIT =
      List.of("endpoint", "port", "vpcId", "securityGroup");

  private static final int DEFAULT_PORT = 5439;

  private static final Pattern VPC_ID = Pattern.compile("vpc-[0-9a-f]{8,17}");
  static final Pattern SECURITY_GROUP_ID = Pattern.compile("sg-[0-9a-f]{8,17}");
  // What cluster identifiers and workgroup names have in common. Sources: the Redshift API
  // reference, CreateCluster; the Redshift Serverless API reference, CreateWorkgroup.
  private static final Pattern NAME =
      Pattern.compile("(?:(cluster|workgroup):)?([a-z0-9][a-z0-9-]{0,63})");
  private static final String DATABASE_FIX =
      "give the database that dbt connects to: -c database=analytics";

  /** What the user says; null, and problems in the context, if it makes no sense. */
  Redshift read() {
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

  /** The warehouses with what is known of them; placeholders stand for what is looked up later. */
  static SequencedMap<String, Warehouse> beforeLookup(Redshift redshift) {
    SequencedMap<String, Warehouse> warehouses = new LinkedHashMap<>();
    switch (redshift) {
      case Redshift.ByName(var targets) ->
          targets.forEach(target -> warehouses.put(target.name(), target.beforeLookup()));
      case Redshift.Explicit(_, Warehouse warehouse) -> warehouses.put(warehouse.name(), warehouse);
      case null -> {}
    }
    return warehouses;
  }

  private Redshift byName(List<String> given) {
    SequencedMap<String, Optional<Redshift.Kind>> kinds = kinds(given);
    Map<String, String> databases =
        perName(
            "database",
            kinds.sequencedKeySet(),
            ConnectionFields.DATABASE,
            ConnectionFields.DATABASE_ALLOWED,
            DATABASE_FIX);
    Map<String, String> secrets =
        perName(
            "secret", kinds.sequencedKeySet(), SecretArn.SYNTAX, SecretArn.ALLOWED, SecretArn.FIX);
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

  /** Whether each name is that of a cluster or of a workgroup; empty where that is not said. */
  private SequencedMap<String, Optional<Redshift.Kind>> kinds(List<String> given) {
    SequencedMap<String, Optional<Redshift.Kind>> kinds = new LinkedHashMap<>();
    for (String name : given) {
      Matcher syntax = NAME.matcher(name);
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
                .flatMap(kind -> Kebab.find(Redshift.Kind.class, kind)));
      }
    }
    return kinds;
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
                : "did you mean %s=%s?".formatted(Spelling.nearest(name, names), value));
      } else {
        values.put(name, value);
      }
    }
    return values;
  }

  private Redshift explicit() {
    String endpoint = endpoint();
    int port = context.port("port", DEFAULT_PORT);
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
                Issuer.byEndpoint(endpoint),
                Optional.empty()))
        : null;
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
}
