package org.dbtbastion.infra;

import io.github.cdklabs.cdknag.AwsSolutionsChecks;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.dbtbastion.connection.Connection;
import software.amazon.awscdk.Aspects;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.TagProps;
import software.amazon.awscdk.Tags;
import software.amazon.awscdk.services.ec2.ISubnet;
import software.amazon.awscdk.services.ec2.IVpc;
import software.amazon.awscdk.services.ec2.Vpc;
import software.amazon.awscdk.services.ec2.VpcLookupOptions;
import software.constructs.Construct;

/** A bastion with everything around it: puts the constructs together and says what dbt needs. */
final class BastionStack extends Stack {

  // As CDK's lookup of a VPC answers until the command line has looked. Nothing in it can be
  // judged.
  private static final String VPC_STILL_TO_BE_LOOKED_UP = "vpc-12345";

  /**
   * What a stack is made from.
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
    site(configuration.redshift()).ifPresent(site -> build(props, site));
  }

  /** Empty if it has still to be looked up, after which the CDK command line runs the app again. */
  private Optional<RedshiftLookup.Found> site(Redshift redshift) {
    return switch (redshift) {
      case Redshift.Explicit(String vpcId, Warehouse warehouse) ->
          Optional.of(new RedshiftLookup.Found(vpcId, List.of(warehouse)));
      case Redshift.ByName byName -> new RedshiftLookup(this).find(byName);
    };
  }

  private void build(Props props, RedshiftLookup.Found site) {
    Configuration configuration = props.configuration();
    BastionName name = configuration.name();
    List<Warehouse> warehouses = site.warehouses();
    IVpc vpc = Vpc.fromLookup(this, "Vpc", VpcLookupOptions.builder().vpcId(site.vpcId()).build());
    if (vpc.getVpcId().equals(VPC_STILL_TO_BE_LOOKED_UP)) {
      return;
    }
    List<ISubnet> zones = publicSubnets(vpc, configuration.hosts());
    List<Connection> connections = connections(configuration, warehouses);
    Map<String, String> workgroupArns = workgroupArns(warehouses);
    List<Problem> problems =
        new ArrayList<>(
            ImpossibleLogins.among(
                connections, props.environment().getRegion(), vpc, workgroupArns.keySet()));
    problems.addAll(missingZones(configuration, site, zones));
    problems.addAll(rareChecks(configuration, connections.size()));
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }

    DbtAddresses dbt =
        new DbtAddresses(
            this, "DbtAddresses", new DbtAddresses.Props(name, configuration.sources()));
    Entrance entrance =
        switch (configuration.addressMode()) {
          case ELASTIC_IP ->
              new ElasticIp(
                  this,
                  "ElasticIp",
                  new ElasticIp.Props(name, site.vpcId(), dbt, configuration.sshPort()));
          case NETWORK_LOAD_BALANCER ->
              new LoadBalancer(
                  this,
                  "LoadBalancer",
                  new LoadBalancer.Props(name, vpc, zones, dbt, configuration.sshPort()));
        };
    BastionHost host =
        new BastionHost(
            this,
            "Host",
            new BastionHost.Props(
                name,
                vpc,
                entrance.hostSubnets(),
                configuration.hosts(),
                configuration.instanceType(),
                configuration.sshPort(),
                entrance.hostPermissions(),
                new BootScript(
                    getRegion(),
                    name,
                    configuration.addressMode(),
                    configuration.sshUser(),
                    configuration.sshPort(),
                    warehouses.stream().map(Warehouse::endpoint).distinct().toList(),
                    props.files())));
    entrance.leadTo(host);
    MissedRuns missedRuns = new MissedRuns(this, "MissedRuns", name);
    KeyRegistry registry =
        new KeyRegistry(
            this,
            "KeyRegistry",
            new KeyRegistry.Props(
                name,
                props.zip(),
                configuration.publicKeys(),
                configuration.snapStart(),
                missedRuns.queue()));
    ConnectionChecks checks =
        new ConnectionChecks(
            this,
            "ConnectionChecks",
            new ConnectionChecks.Props(
                name,
                props.zip(),
                vpc,
                configuration.sshUser(),
                configuration.sshPort(),
                entrance.host(),
                entrance.heldAddress(),
                entrance.targetGroup(),
                configuration.sources(),
                connections,
                workgroupArns,
                configuration.checkInterval(),
                configuration.snapStart(),
                missedRuns.queue()));

    PipelinePolicies policies = new PipelinePolicies(this, "PipelinePolicies", name);
    Monitoring monitoring =
        new Monitoring(
            this,
            "Monitoring",
            new Monitoring.Props(
                name,
                connections.stream().map(Connection::name).toList(),
                configuration.checkInterval(),
                checks.schedules().getFirst().name(),
                checks.function().function(),
                registry.function().function(),
                missedRuns.queue(),
                configuration.hosts(),
                host.group().getAutoScalingGroupName(),
                host.log(),
                entrance.balancer(),
                configuration.alarmEmail()));

    for (RedshiftIngress.Props way :
        warehouses.stream().map(RedshiftIngress.Props::of).distinct().toList()) {
      RedshiftIngress ingress = new RedshiftIngress(this, way.id(), way);
      ingress.allowFrom("Bastion", host.securityGroup(), "the dbt bastion " + name);
      ingress.allowFrom(
          "ConnectionCheck",
          checks.securityGroup(),
          "the connection check of the dbt bastion " + name);
    }
    host.allowSshFrom("ConnectionCheck", checks.securityGroup(), "the connection check");

    outputs(configuration, warehouses, entrance);
    outputs(registry, checks, policies, monitoring);
  }

  /** As the user describes them; otherwise one to each warehouse. */
  private static List<Connection> connections(
      Configuration configuration, List<Warehouse> warehouses) {
    if (configuration.connections().isEmpty()) {
      return warehouses.stream().map(Warehouse::connection).toList();
    }
    Map<String, Warehouse> byName =
        warehouses.stream().collect(Collectors.toMap(Warehouse::name, Function.identity()));
    return configuration.connections().stream()
        .map(declared -> declared.to(byName.get(declared.warehouse())))
        .toList();
  }

  private static Map<String, String> workgroupArns(List<Warehouse> warehouses) {
    return warehouses.stream()
        .filter(warehouse -> warehouse.workgroupArn().isPresent())
        .collect(
            Collectors.toMap(Warehouse::name, warehouse -> warehouse.workgroupArn().orElseThrow()));
  }

  /** One for each zone, at most as many as there are hosts. */
  private static List<ISubnet> publicSubnets(IVpc vpc, int hosts) {
    SequencedMap<String, ISubnet> byZone = new LinkedHashMap<>();
    vpc.getPublicSubnets()
        .forEach(subnet -> byZone.putIfAbsent(subnet.getAvailabilityZone(), subnet));
    return byZone.values().stream().limit(hosts).toList();
  }

  private static List<Problem> missingZones(
      Configuration configuration, RedshiftLookup.Found site, List<ISubnet> zones) {
    int needed = configuration.addressMode() == AddressMode.ELASTIC_IP ? 1 : 2;
    return zones.size() >= needed
        ? List.of()
        : List.of(
            new Problem(
                "vpcId",
                site.vpcId(),
                needed == 1
                    ? "a VPC with a public subnet, where the bastion stands"
                    : "a VPC with public subnets in two zones, where the balancer and hosts stand",
                "add a subnet with a default route to an internet gateway%s, then forget what was"
                        .formatted(needed == 1 ? "" : " in another zone")
                    + " looked up: "
                    + RedshiftLookup.FORGET));
  }

  private static List<Problem> rareChecks(Configuration configuration, int connections) {
    return Monitoring.tooRare(configuration.checkInterval(), connections)
        ? List.of(
            new Problem(
                "checkInterval",
                configuration.checkInterval().toString(),
                "an hour at most with more than %d connections"
                    .formatted(Monitoring.ALARMS_OF_THEIR_OWN),
                "write PT1H, or give some of the connections a bastion of their own"))
        : List.of();
  }

  /** What to type into dbt, and where. */
  private void outputs(Configuration configuration, List<Warehouse> warehouses, Entrance entrance) {
    for (int i = 0; i < warehouses.size(); i++) {
      sayWhatToType("Warehouse" + (i == 0 ? "" : i + 1), warehouses.get(i));
    }
    output("TunnelHost", "dbt, SSH tunnel: Host Name", entrance.host());
    output(
        "AllowedAddresses",
        "Who may connect over SSH: connections from anywhere else time out",
        configuration.sources().stream().map(Cidr::toString).collect(Collectors.joining(",")));
    output("TunnelPort", "dbt, SSH tunnel: Port", Integer.toString(configuration.sshPort()));
    output("TunnelUser", "dbt, SSH tunnel: Username", configuration.sshUser());
    output(
        "TunnelAddresses",
        "The addresses that dbt's tunnel leads to: they stay",
        String.join(",", entrance.addresses()));
    output(
        "RegisterKeyCommand",
        "Registers a public key: put in the one that dbt shows",
        "scripts/register-key --name %s --label LABEL 'ssh-rsa AAAA...'"
            .formatted(configuration.name()));
  }

  /** What to call, to attach and to subscribe to. */
  private void outputs(
      KeyRegistry registry,
      ConnectionChecks checks,
      PipelinePolicies policies,
      Monitoring monitoring) {
    output(
        "KeyRegistryFunction",
        "The function that registers the public key that dbt shows",
        registry.function().invoked().getFunctionName());
    output(
        "ConnectionCheckFunction",
        "The function that checks the connection",
        checks.function().invoked().getFunctionName());
    output(
        "CheckPolicyArn",
        "A policy for pipelines: who has it may check, and see what to type into dbt",
        policies.check().getManagedPolicyArn());
    output(
        "RegisterKeysPolicyArn",
        "A policy for pipelines: who has it may register, list and revoke keys",
        policies.registerKeys().getManagedPolicyArn());
    output("AlarmTopic", "Where alarms go", monitoring.topic().getTopicArn());
  }

  private void sayWhatToType(String id, Warehouse warehouse) {
    String connection = "dbt, connection to %s: ".formatted(warehouse.name());
    output(id + "Host", connection + "Host Name", warehouse.host());
    output(id + "Port", connection + "Port", Integer.toString(warehouse.port()));
    output(id + "Database", connection + "Database", warehouse.database());
  }

  private void output(String id, String description, String value) {
    CfnOutput.Builder.create(this, id).description(description).value(value).build();
  }
}
