package org.dbtbastion.infra.network;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.dbtbastion.infra.configuration.BastionName;
import software.amazon.awscdk.Fn;
import software.amazon.awscdk.services.ec2.ISubnet;
import software.amazon.awscdk.services.ec2.IVpc;
import software.amazon.awscdk.services.ec2.InterfaceVpcEndpoint;
import software.amazon.awscdk.services.ec2.InterfaceVpcEndpointAwsService;
import software.amazon.awscdk.services.ec2.Peer;
import software.amazon.awscdk.services.ec2.Port;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.constructs.Construct;

/**
 * The subnets of a VPC in which a function reaches the APIs of AWS: private ones that lead to the
 * internet, or, where there are none, others with interface endpoints that are made for it.
 *
 * <p>The endpoints have no private DNS: that would send everybody else in the VPC through them too,
 * and fail where the VPC has such endpoints already. The function finds them by the SDK's own
 * variables. Source: the AWS SDKs and tools reference guide, "Service-specific endpoints".
 */
public final class AwsApiAccess extends Construct {

  /**
   * Which APIs are needed, and by whom.
   *
   * @param bastion the bastion
   * @param vpc the VPC
   * @param caller the function's security group, which gets the egress rule
   * @param redshift whether it calls Redshift's API
   * @param redshiftServerless whether it calls Redshift Serverless's API
   */
  public record Props(
      BastionName bastion,
      IVpc vpc,
      SecurityGroup caller,
      boolean redshift,
      boolean redshiftServerless) {

    public Props {
      Objects.requireNonNull(bastion, "bastion");
      Objects.requireNonNull(vpc, "vpc");
      Objects.requireNonNull(caller, "caller");
    }
  }

  // Each endpoint costs by the hour in each zone: enough of them to live on when one zone fails.
  private static final int ZONES = 2;

  private final SubnetSelection subnets;
  private final SequencedMap<String, String> environment = new LinkedHashMap<>();

  /** Puts the access into a construct. */
  public AwsApiAccess(Construct scope, String id, Props props) {
    super(scope, id);
    if (!props.vpc().getPrivateSubnets().isEmpty()) {
      subnets = SubnetSelection.builder().subnets(props.vpc().getPrivateSubnets()).build();
      props.caller().addEgressRule(Peer.anyIpv4(), Port.tcp(443), "AWS APIs");
      return;
    }
    subnets = SubnetSelection.builder().subnets(withoutInternet(props.vpc())).build();
    SecurityGroup endpoints =
        SecurityGroup.Builder.create(this, "SecurityGroup")
            .vpc(props.vpc())
            .description("AWS APIs for functions of the bastion " + props.bastion())
            .allowAllOutbound(false)
            .build();
    TcpRules.allow(
        this,
        "Caller",
        props.caller(),
        endpoints.getSecurityGroupId(),
        443,
        "AWS APIs for the connection check",
        "AWS APIs");
    // What the connection check calls. Its log needs none: Lambda itself writes it.
    endpoint(props, endpoints, "Ssm", "SSM", InterfaceVpcEndpointAwsService.SSM);
    endpoint(
        props,
        endpoints,
        "SecretsManager",
        "SECRETS_MANAGER",
        InterfaceVpcEndpointAwsService.SECRETS_MANAGER);
    endpoint(props, endpoints, "Ec2", "EC2", InterfaceVpcEndpointAwsService.EC2);
    if (props.redshift()) {
      endpoint(props, endpoints, "Redshift", "REDSHIFT", InterfaceVpcEndpointAwsService.REDSHIFT);
    }
    if (props.redshiftServerless()) {
      endpoint(
          props,
          endpoints,
          "RedshiftServerless",
          "REDSHIFT_SERVERLESS",
          InterfaceVpcEndpointAwsService.REDSHIFT_SERVERLESS);
    }
  }

  /** The subnets for the function. */
  public SubnetSelection subnets() {
    return subnets;
  }

  /** The variables by which the function's SDK finds the APIs; empty if it needs none. */
  public Map<String, String> environment() {
    return environment;
  }

  private void endpoint(
      Props props,
      SecurityGroup securityGroup,
      String id,
      String variable,
      InterfaceVpcEndpointAwsService service) {
    InterfaceVpcEndpoint endpoint =
        InterfaceVpcEndpoint.Builder.create(this, id)
            .vpc(props.vpc())
            .service(service)
            .subnets(subnets)
            .securityGroups(List.of(securityGroup))
            .open(false)
            .privateDnsEnabled(false)
            .build();
    // An entry is the id of a hosted zone, a colon and the name.
    environment.put(
        "AWS_ENDPOINT_URL_" + variable,
        "https://"
            + Fn.select(1, Fn.split(":", Fn.select(0, endpoint.getVpcEndpointDnsEntries()))));
  }

  // An endpoint takes one subnet in a zone. Public subnets will do: a function has no public
  // address there either.
  private static List<ISubnet> withoutInternet(IVpc vpc) {
    List<ISubnet> isolated = vpc.getIsolatedSubnets();
    return ZonalSubnets.among(isolated.isEmpty() ? vpc.getPublicSubnets() : isolated, ZONES);
  }
}
