package org.dbtbastion.infra.network;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import org.dbtbastion.problem.Problems;
import software.amazon.awscdk.services.ec2.ISubnet;
import software.amazon.awscdk.services.ec2.IVpc;

/** Subnets that the user names, in place of those that CDK takes for public or private. */
public final class ChosenSubnets {

  private ChosenSubnets() {}

  /**
   * The subnets of these ids, one in each zone.
   *
   * @param key the context key that names them
   * @param problems gets what is wrong with them
   * @return empty if none are named
   */
  public static Optional<List<ISubnet>> of(
      String key, List<String> ids, IVpc vpc, Problems<ConfigurationProblem> problems) {
    if (ids.isEmpty()) {
      return Optional.empty();
    }
    Map<String, ISubnet> known =
        Stream.of(vpc.getPublicSubnets(), vpc.getPrivateSubnets(), vpc.getIsolatedSubnets())
            .flatMap(List::stream)
            .collect(Collectors.toMap(ISubnet::getSubnetId, each -> each, (first, _) -> first));
    Map<String, String> zones = new HashMap<>();
    List<ISubnet> chosen = new ArrayList<>();
    for (String id : ids) {
      ISubnet subnet = known.get(id);
      if (subnet == null) {
        problems.add(
            new ConfigurationProblem(
                key,
                id,
                "subnets of %s: %s"
                    .formatted(
                        vpc.getVpcId(),
                        known.keySet().stream().sorted().collect(Collectors.joining(", "))),
                "choose among them; if it was made since the VPC was first looked up, forget that: "
                    + "(cd infra && node_modules/.bin/cdk context --clear)"));
        continue;
      }
      String other = zones.putIfAbsent(subnet.getAvailabilityZone(), id);
      if (other != null) {
        problems.add(
            new ConfigurationProblem(
                key,
                id,
                "one subnet in each zone; %s is in %s, too"
                    .formatted(other, subnet.getAvailabilityZone()),
                "leave out one of them"));
      }
      chosen.add(subnet);
    }
    return Optional.of(chosen);
  }
}
