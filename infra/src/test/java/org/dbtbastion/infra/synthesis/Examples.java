package org.dbtbastion.infra.synthesis;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The worked examples of the README, each synthesized once, with what their lookups find. Every
 * stack of a user is much like one of them.
 */
public final class Examples {

  public static final String VPC = "vpc-0a1b2c3d4e5f60718";

  private record Example(Map<String, Object> configuration, Lookups lookups) {
    Synthesized synthesize() {
      return Synthesized.synthesize(configuration, lookups);
    }
  }

  private static final Map<String, Example> EXAMPLES =
      Map.of(
          "cluster",
          new Example(
              Map.of(
                  "redshift", "analytics",
                  "secret", SampleContext.SECRET,
                  "alarmEmail", "data-platform@example.com"),
              Lookups.inVpcOf("Public", "Private", "Isolated")
                  .andCluster("analytics", "sg-0aa1b2c3d4e5f6071", VPC)),
          "workgroup",
          new Example(
              Map.of(
                  "name", "adhoc",
                  "redshift", "adhoc",
                  "snapStart", "true",
                  "publicKeys", "prod=" + SampleContext.KEY),
              Lookups.inVpcOf("Public", "Private")
                  .andWorkgroup("adhoc", "sg-0bb1b2c3d4e5f6071", VPC)),
          "balancer",
          new Example(
              Map.of(
                  "name", "prod",
                  "redshift", "analytics,finance",
                  "database", "finance=ledger",
                  "addressMode", "network-load-balancer",
                  "dbtRegion", "us1,eu1"),
              Lookups.inVpcOf("Public", "Isolated")
                  .andCluster("analytics", "sg-0aa1b2c3d4e5f6071", VPC)
                  .andCluster("finance", "sg-0aa1b2c3d4e5f6071", VPC)));

  private static final Map<String, Synthesized> STACKS = new ConcurrentHashMap<>();

  private Examples() {}

  private static Synthesized stack(String name) {
    return STACKS.computeIfAbsent(name, Examples::again);
  }

  public static Map<String, Object> configuration(String name) {
    return EXAMPLES.get(name).configuration();
  }

  /** Synthesized once more. */
  public static Synthesized again(String name) {
    return EXAMPLES.get(name).synthesize();
  }

  /** A provisioned cluster, one host with an Elastic IP. */
  public static Synthesized clusterWithElasticIp() {
    return stack("cluster");
  }

  /** A Serverless workgroup, without a secret, with SnapStart. */
  public static Synthesized workgroup() {
    return stack("workgroup");
  }

  /** Two clusters in a VPC without a NAT gateway. */
  public static Synthesized twoClustersBehindABalancer() {
    return stack("balancer");
  }

  public static Map<String, Synthesized> all() {
    Map<String, Synthesized> all = new TreeMap<>();
    EXAMPLES.keySet().forEach(name -> all.put(name, stack(name)));
    return all;
  }
}
