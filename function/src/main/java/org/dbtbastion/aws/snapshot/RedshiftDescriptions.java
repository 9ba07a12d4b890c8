package org.dbtbastion.aws.snapshot;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.aws.AwsClients;
import org.dbtbastion.network.ClusterOrWorkgroup;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.services.redshift.model.Cluster;
import software.amazon.awssdk.services.redshift.model.VpcSecurityGroupMembership;
import software.amazon.awssdk.services.redshiftserverless.model.ResourceNotFoundException;
import software.amazon.awssdk.services.redshiftserverless.model.Workgroup;

/**
 * What Redshift says of clusters and workgroups. Each method is one question; it throws what the
 * SDK throws. Thread-safe.
 */
final class RedshiftDescriptions {

  private final AwsClients clients;

  RedshiftDescriptions(AwsClients clients) {
    this.clients = clients;
  }

  /** All clusters of the account and region: their endpoints tell which is meant. */
  List<Cluster> clusters(AwsRequestOverrideConfiguration inTime) {
    return clients
        .redshift()
        .describeClustersPaginator(request -> request.overrideConfiguration(inTime))
        .clusters()
        .stream()
        .toList();
  }

  static ClusterOrWorkgroup warehouse(Cluster cluster) {
    return new ClusterOrWorkgroup(
        false,
        cluster.clusterIdentifier(),
        cluster.clusterStatus().toLowerCase(Locale.ROOT),
        cluster.endpoint() == null ? "" : cluster.endpoint().address(),
        cluster.endpoint() == null ? 0 : cluster.endpoint().port(),
        Boolean.TRUE.equals(cluster.publiclyAccessible()),
        cluster.vpcSecurityGroups().stream()
            .map(VpcSecurityGroupMembership::vpcSecurityGroupId)
            .collect(Collectors.toSet()),
        addresses(cluster));
  }

  /** Clients connect to the leader, which shares a machine where there is one node alone. */
  static List<Cidr> addresses(Cluster cluster) {
    return cluster.clusterNodes().stream()
        .filter(node -> node.privateIPAddress() != null)
        .filter(node -> "LEADER".equals(node.nodeRole()) || "SHARED".equals(node.nodeRole()))
        .map(node -> Cidr.of(node.privateIPAddress()))
        .toList();
  }

  Optional<ClusterOrWorkgroup> workgroup(String name, AwsRequestOverrideConfiguration inTime) {
    try {
      return Optional.of(
          warehouse(
              clients
                  .redshiftServerless()
                  .getWorkgroup(
                      request -> request.workgroupName(name).overrideConfiguration(inTime))
                  .workgroup()));
    } catch (ResourceNotFoundException _) {
      return Optional.empty();
    }
  }

  private static ClusterOrWorkgroup warehouse(Workgroup workgroup) {
    boolean hasEndpoint = workgroup.endpoint() != null && workgroup.endpoint().address() != null;
    return new ClusterOrWorkgroup(
        true,
        workgroup.workgroupName(),
        workgroup.statusAsString().toLowerCase(Locale.ROOT),
        hasEndpoint ? workgroup.endpoint().address() : "",
        hasEndpoint ? workgroup.endpoint().port() : 0,
        Boolean.TRUE.equals(workgroup.publiclyAccessible()),
        new HashSet<>(workgroup.securityGroupIds()),
        hasEndpoint
            ? workgroup.endpoint().vpcEndpoints().stream()
                .flatMap(endpoint -> endpoint.networkInterfaces().stream())
                .map(each -> Cidr.of(each.privateIpAddress()))
                .toList()
            : List.of());
  }
}
