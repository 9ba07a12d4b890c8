package org.dbtbastion.infra.entrance;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.hosts.HostGroup;
import org.dbtbastion.infra.network.DbtPrefixList;
import org.dbtbastion.infra.network.FragmentationNeeded;
import org.dbtbastion.infra.permissions.Arns;
import org.dbtbastion.infra.permissions.Permission;
import org.dbtbastion.infra.permissions.Reviewed;
import software.amazon.awscdk.services.ec2.CfnEIP;
import software.amazon.awscdk.services.ec2.ISubnet;
import software.amazon.awscdk.services.ec2.IVpc;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.elasticloadbalancingv2.HealthCheck;
import software.amazon.awscdk.services.elasticloadbalancingv2.NetworkListener;
import software.amazon.awscdk.services.elasticloadbalancingv2.NetworkLoadBalancer;
import software.amazon.awscdk.services.elasticloadbalancingv2.NetworkTargetGroup;
import software.amazon.awscdk.services.elasticloadbalancingv2.Protocol;
import software.amazon.awscdk.services.elasticloadbalancingv2.SubnetMapping;
import software.amazon.awscdk.services.elasticloadbalancingv2.TargetType;
import software.amazon.awscdk.services.ssm.CfnParameter;
import software.constructs.Construct;

/**
 * A Network Load Balancer with an Elastic IP in each zone, for a bastion of several hosts. A host
 * that is being replaced keeps its tunnels; new ones go to the other hosts.
 */
public final class LoadBalancerEntrance extends Construct implements Entrance {

  /**
   * What the balancer belongs to.
   *
   * @param bastion the bastion
   * @param vpc the VPC of the hosts
   * @param subnets public subnets, each in a zone of its own
   * @param dbt who is let in
   * @param sshPort where it and sshd listen
   */
  public record Props(
      BastionName bastion, IVpc vpc, List<ISubnet> subnets, DbtPrefixList dbt, int sshPort) {

    public Props {
      Objects.requireNonNull(bastion, "bastion");
      Objects.requireNonNull(vpc, "vpc");
      subnets = List.copyOf(subnets);
      Objects.requireNonNull(dbt, "dbt");
    }
  }

  // The longest that there is. dbt itself speaks every 30 seconds, sshd too.
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(6000);

  // The balancer may need minutes to send new logins elsewhere. Tunnels live on after it: what
  // waits for those is the termination hook. Source: the guide to Network Load Balancers,
  // "Deregistration
  // delay".
  private static final Duration DEREGISTRATION_DELAY = Duration.ofMinutes(5);

  // Each is three lines in sshd's log, from each zone.
  private static final Duration HEALTH_CHECK_INTERVAL = Duration.ofSeconds(30);

  private final Props props;
  private final SecurityGroup securityGroup;
  private final NetworkLoadBalancer balancer;
  private final NetworkTargetGroup targets;
  private final CfnParameter parameter;
  private final NetworkListener listener;
  private final List<String> addresses = new ArrayList<>();

  /** Puts the entrance into a construct. */
  public LoadBalancerEntrance(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    securityGroup =
        SecurityGroup.Builder.create(this, "SecurityGroup")
            .vpc(props.vpc())
            .description("Load balancer of the bastion " + props.bastion())
            .allowAllOutbound(false)
            .build();
    props.dbt().allowInto(securityGroup, props.sshPort());
    FragmentationNeeded.allowInto(securityGroup);

    balancer = balancer();
    targets = targets();
    // For hosts: not in user data, which is compressed at synthesis, when the ARN is not known yet.
    parameter =
        CfnParameter.Builder.create(this, "TargetGroup")
            .name(props.bastion().targetGroup())
            .description("Where the balancer finds hosts of the bastion " + props.bastion())
            .type("String")
            .value(targets.getTargetGroupArn())
            .build();
    listener =
        NetworkListener.Builder.create(this, "Ssh")
            .loadBalancer(balancer)
            .protocol(Protocol.TCP)
            .port(props.sshPort())
            .tcpIdleTimeout(seconds(IDLE_TIMEOUT))
            .defaultTargetGroups(List.of(targets))
            .build();
  }

  private NetworkLoadBalancer balancer() {
    List<SubnetMapping> mappings = new ArrayList<>();
    for (ISubnet subnet : props.subnets()) {
      CfnEIP address =
          CfnEIP.Builder.create(this, "Address-" + subnet.getAvailabilityZone())
              .domain("vpc")
              .build();
      addresses.add(address.getRef());
      // On deletion AWS removes the balancer's interfaces some time after the balancer, and an
      // address that one of them still holds cannot be released. The security group cannot go
      // either while an interface is in it, and there CloudFormation tries again: it is the group
      // that waits, and the addresses go after it. Source: aws-cloudformation's
      // cloudformation-coverage-roadmap 831, aws-cdk 6701.
      securityGroup.getNode().addDependency(address);
      mappings.add(
          SubnetMapping.builder()
              .subnet(subnet)
              .allocationId(address.getAttrAllocationId())
              .build());
    }
    NetworkLoadBalancer made =
        NetworkLoadBalancer.Builder.create(this, "Balancer")
            .vpc(props.vpc())
            .internetFacing(true)
            .crossZoneEnabled(true)
            .securityGroups(List.of(securityGroup))
            .subnetMappings(mappings)
            .build();
    Reviewed.pass(
        made,
        "AwsSolutions-ELB2",
        "a Network Load Balancer logs TLS connections only, and this one has none; sshd logs who"
            + " connects");
    return made;
  }

  private NetworkTargetGroup targets() {
    NetworkTargetGroup made =
        NetworkTargetGroup.Builder.create(this, "Hosts")
            .vpc(props.vpc())
            .protocol(Protocol.TCP)
            .port(props.sshPort())
            .targetType(TargetType.INSTANCE)
            // sshd's log names dbt's addresses, not the balancer's.
            .preserveClientIp(true)
            .deregistrationDelay(seconds(DEREGISTRATION_DELAY))
            .connectionTermination(false)
            .healthCheck(
                HealthCheck.builder()
                    .protocol(Protocol.TCP)
                    .interval(seconds(HEALTH_CHECK_INTERVAL))
                    .healthyThresholdCount(2)
                    .unhealthyThresholdCount(2)
                    .build())
            .build();
    // An sshd that takes no new connections for a moment still carries its tunnels.
    made.setAttribute("target_health_state.unhealthy.connection_termination.enabled", "false");
    return made;
  }

  /** Its DNS name, which stays as long as the balancer does. */
  @Override
  public String host() {
    return balancer.getLoadBalancerDnsName();
  }

  @Override
  public List<String> addresses() {
    return List.copyOf(addresses);
  }

  @Override
  public Optional<String> heldAddress() {
    return Optional.empty();
  }

  @Override
  public Optional<String> targetGroup() {
    return Optional.of(targets.getTargetGroupArn());
  }

  @Override
  public SubnetSelection hostSubnets() {
    return SubnetSelection.builder().subnets(props.subnets()).build();
  }

  @Override
  public Optional<LoadBalancerNames> balancerNames() {
    return Optional.of(
        new LoadBalancerNames(
            balancer.getLoadBalancerFullName(), targets.getTargetGroupFullName()));
  }

  @Override
  public List<Permission> hostPermissions() {
    return List.of(
        Permission.allow("ReadTargetGroup", "ssm:GetParameter")
            .on(Arns.of(this).parameter(props.bastion().targetGroup())),
        Permission.allow("SeeOwnHealth", "elasticloadbalancing:DescribeTargetHealth")
            .onAny("IAM knows neither resources nor conditions for the action", "*"));
  }

  @Override
  public void leadTo(HostGroup host) {
    host.register(targets);
    // The listener, too: without one, the balancer finds no host healthy.
    host.needs(parameter, listener, securityGroup);
    host.allowSshFrom("LoadBalancer", securityGroup, "the load balancer");
  }

  private static software.amazon.awscdk.Duration seconds(Duration duration) {
    return software.amazon.awscdk.Duration.seconds(duration.toSeconds());
  }
}
