package org.dbtbastion.infra;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awscdk.Acknowledgment;
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

/**
 * The machines that forward to the warehouse: an Auto Scaling group in public subnets. A host is
 * replaced when it fails and when anything about it changes, the bytes of its files included.
 */
final class BastionHost extends Construct {

  /**
   * What hosts are made of.
   *
   * @param bastion the bastion that they belong to
   * @param vpc where they stand
   * @param subnets public subnets of it
   * @param hosts how many there are
   * @param instanceType their type, arm64 or x86_64
   * @param sshPort where sshd listens
   * @param permissions what they may do to stand behind their entrance
   * @param script their user data
   */
  record Props(
      BastionName bastion,
      IVpc vpc,
      SubnetSelection subnets,
      int hosts,
      String instanceType,
      int sshPort,
      List<Permission> permissions,
      BootScript script) {

    Props {
      Objects.requireNonNull(bastion, "bastion");
      Objects.requireNonNull(vpc, "vpc");
      Objects.requireNonNull(subnets, "subnets");
      Objects.requireNonNull(instanceType, "instanceType");
      permissions = List.copyOf(permissions);
      Objects.requireNonNull(script, "script");
    }
  }

  // Public parameters of AWS: the newest image is looked up whenever a host is launched.
  private static final String IMAGE_PARAMETER =
      "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-";

  /** The group's logical id. The host's bootstrap signals it by this name. */
  static final String GROUP = "HostGroup";

  // A host that is not ready by then never will be: the group ends it.
  private static final Duration READY_WITHIN = Duration.ofMinutes(10);

  // A host that has not said by then that all of it works never will, the balancer's view of it
  // included: CloudFormation rolls back.
  private static final Duration SIGNALLED_WITHIN = Duration.ofMinutes(15);

  // Longer than a boot takes. Where no signal is waited for, the old host lives that much longer.
  private static final Duration WARMUP = Duration.ofMinutes(5);

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
  private final CfnAutoScalingGroup resource;
  private final SecurityGroup securityGroup;
  private final LogGroup log;
  private final AutoScalingGroup group;

  BastionHost(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;

    securityGroup =
        SecurityGroup.Builder.create(this, "SecurityGroup")
            .vpc(props.vpc())
            .description("Hosts of the bastion " + props.bastion())
            .allowAllOutbound(false)
            .build();
    FragmentationNeeded.allowInto(securityGroup);
    securityGroup.addEgressRule(Peer.anyIpv4(), Port.tcp(443), "AWS APIs and packages");

    log =
        LogGroup.Builder.create(this, "Log")
            .logGroupName(props.bastion().hostLog())
            .retention(RetentionDays.ONE_MONTH)
            .removalPolicy(RemovalPolicy.DESTROY)
            .build();

    Role role =
        Permission.role(
            this,
            "Role",
            "What hosts of the bastion %s may do".formatted(props.bastion()),
            new ServicePrincipal("ec2.amazonaws.com"),
            permissions());

    InstanceType instanceType = new InstanceType(props.instanceType());
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
            .blockDevices(
                List.of(
                    BlockDevice.builder()
                        .deviceName("/dev/xvda")
                        .volume(
                            BlockDeviceVolume.ebs(
                                8,
                                EbsDeviceOptions.builder()
                                    .volumeType(EbsDeviceVolumeType.GP3)
                                    .encrypted(true)
                                    .deleteOnTermination(true)
                                    .build()))
                        .build()))
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

    group =
        AutoScalingGroup.Builder.create(this, "Group")
            .autoScalingGroupName(props.bastion().hostGroup())
            .vpc(props.vpc())
            .vpcSubnets(props.subnets())
            .launchTemplate(template)
            .minCapacity(props.hosts())
            // One more is there only while it takes over from another.
            .maxCapacity(props.hosts() + 1)
            .updatePolicy(
                UpdatePolicy.rollingUpdate(
                    RollingUpdateOptions.builder()
                        .minInstancesInService(props.hosts())
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
    resource = (CfnAutoScalingGroup) Objects.requireNonNull(group.getNode().getDefaultChild());
    resource.overrideLogicalId(GROUP);
    // Not by signals(), which gives the role a policy of its own, later than the role.
    resource
        .getCfnOptions()
        .setCreationPolicy(
            CfnCreationPolicy.builder()
                .resourceSignal(
                    CfnResourceSignal.builder()
                        .count(props.hosts())
                        .timeout(cdk(SIGNALLED_WITHIN).toIsoString())
                        .build())
                .build());
    Reviewed.pass(
        group,
        "AwsSolutions-AS3",
        "hosts are replaced every two weeks by design; the alarms no-host-in-service and"
            + " hosts-silent say when that goes wrong");
    // In the group itself: hooks of their own would come later than the first hosts.
    resource.setLifecycleHookSpecificationList(List.of(LAUNCH));
    Tags.of(group).add("Name", props.bastion().stack());
    Tags.of(template).add("Name", props.bastion().stack());
  }

  /**
   * Puts the hosts behind a balancer. It replaces those that it finds unhealthy, and lets the
   * tunnels of a host that is to go end by themselves, for 45 minutes at most. With an Elastic IP
   * there would be nothing to wait for: tunnels end when it moves.
   */
  void register(NetworkTargetGroup targets) {
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

  AutoScalingGroup group() {
    return group;
  }

  /** What sshd and the host files say, and the hosts' metrics. */
  LogGroup log() {
    return log;
  }

  SecurityGroup securityGroup() {
    return securityGroup;
  }

  /**
   * Opens the way from a security group to the SSH port, on both sides.
   *
   * @param id names the rules among those of this host
   * @param what who that is, for the rules' descriptions
   */
  void allowSshFrom(String id, ISecurityGroup peer, String what) {
    TcpWay.open(
        this,
        id,
        peer,
        securityGroup.getSecurityGroupId(),
        props.sshPort(),
        "SSH from " + what,
        "SSH to the bastion");
  }

  private static software.amazon.awscdk.Duration cdk(Duration duration) {
    return software.amazon.awscdk.Duration.seconds(duration.toSeconds());
  }

  private static String architecture(InstanceType type) {
    return type.getArchitecture() == InstanceArchitecture.ARM_64 ? "arm64" : "x86_64";
  }

  private List<Permission> permissions() {
    Arns arns = Arns.of(this);
    BastionName bastion = props.bastion();
    String authorizedKeys = arns.parameter(bastion.parameter("authorized-keys"));
    String hostKeys = arns.parameter(bastion.parameter("host-keys"));
    String ownKeys = "one parameter for each key, below the bastion's own path";
    List<Permission> permissions = new ArrayList<>(props.permissions());
    Collections.addAll(
        permissions,
        Permission.allow("ReadKeys", "ssm:GetParametersByPath")
            .on(authorizedKeys)
            .onAny(ownKeys, authorizedKeys + "/*"),
        Permission.allow("ReadHostKeys", "ssm:GetParameter").onAny(ownKeys, hostKeys + "/*"),
        Permission.allow("MakeHostKeys", "ssm:PutParameter").onAny(ownKeys, hostKeys + "/*"),
        // Clients pin them. A denial, as in the Systems Manager user guide, "Preventing changes to
        // existing parameters using ssm:Overwrite".
        Permission.deny("NeverReplaceHostKeys", "ssm:PutParameter")
            .onAny("a denial, of all that MakeHostKeys allows", hostKeys + "/*")
            .when(Map.of("StringEquals", Map.of("ssm:Overwrite", "true"))),
        Permission.allow("RecordLastSeen", "ssm:PutParameter")
            .onAny(ownKeys, arns.parameter(bastion.parameter("last-seen/*"))),
        Permission.allow("SignalStack", "cloudformation:SignalResource")
            .onAny("CloudFormation gives the stack its id", arns.stack(bastion.stack())),
        Permission.allow("CompleteHooks", "autoscaling:CompleteLifecycleAction")
            .onAny(
                "Auto Scaling gives the group its id", arns.autoScalingGroup(bastion.hostGroup())),
        Permission.allow("WriteLog", "logs:CreateLogStream", "logs:PutLogEvents")
            .onAny("each host has a log stream of its own", arns.logStreams(bastion.hostLog())),
        // Session Manager and Run Command. The managed policy AmazonSSMManagedInstanceCore would
        // also let the host read every parameter of the account.
        Permission.allow(
                "SystemsManagerAgent",
                "ec2messages:AcknowledgeMessage",
                "ec2messages:DeleteMessage",
                "ec2messages:FailMessage",
                "ec2messages:GetEndpoint",
                "ec2messages:GetMessages",
                "ec2messages:SendReply",
                "ssm:UpdateInstanceInformation",
                "ssmmessages:CreateControlChannel",
                "ssmmessages:CreateDataChannel",
                "ssmmessages:OpenControlChannel",
                "ssmmessages:OpenDataChannel")
            .onAny("IAM knows no narrower resource for any of these actions", "*"));
    return permissions;
  }
}
