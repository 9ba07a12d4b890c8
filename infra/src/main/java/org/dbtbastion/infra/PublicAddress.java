package org.dbtbastion.infra;

import software.amazon.awscdk.services.ec2.CfnEIP;
import software.amazon.awscdk.services.ssm.CfnParameter;
import software.constructs.Construct;

/**
 * The address that dbt connects to. The host claims it when it is ready: an association made here
 * would go to a host that is not ready yet, and would be lost when the host is replaced.
 */
final class PublicAddress extends Construct {

  /** The parameter, below the bastion's path, in which hosts find the allocation id. */
  static final String PARAMETER = "elastic-ip";

  private final CfnEIP address;
  private final CfnParameter parameter;

  PublicAddress(Construct scope, String id, BastionName bastion) {
    super(scope, id);
    address = CfnEIP.Builder.create(this, "Address").domain("vpc").build();
    // Not in user data, which is compressed at synthesis, when the id is not known yet.
    parameter =
        CfnParameter.Builder.create(this, "Allocation")
            .name(bastion.parameter(PARAMETER))
            .description("The address that hosts of the bastion %s claim".formatted(bastion))
            .type("String")
            .value(address.getAttrAllocationId())
            .build();
  }

  String allocationId() {
    return address.getAttrAllocationId();
  }

  /** The parameter with the allocation id, which must be there before a host boots. */
  CfnParameter parameter() {
    return parameter;
  }

  /** The IPv4 address itself. */
  String ip() {
    return address.getRef();
  }
}
