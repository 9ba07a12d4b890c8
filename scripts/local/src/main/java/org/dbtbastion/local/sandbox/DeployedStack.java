package org.dbtbastion.local.sandbox;

import java.util.List;
import org.dbtbastion.standins.account.UserData;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.cloudformation.model.StackResourceSummary;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.ResponseLaunchTemplateData;

/** What CloudFormation has made of a stack with one host. */
final class DeployedStack {

  private final WarehouseAccount account;
  private final String name;
  private final String bastion;

  /**
   * @param name the stack's name
   * @param bastion the bastion's name, with which its hosts are tagged
   */
  DeployedStack(WarehouseAccount account, String name, String bastion) {
    this.account = account;
    this.name = name;
    this.bastion = bastion;
  }

  /** The bastion host as EC2 knows it. */
  Instance instance() {
    try (Ec2Client ec2 = account.client(Ec2Client.builder())) {
      return ec2
          .describeInstances(
              request ->
                  request.filters(Filter.builder().name("tag:dbt-bastion").values(bastion).build()))
          .reservations()
          .stream()
          .flatMap(reservation -> reservation.instances().stream())
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("the stack has launched no instance"));
    }
  }

  /** What its hosts run at their first boot. */
  String userData() {
    return UserData.script(launchTemplate().userData());
  }

  /** The name of its hosts' instance profile. */
  String instanceProfile() {
    String arn = launchTemplate().iamInstanceProfile().arn();
    return arn.substring(arn.lastIndexOf('/') + 1);
  }

  /** Does what moto leaves out when the Auto Scaling group launches an instance. */
  void joinSecurityGroups(Instance instance) {
    List<String> groups = launchTemplate().networkInterfaces().getFirst().groups();
    try (Ec2Client ec2 = account.client(Ec2Client.builder())) {
      ec2.modifyInstanceAttribute(
          request -> request.instanceId(instance.instanceId()).groups(groups));
    }
  }

  private ResponseLaunchTemplateData launchTemplate() {
    try (CloudFormationClient cloudFormation = account.client(CloudFormationClient.builder());
        Ec2Client ec2 = account.client(Ec2Client.builder())) {
      String template =
          cloudFormation
              .listStackResources(request -> request.stackName(name))
              .stackResourceSummaries()
              .stream()
              .filter(resource -> resource.resourceType().equals("AWS::EC2::LaunchTemplate"))
              .map(StackResourceSummary::physicalResourceId)
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("the stack has no launch template"));
      return ec2.describeLaunchTemplateVersions(
              request -> request.launchTemplateId(template).versions("$Latest"))
          .launchTemplateVersions()
          .getFirst()
          .launchTemplateData();
    }
  }
}
