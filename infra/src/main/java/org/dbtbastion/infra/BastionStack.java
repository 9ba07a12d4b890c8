package org.dbtbastion.infra;

import io.github.cdklabs.cdknag.AwsSolutionsChecks;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.infra.checks.CheckedConnections;
import org.dbtbastion.infra.checks.ConnectionCheckFunction;
import org.dbtbastion.infra.checks.ImpossibleLogins;
import org.dbtbastion.infra.checks.LoginCosts;
import org.dbtbastion.infra.configuration.AddressMode;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.entrance.ElasticIpEntrance;
import org.dbtbastion.infra.entrance.Entrance;
import org.dbtbastion.infra.entrance.LoadBalancerEntrance;
import org.dbtbastion.infra.functions.BastionFunction;
import org.dbtbastion.infra.functions.FunctionZip;
import org.dbtbastion.infra.functions.MissedRuns;
import org.dbtbastion.infra.hosts.BootScript;
import org.dbtbastion.infra.hosts.HostFiles;
import org.dbtbastion.infra.hosts.HostGroup;
import org.dbtbastion.infra.keys.KeyRegistryFunction;
import org.dbtbastion.infra.monitoring.Monitoring;
import org.dbtbastion.infra.network.ChosenSubnets;
import org.dbtbastion.infra.network.DbtPrefixList;
import org.dbtbastion.infra.network.RedshiftIngress;
import org.dbtbastion.infra.network.TcpRules;
import org.dbtbastion.infra.network.ZonalSubnets;
import org.dbtbastion.infra.permissions.PipelinePolicies;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import org.dbtbastion.infra.warehouse.Redshift;
import org.dbtbastion.infra.warehouse.RedshiftLookup;
import org.dbtbastion.infra.warehouse.Warehouse;
import org.dbtbastion.problem.Problems;
import software.amazon.awscdk.Aspects;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.TagProps;
import software.amazon.awscdk.Tags;
import software.amazon.awscdk.services.ec2.ISubnet;
import software.amazon.awscdk.services.ec2.IVpc;
import software.amazon.awscdk.services.ec2.Vpc;
import software.amazon.awscdk.services.ec2.VpcLookupOptions;
import software.amazon.awscdk.services.sqs.IQueue;
import software.constructs.Construct;
import software.constructs.IDependable;

/** The stack of a bastion: all its constructs, and outputs that say what to type into dbt. */
final class BastionStack extends Stack {

  // As CDK's lookup of a VPC answers until the command line has looked. Nothing in it can be
  // judged.
  private static final String VPC_STILL_TO_BE_LOOKED_UP = "vpc-12345";

  /**
   * What a stack is made of.
   *
   * @param configuration what the user decided
   * @param files the files of the hosts
   * @param zip what the functions run
   * @param environment the account and region; both known, because the VPC is looked up there
   */
  record Props(
      Configuration configuration, HostFiles files, FunctionZip zip, Environment environment) {

    Props {
      Objects.requireNonNull(configuration, "configuration");
      Objects.requireNonNull(files, "files");
      Objects.requireNonNull(zip, "zip");
      Objects.requireNonNull(environment, "environment");
    }
  }

  /**
   * Puts a stack into an app.
   *
   * @throws ConfigurationException if the configuration fits neither the VPC nor the region
   */
  BastionStack(Construct scope, Props props) {
    super(
        scope,
        props.configuration().name().stack(),
        StackProps.builder()
            .stackName(props.configuration().name().stack())
            .description("Lets the dbt platform into a private Amazon Redshift")
            .env(props.environment())
            .tags(Map.of(BastionName.TAG, props.configuration().name().value()))
            .analyticsReporting(false)
            .build());
    Configuration configuration = props.configuration();
    BastionName name = configuration.name();
    // CloudFormation passes the stack's tags on to parameters. In a template their tags would be a
    // map, where those of all others are a list, and emulators of CloudFormation trip over it.
    // Tags of dashboards are new: not every schema of CloudFormation knows them.
    Tags.of(this)
        .add(
            BastionName.TAG,
            name.value(),
            TagProps.builder()
                .excludeResourceTypes(List.of("AWS::CloudWatch::Dashboard", "AWS::SSM::Parameter"))
                .build());

    Aspects.of(this).add(new AwsSolutionsChecks());
    find(configuration.redshift()).ifPresent(found -> build(props, found));
  }

  /** Empty if it has still to be looked up, after which the CDK command line runs the app again. */
  private Optional<RedshiftLookup.Found> find(Redshift redshift) {
    return switch (redshift) {
      case Redshift.Explicit(String vpcId, Warehouse warehouse) ->
          Optional.of(new RedshiftLookup.Found(vpcId, List.of(warehouse)));
      case Redshift.ByName byName -> new RedshiftLookup(this).find(byName);
    };
  }

  private void build(Props props, RedshiftLookup.Found found) {
    Configuration configuration = props.configuration();
    BastionName name = configuration.name();
    IVpc vpc = Vpc.fromLookup(this, "Vpc", VpcLookupOptions.builder().vpcId(found.vpcId()).build());
    if (vpc.getVpcId().equals(VPC_STILL_TO_BE_LOOKED_UP)) {
      return;
    }
    CheckedConnections checked =
        CheckedConnections.of(configuration.checks().connections(), found.warehouses());
    Problems<ConfigurationProblem> problems = new Problems<>();
    Configuration.Network network = configuration.network();
    List<ISubnet> hostSubnets =
        ChosenSubnets.of("hostSubnets", network.hostSubnets(), vpc, problems)
            .orElseGet(vpc::getPublicSubnets);
    Optional<List<ISubnet>> checkSubnets =
        ChosenSubnets.of("checkSubnets", network.checkSubnets(), vpc, problems);
    List<ISubnet> zones = ZonalSubnets.among(hostSubnets, configuration.hosts().count());
    findWhatDoesNotFit(configuration, vpc, zones, checked, problems);
    problems.throwIfAny(ConfigurationException::new);
    LoginCosts.say(this, configuration.checks(), checked);

    Entrance entrance = entrance(configuration, vpc, hostSubnets, zones);
    HostGroup hosts = hosts(props, vpc, entrance, found.warehouses());
    entrance.leadTo(hosts);
    IQueue missedRuns = new MissedRuns(this, "MissedRuns", name).queue();
    BastionFunction.Shared shared =
        new BastionFunction.Shared(name, props.zip(), configuration.snapStart(), missedRuns);
    KeyRegistryFunction registry =
        new KeyRegistryFunction(this, "KeyRegistry", shared, configuration.publicKeys());
    ConnectionCheckFunction check =
        check(configuration, shared, vpc, checkSubnets, entrance, checked);
    PipelinePolicies policies = new PipelinePolicies(this, "PipelinePolicies", name);
    Monitoring monitoring =
        new Monitoring(
            this,
            "Monitoring",
            new Monitoring.Props(
                name,
                watched(configuration, checked, check),
                watched(configuration, hosts, entrance),
                registry.function().function(),
                missedRuns,
                configuration.alarmEmail()));
    allowToWarehouses(name, found.warehouses(), hosts, check);
    allowToEndpoints(network.endpointSecurityGroups(), hosts, check);
    hosts.allowSshFrom("ConnectionCheck", check.securityGroup(), "the connection check");
    // A host that drains ends the tunnels of keys that are gone.
    hosts.needs(registry.declaredKeys().toArray(IDependable[]::new));
    // The group is complete when its hosts are in service. A check before that could only fail.
    registry.renewal().needs(hosts.group());
    check.schedules().forEach(schedule -> schedule.needs(hosts.group()));

    StackOutputs outputs = new StackOutputs(this);
    outputs.addWarehouses(found.warehouses());
    outputs.addTunnel(configuration, entrance);
    outputs.addFunctions(registry, check);
    outputs.addPolicies(policies);
    outputs.addTopic(monitoring);
  }

  private Entrance entrance(
      Configuration configuration, IVpc vpc, List<ISubnet> subnets, List<ISubnet> zones) {
    BastionName name = configuration.name();
    Configuration.Ssh ssh = configuration.ssh();
    DbtPrefixList dbt = new DbtPrefixList(this, "DbtAddresses", name, ssh.sources());
    return switch (configuration.hosts().addressMode()) {
      case ELASTIC_IP ->
          new ElasticIpEntrance(
              this,
              "ElasticIp",
              new ElasticIpEntrance.Props(name, vpc.getVpcId(), subnets, dbt, ssh.port()));
      case NETWORK_LOAD_BALANCER ->
          new LoadBalancerEntrance(
              this,
              "LoadBalancer",
              new LoadBalancerEntrance.Props(name, vpc, zones, dbt, ssh.port()));
    };
  }

  private HostGroup hosts(Props props, IVpc vpc, Entrance entrance, List<Warehouse> warehouses) {
    Configuration configuration = props.configuration();
    return new HostGroup(
        this,
        "Host",
        new HostGroup.Props(
            vpc,
            entrance.hostSubnets(),
            configuration.hosts(),
            entrance.hostPermissions(),
            new BootScript(
                getRegion(),
                configuration.name(),
                configuration.hosts().addressMode(),
                configuration.ssh().user(),
                configuration.ssh().port(),
                warehouses.stream().map(Warehouse::endpoint).distinct().toList(),
                props.files())));
  }

  private ConnectionCheckFunction check(
      Configuration configuration,
      BastionFunction.Shared shared,
      IVpc vpc,
      Optional<List<ISubnet>> subnets,
      Entrance entrance,
      CheckedConnections checked) {
    return new ConnectionCheckFunction(
        this,
        "ConnectionChecks",
        new ConnectionCheckFunction.Props(
            shared, vpc, subnets, configuration.ssh(), entrance, checked, configuration.checks()));
  }

  private static Monitoring.Checks watched(
      Configuration configuration, CheckedConnections checked, ConnectionCheckFunction check) {
    return new Monitoring.Checks(
        checked.names(),
        configuration.checks().interval(),
        checked.rarestLogins(configuration.checks()),
        check.schedules().getFirst().name(),
        check.function().function());
  }

  private static Monitoring.Hosts watched(
      Configuration configuration, HostGroup hosts, Entrance entrance) {
    return new Monitoring.Hosts(
        configuration.hosts().count(),
        hosts.group().getAutoScalingGroupName(),
        hosts.log(),
        entrance.balancerNames());
  }

  private void allowToWarehouses(
      BastionName name,
      List<Warehouse> warehouses,
      HostGroup hosts,
      ConnectionCheckFunction check) {
    for (RedshiftIngress.Props ingress :
        warehouses.stream().map(RedshiftIngress.Props::of).distinct().toList()) {
      RedshiftIngress rules = new RedshiftIngress(this, ingress.id(), ingress);
      rules.allowFrom("Bastion", hosts.securityGroup(), "the dbt bastion " + name);
      rules.allowFrom(
          "ConnectionCheck",
          check.securityGroup(),
          "the connection check of the dbt bastion " + name);
      hosts.needs(rules);
    }
  }

  /** To the private names of AWS's APIs, where somebody else's interface endpoints have these. */
  private void allowToEndpoints(
      List<String> securityGroups, HostGroup hosts, ConnectionCheckFunction check) {
    for (String group : securityGroups) {
      Construct rules = new Construct(this, "Endpoints-" + group);
      TcpRules.allow(
          rules, "Bastion", hosts.securityGroup(), group, 443, "AWS APIs for hosts", "AWS APIs");
      TcpRules.allow(
          rules,
          "ConnectionCheck",
          check.securityGroup(),
          group,
          443,
          "AWS APIs for the connection check",
          "AWS APIs");
      hosts.needs(rules);
      check.schedules().forEach(schedule -> schedule.needs(rules));
    }
  }

  private void findWhatDoesNotFit(
      Configuration configuration,
      IVpc vpc,
      List<ISubnet> zones,
      CheckedConnections checked,
      Problems<ConfigurationProblem> problems) {
    problems.addAll(ImpossibleLogins.among(checked, getRegion(), vpc));
    missingZones(configuration.hosts().addressMode(), vpc, zones).ifPresent(problems::add);
    Monitoring.tooRare(configuration.checks().interval(), checked.connections().size())
        .ifPresent(problems::add);
  }

  private static Optional<ConfigurationProblem> missingZones(
      AddressMode mode, IVpc vpc, List<ISubnet> zones) {
    int needed = mode == AddressMode.ELASTIC_IP ? 1 : 2;
    return zones.size() >= needed
        ? Optional.empty()
        : Optional.of(
            new ConfigurationProblem(
                "vpcId",
                vpc.getVpcId(),
                needed == 1
                    ? "a VPC with a public subnet, where the bastion stands"
                    : "a VPC with public subnets in two zones, where the balancer and hosts stand",
                "add a subnet with a default route to an internet gateway%s, then forget what was"
                        .formatted(needed == 1 ? "" : " in another zone")
                    + " looked up: "
                    + RedshiftLookup.FORGET));
  }
}
