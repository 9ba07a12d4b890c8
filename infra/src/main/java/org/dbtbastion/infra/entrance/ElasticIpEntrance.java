package org.dbtbastion.infra.entrance;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.hosts.HostGroup;
import org.dbtbastion.infra.network.DbtPrefixList;
import org.dbtbastion.infra.permissions.Arns;
import org.dbtbastion.infra.permissions.Permission;
import software.amazon.awscdk.services.ec2.CfnEIP;
import software.amazon.awscdk.services.ec2.ISubnet;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.ssm.CfnParameter;
import software.constructs.Construct;

/**
 * An Elastic IP for a bastion of one host. The host claims it when it is ready: an association made
 * here would go to a host that is not ready yet, and would be lost when the host is replaced.
 */
public final class ElasticIpEntrance extends Construct implements Entrance {

  /**
   * What the address belongs to.
   *
   * @param bastion the bastion
   * @param vpcId the VPC that the hosts are in
   * @param subnets the subnets that they may be launched in
   * @param dbt who is let in
   * @param sshPort where sshd listens
   */
  public record Props(
      BastionName bastion, String vpcId, List<ISubnet> subnets, DbtPrefixList dbt, int sshPort) {

    public Props {
      Objects.requireNonNull(bastion, "bastion");
      Objects.requireNonNull(vpcId, "vpcId");
      subnets = List.copyOf(subnets);
      Objects.requireNonNull(dbt, "dbt");
    }
  }

  private final Props props;
  private final CfnEIP address;
  private final CfnParameter parameter;

  /** Puts the entrance into a construct. */
  public ElasticIpEntrance(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    address = CfnEIP.Builder.create(this, "Address").domain("vpc").build();
    // Not in user data, which is compressed at synthesis, when the id is not known yet.
    parameter =
        CfnParameter.Builder.create(this, "Allocation")
            .name(props.bastion().elasticIp())
            .description(
                "The address that hosts of the bastion %s claim".formatted(props.bastion()))
            .type("String")
            .value(address.getAttrAllocationId())
            .build();
  }

  @Override
  public String host() {
    return address.getRef();
  }

  @Override
  public List<String> addresses() {
    return List.of(host());
  }

  @Override
  public Optional<String> heldAddress() {
    return Optional.of(host());
  }

  @Override
  public Optional<String> targetGroup() {
    return Optional.empty();
  }

  @Override
  public SubnetSelection hostSubnets() {
    return SubnetSelection.builder().subnets(props.subnets()).build();
  }

  @Override
  public Optional<LoadBalancerNames> balancerNames() {
    return Optional.empty();
  }

  @Override
  public List<Permission> hostPermissions() {
    Arns arns = Arns.of(this);
    BastionName bastion = props.bastion();
    return List.of(
        Permission.allow("ReadAddress", "ssm:GetParameter").on(arns.parameter(bastion.elasticIp())),
        Permission.allow("SeeAddress", "ec2:DescribeAddresses")
            .onAny("IAM knows neither resources nor conditions for the action", "*"),
        Permission.allow("SeeWhetherItIsNeeded", "autoscaling:DescribeAutoScalingGroups")
            .onAny("IAM knows neither resources nor conditions for the action", "*"),
        Permission.allow("ClaimAddress", "ec2:AssociateAddress")
            .on(arns.elasticIp(address.getAttrAllocationId())),
        Permission.allow("ClaimAddressForHost", "ec2:AssociateAddress")
            .onAny("hosts come and go; the condition is their tag", arns.instance("*"))
            .when(
                Map.of(
                    "StringEquals", Map.of("aws:ResourceTag/" + BastionName.TAG, bastion.value()))),
        Permission.allow("ClaimAddressInVpc", "ec2:AssociateAddress")
            .onAny(
                "a host's interface has no tag that is known before; the condition is the VPC",
                arns.networkInterface("*"))
            .when(Map.of("ArnEquals", Map.of("ec2:Vpc", arns.vpc(props.vpcId())))));
  }

  @Override
  public void leadTo(HostGroup host) {
    props.dbt().allowInto(host.securityGroup(), props.sshPort());
    host.needs(parameter);
  }
}
