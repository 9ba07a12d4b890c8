package org.dbtbastion.aws;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.BastionHost;
import software.amazon.awssdk.services.ec2.model.DescribeInstancesResponse;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.Instance;

/**
 * The running hosts of one bastion: the EC2 instances with the tag {@code dbt-bastion=<name>}. Safe
 * for use by several threads.
 */
public final class Hosts {

  /** The tag whose value is the name of the bastion. */
  public static final String TAG = "dbt-bastion";

  private final AwsClients clients;
  private final String bastion;

  /**
   * @param bastion the bastion's name
   */
  public Hosts(AwsClients clients, String bastion) {
    this.clients = clients;
    this.bastion = bastion;
  }

  /** By instance id; none is an empty list. */
  List<BastionHost> running(Deadline deadline) {
    List<BastionHost> running = new ArrayList<>();
    String token = null;
    do {
      DescribeInstancesResponse page = page(token, deadline);
      page.reservations().stream()
          .flatMap(reservation -> reservation.instances().stream())
          .map(Hosts::host)
          .forEach(running::add);
      token = page.nextToken();
    } while (token != null && !token.isEmpty());
    running.sort(Comparator.comparing(BastionHost::id));
    return List.copyOf(running);
  }

  private static BastionHost host(Instance instance) {
    return new BastionHost(
        instance.instanceId(),
        instance.privateIpAddress(),
        Optional.ofNullable(instance.publicIpAddress()),
        instance.launchTime());
  }

  private DescribeInstancesResponse page(String token, Deadline deadline) {
    return clients
        .ec2()
        .describeInstances(
            request ->
                request
                    .filters(
                        Filter.builder().name("tag:" + TAG).values(bastion).build(),
                        Filter.builder().name("instance-state-name").values("running").build())
                    .nextToken(token)
                    .overrideConfiguration(AwsClients.by(deadline)));
  }
}
