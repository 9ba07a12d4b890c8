package org.dbtbastion.infra.network;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import org.dbtbastion.infra.configuration.BastionName;
import software.amazon.awscdk.ContextProvider;
import software.amazon.awscdk.Fn;
import software.amazon.awscdk.GetContextValueOptions;
import software.amazon.awscdk.Stack;
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
   * @param chosen subnets that lead to the APIs; empty to look for some
   * @param caller the function's security group, which gets the egress rule
   * @param redshift whether it calls Redshift's API
   * @param redshiftServerless whether it calls Redshift Serverless's API
   */
  public record Props(
      BastionName bastion,
      IVpc vpc,
      Optional<List<ISubnet>> chosen,
      SecurityGroup caller,
      boolean redshift,
      boolean redshiftServerless) {

    public Props {
      Objects.requireNonNull(bastion, "bastion");
      Objects.requireNonNull(vpc, "vpc");
      chosen = chosen.map(List::copyOf);
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
    // A function takes 16 subnets at most, and needs no second one in a zone. Source: the Lambda
    // API
    // reference, "VpcConfig".
    List<ISubnet> leadingOut =
        props
            .chosen()
            .orElseGet(
                () -> ZonalSubnets.among(props.vpc().getPrivateSubnets(), Integer.MAX_VALUE));
    if (!leadingOut.isEmpty()) {
      subnets = SubnetSelection.builder().subnets(leadingOut).build();
      props.caller().addEgressRule(Peer.anyIpv4(), Port.tcp(443), "AWS APIs");
      return;
    }
    subnets = SubnetSelection.builder().subnets(withoutInternet(props)).build();
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
    services(props).forEach((name, service) -> endpoint(props, endpoints, name, service));
  }

  /**
   * What the function calls, each with the last part of its endpoint service's name, by the ids of
   * the endpoints. Its log needs none: Lambda itself writes it.
   */
  private static SequencedMap<String, String> services(Props props) {
    SequencedMap<String, String> services = new LinkedHashMap<>();
    services.put("Ssm", "ssm");
    services.put("SecretsManager", "secretsmanager");
    services.put("Ec2", "ec2");
    if (props.redshift()) {
      services.put("Redshift", "redshift");
    }
    if (props.redshiftServerless()) {
      services.put("RedshiftServerless", "redshift-serverless");
    }
    return services;
  }

  /** The subnets for the function. */
  public SubnetSelection subnets() {
    return subnets;
  }

  /** The variables by which the function's SDK finds the APIs; empty if it needs none. */
  public Map<String, String> environment() {
    return environment;
  }

  private void endpoint(Props props, SecurityGroup securityGroup, String id, String service) {
    InterfaceVpcEndpoint endpoint =
        InterfaceVpcEndpoint.Builder.create(this, id)
            .vpc(props.vpc())
            .service(new InterfaceVpcEndpointAwsService(service))
            .subnets(subnets)
            .securityGroups(List.of(securityGroup))
            .open(false)
            .privateDnsEnabled(false)
            .build();
    // An entry is the id of a hosted zone, a colon and the name.
    environment.put(
        "AWS_ENDPOINT_URL_" + id.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "_").toUpperCase(Locale.ROOT),
        "https://"
            + Fn.select(1, Fn.split(":", Fn.select(0, endpoint.getVpcEndpointDnsEntries()))));
  }

  // An endpoint takes one subnet in a zone, and not every service has it in every zone. Public
  // subnets will do: a function has no public address there either.
  private List<ISubnet> withoutInternet(Props props) {
    List<ISubnet> isolated = props.vpc().getIsolatedSubnets();
    List<ISubnet> all = isolated.isEmpty() ? props.vpc().getPublicSubnets() : isolated;
    List<ISubnet> supported = new ArrayList<>(all);
    for (String service : services(props).values()) {
      List<?> zones = zones(service);
      supported.removeIf(
          subnet -> !zones.isEmpty() && !zones.contains(subnet.getAvailabilityZone()));
    }
    // Where none is left, EC2 says best what is wrong.
    return ZonalSubnets.among(supported.isEmpty() ? all : supported, ZONES);
  }

  /** The zones of a service; empty if they are not known, or still to be looked up. */
  private List<?> zones(String service) {
    return (List<?>)
        ContextProvider.getValue(
                this,
                GetContextValueOptions.builder()
                    .provider("endpoint-service-availability-zones")
                    .props(
                        Map.of(
                            "serviceName",
                            "com.amazonaws.%s.%s".formatted(Stack.of(this).getRegion(), service)))
                    .dummyValue(List.of())
                    .build())
            .getValue();
  }
}
