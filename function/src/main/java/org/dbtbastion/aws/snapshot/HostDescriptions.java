package org.dbtbastion.aws.snapshot;

import static java.util.stream.Collectors.toMap;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.aws.AwsClients;
import org.dbtbastion.aws.Hosts;
import org.dbtbastion.network.BastionInstance;
import org.dbtbastion.network.ElasticIpAddress;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.GroupIdentifier;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.InstanceStatus;
import software.amazon.awssdk.services.ec2.model.SummaryStatus;
import software.amazon.awssdk.services.ssm.model.InstanceInformation;
import software.amazon.awssdk.services.ssm.model.InstanceInformationStringFilter;

/**
 * What EC2 and Systems Manager say of the bastion's hosts and its Elastic IP. Each method is one
 * question; it throws what the SDK throws. Thread-safe.
 */
final class HostDescriptions {

  private final AwsClients clients;

  HostDescriptions(AwsClients clients) {
    this.clients = clients;
  }

  /** By id. */
  List<BastionInstance> hosts(String bastion, AwsRequestOverrideConfiguration inTime) {
    return clients
        .ec2()
        .describeInstancesPaginator(
            request ->
                request
                    .filters(
                        filter("tag:" + Hosts.TAG, bastion),
                        filter("instance-state-name", "pending", "running", "stopping", "stopped"))
                    .overrideConfiguration(inTime))
        .reservations()
        .stream()
        .flatMap(reservation -> reservation.instances().stream())
        .map(HostDescriptions::host)
        .sorted(Comparator.comparing(BastionInstance::id))
        .toList();
  }

  private static BastionInstance host(Instance instance) {
    return new BastionInstance(
        instance.instanceId(),
        instance.state().nameAsString(),
        Cidr.of(instance.privateIpAddress()),
        instance.subnetId(),
        ids(instance.securityGroups()),
        instance.launchTime());
  }

  /** What is wrong, by id of the instance; of those that do not run, nothing is. */
  Map<String, String> impaired(
      Collection<String> instances, AwsRequestOverrideConfiguration inTime) {
    if (instances.isEmpty()) {
      return Map.of();
    }
    Map<String, String> impaired = new HashMap<>();
    for (InstanceStatus status :
        clients
            .ec2()
            .describeInstanceStatusPaginator(
                request -> request.instanceIds(instances).overrideConfiguration(inTime))
            .instanceStatuses()) {
      List<String> failing = new ArrayList<>();
      if (status.systemStatus().status() == SummaryStatus.IMPAIRED) {
        failing.add("the machine below it");
      }
      if (status.instanceStatus().status() == SummaryStatus.IMPAIRED) {
        failing.add("the instance itself");
      }
      if (!failing.isEmpty()) {
        impaired.put(status.instanceId(), String.join(" and ", failing));
      }
    }
    return impaired;
  }

  Optional<ElasticIpAddress> elasticIp(String address, AwsRequestOverrideConfiguration inTime) {
    // By a filter: an address that is gone is then no error.
    return clients
        .ec2()
        .describeAddresses(
            request -> request.filters(filter("public-ip", address)).overrideConfiguration(inTime))
        .addresses()
        .stream()
        .findFirst()
        .map(
            found ->
                new ElasticIpAddress(
                    found.allocationId(),
                    Optional.ofNullable(found.instanceId()).filter(id -> !id.isEmpty())));
  }

  /** Ping status by id of the instance. */
  Map<String, String> agents(Collection<String> instances, AwsRequestOverrideConfiguration inTime) {
    if (instances.isEmpty()) {
      return Map.of();
    }
    return clients
        .ssm()
        .describeInstanceInformationPaginator(
            request ->
                request
                    .filters(
                        InstanceInformationStringFilter.builder()
                            .key("InstanceIds")
                            .values(instances)
                            .build())
                    .overrideConfiguration(inTime))
        .instanceInformationList()
        .stream()
        .collect(toMap(InstanceInformation::instanceId, InstanceInformation::pingStatusAsString));
  }

  private static Filter filter(String name, String... values) {
    return Filter.builder().name(name).values(values).build();
  }

  private static Set<String> ids(List<GroupIdentifier> groups) {
    return groups.stream().map(GroupIdentifier::groupId).collect(Collectors.toSet());
  }
}
