package org.dbtbastion.infra.hosts;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.network.DnsServers;
import org.dbtbastion.infra.network.FragmentationNeeded;
import org.dbtbastion.infra.network.TcpRules;
import org.dbtbastion.infra.permissions.Arns;
import org.dbtbastion.infra.permissions.Permission;
import org.dbtbastion.infra.permissions.Reviewed;
import software.amazon.awscdk.Acknowledgment;
import software.amazon.awscdk.Annotations;
import software.amazon.awscdk.CfnCreationPolicy;
import software.amazon.awscdk.CfnResourceSignal;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.Tags;
import software.amazon.awscdk.Validations;
import software.amazon.awscdk.services.autoscaling.AutoScalingGroup;
import software.amazon.awscdk.services.autoscaling.CfnAutoScalingGroup;
import software.amazon.awscdk.services.autoscaling.GroupMetrics;
import software.amazon.awscdk.services.autoscaling.RollingUpdateOptions;
import software.amazon.awscdk.services.autoscaling.UpdatePolicy;
import software.amazon.awscdk.services.ec2.BlockDevice;
import software.amazon.awscdk.services.ec2.BlockDeviceVolume;
import software.amazon.awscdk.services.ec2.CfnLaunchTemplate;
import software.amazon.awscdk.services.ec2.EbsDeviceOptions;
import software.amazon.awscdk.services.ec2.EbsDeviceVolumeType;
import software.amazon.awscdk.services.ec2.ISecurityGroup;
import software.amazon.awscdk.services.ec2.IVpc;
import software.amazon.awscdk.services.ec2.InstanceArchitecture;
import software.amazon.awscdk.services.ec2.InstanceType;
import software.amazon.awscdk.services.ec2.LaunchTemplate;
import software.amazon.awscdk.services.ec2.LaunchTemplateHttpTokens;
import software.amazon.awscdk.services.ec2.MachineImage;
import software.amazon.awscdk.services.ec2.Peer;
import software.amazon.awscdk.services.ec2.Port;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.elasticloadbalancingv2.NetworkTargetGroup;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.logs.LogGroup;
import software.amazon.awscdk.services.logs.RetentionDays;
import software.constructs.Construct;
import software.constructs.IDependable;

/**
 * The hosts that forward to the warehouse: an Auto Scaling group in public subnets. A host is
 * replaced when it fails and when anything about it changes, the bytes of its files included.
 */
public final class HostGroup extends Construct {

  /**
   * What hosts are made of.
   *
   * @param vpc the VPC that they are in
   * @param subnets public subnets of it, where they are launched
   * @param hosts how many there are, and their type, arm64 or x86_64
   * @param permissions what they may do to stand behind their entrance
   * @param script their user data
   */
  public record Props(
      IVpc vpc,
      SubnetSelection subnets,
      Configuration.Hosts hosts,
      List<Permission> permissions,
      BootScript script) {

    public Props {
      Objects.requireNonNull(vpc, "vpc");
      Objects.requireNonNull(subnets, "subnets");
      Objects.requireNonNull(hosts, "hosts");
      permissions = List.copyOf(permissions);
      Objects.requireNonNull(script, "script");
    }
  }

  // Public parameters of AWS: the newest image is looked up whenever a host is launched.
  private static final String IMAGE_PARAMETER =
      "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-";

  /** The group's logical id. The host's bootstrap signals it by this name. */
  public static final String GROUP = "HostGroup";

  // A host that is not ready by then never will be: the group ends it.
  private static final Duration READY_WITHIN = Duration.ofMinutes(10);

  // A host that has not said by then that all of it works never will, the balancer's view of it
  // included: CloudFormation rolls back.
  private static final Duration SIGNALLED_WITHIN = Duration.ofMinutes(15);

  // Where no signal is waited for, the old host lives that much longer.
  private static final Duration WARMUP = BastionHost.BOOTS_WITHIN;

  // The tunnels of a host that is to go may end by themselves for that long. Well below an hour,
  // after which CloudFormation is reported to give up on a group that it removes.
  private static final Duration DRAIN_WITHIN = Duration.ofMinutes(45);

  // Images are patched; a host never is.
  private static final Duration LIFETIME = Duration.ofDays(14);

  // Hosts complete them by these names: the first when they are ready, the second when idle.
  private static final CfnAutoScalingGroup.LifecycleHookSpecificationProperty LAUNCH =
      hook("launch", "autoscaling:EC2_INSTANCE_LAUNCHING", READY_WITHIN, "ABANDON");
  private static final CfnAutoScalingGroup.LifecycleHookSpecificationProperty TERMINATE =
      hook("terminate", "autoscaling:EC2_INSTANCE_TERMINATING", DRAIN_WITHIN, "CONTINUE");

  private final Props props;
  private final SecurityGroup securityGroup;
  private final LogGroup log;
  private final AutoScalingGroup group;
  private final CfnAutoScalingGroup resource;

  /** Puts the hosts into a construct. */
  public HostGroup(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
    BastionName bastion = props.script().name();
    securityGroup =
        SecurityGroup.Builder.create(this, "SecurityGroup")
            .vpc(props.vpc())
            .description("Hosts of the bastion " + bastion)
            .allowAllOutbound(false)
            .build();
    FragmentationNeeded.allowInto(securityGroup);
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), "AWS APIs and packages");
    DnsServers.allowFrom(securityGroup);
    log =
        LogGroup.Builder.create(this, "Log")
            .logGroupName(bastion.hostLog())
            .retention(RetentionDays.ONE_MONTH)
            .removalPolicy(RemovalPolicy.DESTROY)
            .build();
    LaunchTemplate template = template(bastion);
    group = group(bastion, template);
    resource = (CfnAutoScalingGroup) Objects.requireNonNull(group.getNode().getDefaultChild());
    resource.overrideLogicalId(GROUP);
    waitForSignals();
    Annotations.of(group)
        .acknowledgeWarning(
            "@aws-cdk/aws-autoscaling:desiredCapacitySet",
            "nothing scales the group: how many hosts there are to be is configured");
    needs(securityGroup, log);
    // In the group itself: hooks of their own would come later than the first hosts.
    resource.setLifecycleHookSpecificationList(List.of(LAUNCH));
    Reviewed.pass(
        group,
        "AwsSolutions-AS3",
        "hosts are replaced every two weeks by design; the alarms no-host-in-service and"
            + " hosts-silent say when that goes wrong");
    Tags.of(group).add("Name", bastion.stack());
    Tags.of(template).add("Name", bastion.stack());
  }

  private LaunchTemplate template(BastionName bastion) {
    Role role =
        Permission.role(
            this,
            "Role",
            "What hosts of the bastion %s may do".formatted(bastion),
            new ServicePrincipal("ec2.amazonaws.com"),
            HostPermissions.of(Arns.of(this), bastion, props.permissions()));
    InstanceType instanceType = new InstanceType(props.hosts().instanceType());
    LaunchTemplate template =
        LaunchTemplate.Builder.create(this, "Template")
            .machineImage(
                MachineImage.resolveSsmParameterAtLaunch(
                    IMAGE_PARAMETER + architecture(instanceType)))
            .instanceType(instanceType)
            .role(role)
            .securityGroup(securityGroup)
            // For the AWS APIs, until the host has claimed its own address.
            .associatePublicIpAddress(true)
            .httpTokens(LaunchTemplateHttpTokens.REQUIRED)
            .httpPutResponseHopLimit(1)
            .blockDevices(List.of(volume()))
            .build();
    // CDK knows user data as text only.
    ((CfnLaunchTemplate) Objects.requireNonNull(template.getNode().getDefaultChild()))
        .addPropertyOverride("LaunchTemplateData.UserData", props.script().userData());
    Validations.of(template)
        .acknowledge(
            Acknowledgment.builder()
                .id("CloudFormation-Validate::E1152")
                .reason(
                    "EC2 resolves resolve:ssm: when a host is launched; the rule knows image ids"
                        + " only")
                .build());
    return template;
  }

  private static BlockDevice volume() {
    return BlockDevice.builder()
        .deviceName("/dev/xvda")
        .volume(
            BlockDeviceVolume.ebs(
                8,
                EbsDeviceOptions.builder()
                    .volumeType(EbsDeviceVolumeType.GP3)
                    .encrypted(true)
                    .deleteOnTermination(true)
                    .build()))
        .build();
  }

  private AutoScalingGroup group(BastionName bastion, LaunchTemplate template) {
    int hosts = props.hosts().count();
    return AutoScalingGroup.Builder.create(this, "Group")
        .autoScalingGroupName(bastion.hostGroup())
        .vpc(props.vpc())
        .vpcSubnets(props.subnets())
        .launchTemplate(template)
        .minCapacity(hosts)
        // Else a group that has one more, or had more once, would keep them. Source: the API
        // reference of Auto Scaling, UpdateAutoScalingGroup.
        .desiredCapacity(hosts)
        // One more is there only while it takes over from another.
        .maxCapacity(hosts + 1)
        .updatePolicy(
            UpdatePolicy.rollingUpdate(
                RollingUpdateOptions.builder()
                    .minInstancesInService(hosts)
                    .maxBatchSize(1)
                    .waitOnResourceSignals(true)
                    .pauseTime(cdk(SIGNALLED_WITHIN))
                    .build()))
        .maxInstanceLifetime(cdk(LIFETIME))
        // When a host's life is over, too, its successor comes first.
        .minHealthyPercentage(100)
        .maxHealthyPercentage(200)
        .defaultInstanceWarmup(cdk(WARMUP))
        .groupMetrics(List.of(GroupMetrics.all()))
        .build();
  }

  // Not by CDK's signals(), which gives the role a policy of its own, later than the role.
  private void waitForSignals() {
    resource
        .getCfnOptions()
        .setCreationPolicy(
            CfnCreationPolicy.builder()
                .resourceSignal(
                    CfnResourceSignal.builder()
                        .count(props.hosts().count())
                        .timeout(cdk(SIGNALLED_WITHIN).toIsoString())
                        .build())
                .build());
  }

  /**
   * Registers the hosts with a load balancer. Hosts that it finds unhealthy are then replaced, and
   * the tunnels of a host that is being terminated may end by themselves, for 45 minutes at most.
   * With an Elastic IP there would be nothing to wait for: tunnels end when it moves.
   */
  public void register(NetworkTargetGroup targets) {
    group.attachToNetworkTargetGroup(targets);
    resource.setHealthCheckType("ELB");
    resource.setHealthCheckGracePeriod(WARMUP.toSeconds());
    resource.setLifecycleHookSpecificationList(List.of(LAUNCH, TERMINATE));
  }

  private static CfnAutoScalingGroup.LifecycleHookSpecificationProperty hook(
      String name, String transition, Duration limit, String otherwise) {
    return CfnAutoScalingGroup.LifecycleHookSpecificationProperty.builder()
        .lifecycleHookName(name)
        .lifecycleTransition(transition)
        .heartbeatTimeout(limit.toSeconds())
        .defaultResult(otherwise)
        .build();
  }

  /** The Auto Scaling group. */
  public AutoScalingGroup group() {
    return group;
  }

  /** The log of sshd and of the host files, with the hosts' metrics. */
  public LogGroup log() {
    return log;
  }

  /** The security group of the hosts. */
  public SecurityGroup securityGroup() {
    return securityGroup;
  }

  /**
   * Lets a security group connect to the SSH port, by a rule on each side.
   *
   * @param id names the rules among those of this host
   * @param what who that is, for the rules' descriptions
   */
  public void allowSshFrom(String id, ISecurityGroup peer, String what) {
    needs(
        TcpRules.allow(
            this,
            id,
            peer,
            securityGroup.getSecurityGroupId(),
            props.script().sshPort(),
            "SSH from " + what,
            "SSH to the bastion"));
  }

  /**
   * Has these be there before the first host is made, and until the last one has drained: to a
   * template nothing tells that hosts need them.
   */
  public void needs(IDependable... dependencies) {
    group.getNode().addDependency(dependencies);
  }

  private static software.amazon.awscdk.Duration cdk(Duration duration) {
    return software.amazon.awscdk.Duration.seconds(duration.toSeconds());
  }

  private static String architecture(InstanceType type) {
    return type.getArchitecture() == InstanceArchitecture.ARM_64 ? "arm64" : "x86_64";
  }
}
