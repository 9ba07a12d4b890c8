package org.dbtbastion.infra;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awscdk.services.ec2.CfnEIP;
import software.amazon.awscdk.services.iam.PolicyStatement;
import software.amazon.awscdk.services.ssm.CfnParameter;
import software.constructs.Construct;

/**
 * An Elastic IP for a bastion of one host. The host claims it when it is ready: an association made
 * here would go to a host that is not ready yet, and would be lost when the host is replaced.
 */
final class ElasticIp extends Construct implements Entrance {

  /**
   * What the address belongs to.
   *
   * @param bastion the bastion
   * @param vpcId the VPC that the hosts are in
   * @param dbt who is let in
   * @param sshPort where sshd listens
   */
  record Props(BastionName bastion, String vpcId, DbtAddresses dbt, int sshPort) {

    Props {
      Objects.requireNonNull(bastion, "bastion");
      Objects.requireNonNull(vpcId, "vpcId");
      Objects.requireNonNull(dbt, "dbt");
    }
  }

  /** The parameter, below the bastion's path, in which hosts find the allocation id. */
  static final String PARAMETER = "elastic-ip";

  private final Props props;
  private final CfnEIP address;
  private final CfnParameter parameter;

  ElasticIp(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    address = CfnEIP.Builder.create(this, "Address").domain("vpc").build();
    // Not in user data, which is compressed at synthesis, when the id is not known yet.
    parameter =
        CfnParameter.Builder.create(this, "Allocation")
            .name(props.bastion().parameter(PARAMETER))
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
  public List<PolicyStatement> hostStatements() {
    Arns arns = Arns.of(this);
    BastionName bastion = props.bastion();
    return List.of(
        Statements.allow(
            "ReadAddress",
            List.of("ssm:GetParameter"),
            arns.parameter(bastion.parameter(PARAMETER))),
        // The action knows neither resources nor conditions that would narrow it.
        Statements.allow("SeeAddress", List.of("ec2:DescribeAddresses"), "*"),
        Statements.allow(
            "ClaimAddress",
            List.of("ec2:AssociateAddress"),
            arns.elasticIp(address.getAttrAllocationId())),
        Statements.allow(
            "ClaimAddressForHost",
            List.of("ec2:AssociateAddress"),
            Map.of("StringEquals", Map.of("aws:ResourceTag/" + BastionName.TAG, bastion.value())),
            arns.instance("*")),
        Statements.allow(
            "ClaimAddressInVpc",
            List.of("ec2:AssociateAddress"),
            Map.of("ArnEquals", Map.of("ec2:Vpc", arns.vpc(props.vpcId()))),
            arns.networkInterface("*")));
  }

  @Override
  public void leadTo(BastionHost host) {
    props.dbt().allowInto(host.securityGroup(), props.sshPort());
    host.group().getNode().addDependency(parameter);
  }
}
