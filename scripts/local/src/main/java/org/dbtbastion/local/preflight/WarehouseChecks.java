package org.dbtbastion.local.preflight;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.infra.warehouse.Redshift;
import org.dbtbastion.infra.warehouse.SecretArn;
import software.amazon.awssdk.services.redshift.model.Cluster;
import software.amazon.awssdk.services.redshift.model.ClusterNotFoundException;
import software.amazon.awssdk.services.redshiftserverless.model.ResourceNotFoundException;
import software.amazon.awssdk.services.redshiftserverless.model.Workgroup;
import software.amazon.awssdk.services.secretsmanager.model.DescribeSecretResponse;

/** Whether the warehouses and the secrets are there, and how they are. */
final class WarehouseChecks {

  private final Apis apis;
  private final Redshift redshift;

  WarehouseChecks(Apis apis, Redshift redshift) {
    this.apis = apis;
    this.redshift = redshift;
  }

  /** A warehouse, as far as it was found. */
  private sealed interface Found {
    record ACluster(Cluster cluster) implements Found {}

    record AWorkgroup(Workgroup workgroup) implements Found {}
  }

  void askAll(Questions questions) {
    for (Redshift.Target target : targets()) {
      questions.ask("redshift:DescribeClusters", () -> warehouse(target));
    }
    for (String secret : secrets()) {
      questions.ask("secretsmanager:DescribeSecret", () -> secret(secret));
    }
  }

  private List<Redshift.Target> targets() {
    return switch (redshift) {
      case Redshift.ByName(List<Redshift.Target> targets) -> targets;
      case Redshift.Explicit(_, var warehouse) ->
          warehouse.issuer().stream()
              .map(
                  issuer ->
                      switch (issuer) {
                        case Issuer.Cluster(String id) -> target(Redshift.Kind.CLUSTER, id);
                        case Issuer.Workgroup(String name) -> target(Redshift.Kind.WORKGROUP, name);
                      })
              .toList();
    };
  }

  private static Redshift.Target target(Redshift.Kind kind, String name) {
    return new Redshift.Target(Optional.of(kind), name, Optional.empty(), Optional.empty());
  }

  private Set<String> secrets() {
    Set<String> arns = new TreeSet<>();
    switch (redshift) {
      case Redshift.ByName(List<Redshift.Target> targets) ->
          targets.forEach(target -> target.secret().map(SecretArn::value).ifPresent(arns::add));
      case Redshift.Explicit(_, var warehouse) ->
          warehouse.secret().map(SecretArn::value).ifPresent(arns::add);
    }
    return arns;
  }

  /** The VPC of the warehouses; empty if that is not known. */
  Optional<String> vpc() {
    return switch (redshift) {
      case Redshift.Explicit(String vpcId, _) -> Optional.of(vpcId);
      case Redshift.ByName(List<Redshift.Target> targets) ->
          targets.stream().flatMap(target -> find(target).stream()).findFirst().flatMap(this::vpc);
    };
  }

  private Optional<String> vpc(Found found) {
    return switch (found) {
      case Found.ACluster(Cluster cluster) -> Optional.ofNullable(cluster.vpcId());
      case Found.AWorkgroup(Workgroup workgroup) ->
          workgroup.endpoint() == null
              ? Optional.empty()
              : workgroup.endpoint().vpcEndpoints().stream()
                  .map(endpoint -> endpoint.vpcId())
                  .findFirst();
    };
  }

  private Optional<Found> find(Redshift.Target target) {
    Optional<Found> found = Optional.empty();
    if (target.kind().filter(Redshift.Kind.WORKGROUP::equals).isEmpty()) {
      try {
        found =
            apis
                .redshift
                .describeClusters(r -> r.clusterIdentifier(target.name()))
                .clusters()
                .stream()
                .findFirst()
                .map(Found.ACluster::new);
      } catch (ClusterNotFoundException _) {
        // It may be a workgroup.
      }
    }
    if (found.isEmpty() && target.kind().filter(Redshift.Kind.CLUSTER::equals).isEmpty()) {
      try {
        found =
            Optional.of(
                new Found.AWorkgroup(
                    apis.serverless.getWorkgroup(r -> r.workgroupName(target.name())).workgroup()));
      } catch (ResourceNotFoundException _) {
        // It is neither.
      }
    }
    return found;
  }

  private List<Finding> warehouse(Redshift.Target target) {
    return switch (find(target).orElse(null)) {
      case null ->
          List.of(
              new Finding(
                  Cause.WAREHOUSE_NOT_FOUND,
                  target.name(),
                  "no cluster and no workgroup of this account and region has the name",
                  "aws redshift describe-clusters; aws redshift-serverless list-workgroups"));
      case Found.ACluster(Cluster cluster) ->
          judged(
              target.name(),
              cluster.clusterStatus(),
              Boolean.TRUE.equals(cluster.publiclyAccessible()),
              "aws redshift resume-cluster --cluster-identifier " + target.name(),
              "aws redshift modify-cluster --no-publicly-accessible --cluster-identifier "
                  + target.name());
      case Found.AWorkgroup(Workgroup workgroup) ->
          judged(
              target.name(),
              workgroup.statusAsString(),
              Boolean.TRUE.equals(workgroup.publiclyAccessible()),
              "aws redshift-serverless get-workgroup --workgroup-name " + target.name(),
              "aws redshift-serverless update-workgroup --no-publicly-accessible --workgroup-name "
                  + target.name());
    };
  }

  private static List<Finding> judged(
      String name, String status, boolean isPublic, String resume, String close) {
    List<Finding> found = new ArrayList<>();
    if (!"available".equalsIgnoreCase(status)) {
      found.add(
          new Finding(Cause.WAREHOUSE_NOT_AVAILABLE, name, "its status is " + status, resume));
    }
    if (isPublic) {
      found.add(
          new Finding(
              Cause.WAREHOUSE_PUBLIC,
              name,
              "its name has a public address outside the VPC",
              close));
    }
    return found;
  }

  private List<Finding> secret(String arn) {
    DescribeSecretResponse secret;
    try {
      secret = apis.secrets.describeSecret(r -> r.secretId(arn));
    } catch (software.amazon.awssdk.services.secretsmanager.model.ResourceNotFoundException _) {
      return List.of(
          new Finding(
              Cause.SECRET_MISSING,
              arn,
              "Secrets Manager does not know it: checks could not log in",
              "aws secretsmanager list-secrets"));
    }
    if (secret.deletedDate() != null) {
      return List.of(
          new Finding(
              Cause.SECRET_MISSING,
              arn,
              "it is to be deleted: checks could not log in",
              "aws secretsmanager restore-secret --secret-id " + arn));
    }
    boolean current =
        secret.hasVersionIdsToStages()
            && secret.versionIdsToStages().values().stream()
                .anyMatch(stages -> stages.contains("AWSCURRENT"));
    return current
        ? List.of()
        : List.of(
            new Finding(
                Cause.SECRET_WITHOUT_VALUE,
                arn,
                "it has no version AWSCURRENT: checks could not log in",
                "aws secretsmanager put-secret-value --secret-id %s --secret-string file://FILE"
                    .formatted(arn)));
  }
}
