package org.dbtbastion.infra;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The worked examples of the README, each synthesized once, with what their lookups find. Every
 * stack of a user is much like one of them.
 */
final class Examples {

  static final String VPC = "vpc-0a1b2c3d4e5f60718";

  private Examples() {}

  private static final class Cluster {
    private static final Synthesized STACK =
        Synthesized.synthesize(
            Map.of(
                "redshift", "analytics",
                "secret", ConfigurationTest.SECRET,
                "alarmEmail", "data-platform@example.com"),
            Lookups.inVpcOf("Public", "Private", "Isolated")
                .andCluster("analytics", "sg-0aa1b2c3d4e5f6071", VPC));
  }

  private static final class Workgroup {
    private static final Synthesized STACK =
        Synthesized.synthesize(
            Map.of("name", "adhoc", "redshift", "adhoc", "snapStart", "true"),
            Lookups.inVpcOf("Public", "Private")
                .andWorkgroup("adhoc", "sg-0bb1b2c3d4e5f6071", VPC));
  }

  private static final class Balancer {
    private static final Synthesized STACK =
        Synthesized.synthesize(
            Map.of(
                "name", "prod",
                "redshift", "analytics,finance",
                "database", "finance=ledger",
                "addressMode", "network-load-balancer",
                "dbtRegion", "us1,eu1"),
            Lookups.inVpcOf("Public", "Isolated")
                .andCluster("analytics", "sg-0aa1b2c3d4e5f6071", VPC)
                .andCluster("finance", "sg-0aa1b2c3d4e5f6071", VPC));
  }

  /** A provisioned cluster, one host with an Elastic IP. */
  static Synthesized clusterWithElasticIp() {
    return Cluster.STACK;
  }

  /** A Serverless workgroup, without a secret, with SnapStart. */
  static Synthesized workgroup() {
    return Workgroup.STACK;
  }

  /** Two clusters in a VPC without a NAT gateway. */
  static Synthesized twoClustersBehindABalancer() {
    return Balancer.STACK;
  }

  static Map<String, Synthesized> all() {
    Map<String, Synthesized> all = new LinkedHashMap<>();
    all.put("cluster-with-elastic-ip", clusterWithElasticIp());
    all.put("workgroup", workgroup());
    all.put("two-clusters-behind-a-balancer", twoClustersBehindABalancer());
    return all;
  }
}
