package org.dbtbastion.infra.warehouse;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import org.dbtbastion.problem.Problems;
import software.amazon.awscdk.ContextProvider;
import software.amazon.awscdk.GetContextValueOptions;
import software.constructs.Construct;

/**
 * Finds clusters and Serverless workgroups by their names, through CDK's lookups. What was found
 * once is in cdk.context.json. What is not there yet, the CDK command line looks up before it runs
 * the app again. Source: the AWS Cloud Development Kit guide, "Save and retrieve context variable
 * values".
 */
public final class RedshiftLookup {

  /**
   * What was found.
   *
   * @param vpcId the one VPC that all of it is in
   * @param warehouses in the order of the names
   */
  public record Found(String vpcId, List<Warehouse> warehouses) {
    public Found {
      Objects.requireNonNull(vpcId, "vpcId");
      warehouses = List.copyOf(warehouses);
    }
  }

  /** What a lookup of one resource gave. */
  private sealed interface Resource {
    /** Nothing yet: the CDK command line has still to look. */
    record Pending() implements Resource {}

    /** There is none. */
    record Absent() implements Resource {}

    /** Its properties, by their paths. */
    record Present(Map<?, ?> properties) implements Resource {
      Optional<String> text(String path) {
        return Optional.ofNullable(properties.get(path))
            .map(Object::toString)
            .filter(text -> !text.isEmpty());
      }

      Optional<String> first(String path) {
        return properties.get(path) instanceof List<?> list && !list.isEmpty()
            ? Optional.of(list.getFirst().toString())
            : Optional.empty();
      }
    }
  }

  // A query's answer where nothing is found, kept in cdk.context.json like any other.
  private static final List<Map<String, Boolean>> ABSENT = List.of(Map.of("found", false));
  private static final List<Map<String, Boolean>> PENDING = List.of(Map.of("pending", true));

  // Asked for a shorter name, Cloud Control fails instead of finding nothing.
  private static final int SHORTEST_WORKGROUP = 3;

  // What both services call their database if whoever makes the warehouse does not say.
  private static final String DEFAULT_DATABASE = "dev";

  /** The command after which CDK looks everything up again. */
  public static final String FORGET = "(cd infra && node_modules/.bin/cdk context --clear)";

  private final Construct scope;
  private final Problems<ConfigurationProblem> problems = new Problems<>();
  private boolean pending;

  /**
   * A lookup of names.
   *
   * @param scope in a stack with a known account and region, where the names are looked up
   */
  public RedshiftLookup(Construct scope) {
    this.scope = Objects.requireNonNull(scope, "scope");
  }

  /**
   * Looks all names up.
   *
   * @return what was found; empty if the CDK command line has still to look, after which it runs
   *     the app again
   * @throws ConfigurationException if a name is not found or ambiguous, or if the warehouses are
   *     not in one VPC
   */
  public Optional<Found> find(Redshift.ByName redshift) {
    SequencedMap<Redshift.Target, Warehouse> warehouses = new LinkedHashMap<>();
    Set<String> vpcs = new LinkedHashSet<>();
    for (Redshift.Target target : redshift.targets()) {
      find(target)
          .ifPresent(
              warehouse -> {
                warehouses.put(target, warehouse);
                vpcOf(warehouse).ifPresent(vpcs::add);
              });
    }
    if (!pending && vpcs.size() > 1) {
      problems.add(
          new ConfigurationProblem(
              "redshift",
              String.join(",", redshift.targets().stream().map(Redshift.Target::name).toList()),
              "warehouses in one VPC; these are in " + String.join(" and ", vpcs),
              "deploy one bastion for each VPC, with a name of its own"));
    }
    problems.throwIfAny(ConfigurationException::new);
    return pending
        ? Optional.empty()
        : Optional.of(new Found(vpcs.iterator().next(), List.copyOf(warehouses.sequencedValues())));
  }

  private Optional<Warehouse> find(Redshift.Target target) {
    Resource cluster =
        target.kind().filter(Redshift.Kind.WORKGROUP::equals).isPresent()
            ? new Resource.Absent()
            : lookUp(
                "AWS::Redshift::Cluster",
                target.name(),
                target.database().isPresent()
                    ? List.of("Endpoint.Address", "Endpoint.Port", "VpcSecurityGroupIds")
                    : List.of(
                        "Endpoint.Address", "Endpoint.Port", "VpcSecurityGroupIds", "DBName"));
    Resource workgroup =
        target.kind().filter(Redshift.Kind.CLUSTER::equals).isPresent()
                || target.name().length() < SHORTEST_WORKGROUP
            ? new Resource.Absent()
            : lookUp(
                "AWS::RedshiftServerless::Workgroup",
                target.name(),
                List.of(
                    "Workgroup.Endpoint.Address",
                    "Workgroup.Endpoint.Port",
                    "Workgroup.SecurityGroupIds",
                    "Workgroup.NamespaceName",
                    "Workgroup.WorkgroupArn"));
    return switch (cluster) {
      case Resource.Pending() -> Optional.empty();
      case Resource.Present present when workgroup instanceof Resource.Present -> {
        problems.add(
            new ConfigurationProblem(
                "redshift",
                target.name(),
                "the name of one cluster or workgroup; there is a cluster and a workgroup, "
                    + present.text("Endpoint.Address").orElse("which has no endpoint yet"),
                "write cluster:%1$s or workgroup:%1$s".formatted(target.name())));
        yield Optional.empty();
      }
      case Resource.Present present ->
          warehouse(
              target,
              present,
              "Endpoint",
              "VpcSecurityGroupIds",
              target.database().or(() -> present.text("DBName")).orElse(DEFAULT_DATABASE),
              new Issuer.Cluster(target.name()),
              Optional.empty());
      case Resource.Absent() -> workgroup(target, workgroup);
    };
  }

  private Optional<Warehouse> workgroup(Redshift.Target target, Resource workgroup) {
    return switch (workgroup) {
      case Resource.Pending() -> Optional.empty();
      case Resource.Present present ->
          warehouse(
              target,
              present,
              "Workgroup.Endpoint",
              "Workgroup.SecurityGroupIds",
              target
                  .database()
                  .or(() -> present.text("Workgroup.NamespaceName").flatMap(this::databaseOf))
                  .orElse(DEFAULT_DATABASE),
              new Issuer.Workgroup(target.name()),
              present.text("Workgroup.WorkgroupArn"));
      case Resource.Absent() -> {
        problems.add(
            new ConfigurationProblem(
                "redshift",
                target.name(),
                "a cluster or a Serverless workgroup of this account and region",
                "see: aws redshift describe-clusters; aws redshift-serverless list-workgroups. If"
                    + " it was made since it was first looked up, forget that: "
                    + FORGET));
        yield Optional.empty();
      }
    };
  }

  /** Empty, and a problem, if it cannot be connected to yet. */
  private Optional<Warehouse> warehouse(
      Redshift.Target target,
      Resource.Present present,
      String endpoint,
      String securityGroups,
      String database,
      Issuer issuer,
      Optional<String> workgroupArn) {
    Optional<String> address = present.text(endpoint + ".Address");
    Optional<String> port = present.text(endpoint + ".Port");
    Optional<String> securityGroup = present.first(securityGroups);
    if (address.isEmpty() || port.isEmpty() || securityGroup.isEmpty()) {
      problems.add(
          new ConfigurationProblem(
              "redshift",
              target.name(),
              "a warehouse with an endpoint and a security group; this one had %s when it was"
                      .formatted(securityGroup.isEmpty() ? "no security group" : "no endpoint yet")
                  + " looked up",
              "wait until it is available, then forget what was looked up: " + FORGET));
      return Optional.empty();
    }
    return Optional.of(
        new Warehouse(
            target.name(),
            address.get(),
            // A number or a text, as each service has it; jsii makes numbers fractions.
            (int) Double.parseDouble(port.get()),
            database,
            securityGroup.get(),
            target.secret(),
            Optional.of(issuer),
            workgroupArn));
  }

  private Optional<String> vpcOf(Warehouse warehouse) {
    String securityGroup = warehouse.securityGroupId();
    return switch (lookUp("AWS::EC2::SecurityGroup", securityGroup, List.of("VpcId"))) {
      case Resource.Pending() -> Optional.empty();
      case Resource.Present present -> present.text("VpcId");
      case Resource.Absent() -> {
        problems.add(
            new ConfigurationProblem(
                "redshift",
                warehouse.name(),
                "a warehouse whose security group exists; %s does not".formatted(securityGroup),
                "look the warehouse up again: " + FORGET));
        yield Optional.empty();
      }
    };
  }

  /** The namespace's own database; empty where it is not known yet. */
  private Optional<String> databaseOf(String namespace) {
    return lookUp("AWS::RedshiftServerless::Namespace", namespace, List.of("Namespace.DbName"))
            instanceof Resource.Present present
        ? present.text("Namespace.DbName")
        : Optional.empty();
  }

  private Resource lookUp(String type, String identifier, List<String> properties) {
    // In one order: the properties are a part of the key in cdk.context.json.
    SequencedMap<String, Object> query = new LinkedHashMap<>();
    query.put("typeName", type);
    query.put("exactIdentifier", identifier);
    query.put("propertiesToReturn", properties);
    query.put("ignoreErrorOnMissingContext", true);
    query.put("dummyValue", ABSENT);
    Object value =
        ContextProvider.getValue(
                scope,
                GetContextValueOptions.builder()
                    .provider("cc-api-provider")
                    .props(query)
                    .dummyValue(PENDING)
                    .build())
            .getValue();
    Map<?, ?> first = (Map<?, ?>) ((List<?>) value).getFirst();
    if (first.containsKey("pending")) {
      pending = true;
      return new Resource.Pending();
    }
    return first.containsKey("found") ? new Resource.Absent() : new Resource.Present(first);
  }
}
