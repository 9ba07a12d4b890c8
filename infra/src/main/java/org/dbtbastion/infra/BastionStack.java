package org.dbtbastion.infra;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import software.amazon.awscdk.CfnOutput;
import software.amazon.awscdk.Environment;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.StackProps;
import software.amazon.awscdk.TagProps;
import software.amazon.awscdk.Tags;
import software.amazon.awscdk.services.ec2.IVpc;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.ec2.SubnetType;
import software.amazon.awscdk.services.ec2.Vpc;
import software.amazon.awscdk.services.ec2.VpcLookupOptions;
import software.constructs.Construct;

/** A bastion with everything around it: puts the constructs together and says what dbt needs. */
final class BastionStack extends Stack {

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

    IVpc vpc =
        Vpc.fromLookup(
            this, "Vpc", VpcLookupOptions.builder().vpcId(configuration.vpcId()).build());
    refuseWhatCannotWork(configuration, vpc, props.environment().getRegion());
    RedshiftTarget warehouse =
        new RedshiftTarget(
            this,
            "Warehouse",
            new RedshiftTarget.Props(
                configuration.endpoint(),
                configuration.port(),
                configuration.database(),
                configuration.securityGroup(),
                configuration.secret()));
    PublicAddress address = new PublicAddress(this, "PublicAddress", name);
    BastionHost host =
        new BastionHost(
            this,
            "Host",
            new BastionHost.Props(
                name,
                vpc,
                configuration.instanceType(),
                configuration.sources(),
                configuration.sshPort(),
                address,
                new BootScript(
                    getRegion(),
                    name,
                    "elastic-ip",
                    configuration.sshUser(),
                    configuration.sshPort(),
                    List.of(warehouse.endpoint()),
                    props.files())));
    MissedRuns missedRuns = new MissedRuns(this, "MissedRuns", name);
    KeyRegistry registry =
        new KeyRegistry(
            this,
            "KeyRegistry",
            new KeyRegistry.Props(name, props.zip(), false, missedRuns.queue()));
    ConnectionChecks checks =
        new ConnectionChecks(
            this,
            "ConnectionChecks",
            new ConnectionChecks.Props(
                name,
                props.zip(),
                vpc,
                SubnetSelection.builder().subnetType(SubnetType.PRIVATE_WITH_EGRESS).build(),
                configuration.sshUser(),
                configuration.sshPort(),
                address.ip(),
                List.of(warehouse.connection()),
                configuration.checkInterval(),
                false,
                missedRuns.queue()));

    warehouse.allowFrom("Bastion", host.securityGroup(), "the dbt bastion " + name);
    warehouse.allowFrom(
        "ConnectionCheck",
        checks.securityGroup(),
        "the connection check of the dbt bastion " + name);
    host.allowSshFrom("ConnectionCheck", checks.securityGroup(), "the connection check");

    output("WarehouseHost", "dbt, connection: Host Name", configuration.endpoint());
    output("WarehousePort", "dbt, connection: Port", Integer.toString(configuration.port()));
    output("WarehouseDatabase", "dbt, connection: Database", configuration.database());
    output("TunnelHost", "dbt, SSH tunnel: Host Name", address.ip());
    output("TunnelPort", "dbt, SSH tunnel: Port", Integer.toString(configuration.sshPort()));
    output("TunnelUser", "dbt, SSH tunnel: Username", configuration.sshUser());
    output(
        "KeyRegistryFunction",
        "The function that registers the public key that dbt shows",
        registry.function().invoked().getFunctionName());
    output(
        "ConnectionCheckFunction",
        "The function that checks the connection",
        checks.function().invoked().getFunctionName());
    output(
        "RegisterKeyCommand",
        "Registers a public key: put in the one that dbt shows",
        "scripts/register-key --name %s --label LABEL 'ssh-rsa AAAA...'".formatted(name));
  }

  private static void refuseWhatCannotWork(Configuration configuration, IVpc vpc, String region) {
    List<Problem> problems = new ArrayList<>();
    if (!configuration.secretRegion().equals(region)) {
      problems.add(
          new Problem(
              "secret",
              configuration.secret(),
              "a secret in the stack's region, " + region,
              "replicate it: aws secretsmanager replicate-secret-to-regions --secret-id %s"
                      .formatted(configuration.secret())
                  + " --region %s --add-replica-regions Region=%s"
                      .formatted(configuration.secretRegion(), region)));
    }
    if (vpc.getPublicSubnets().isEmpty()) {
      problems.add(
          new Problem(
              "vpcId",
              configuration.vpcId(),
              "a VPC with a public subnet, where the bastion stands",
              "add a subnet with a default route to an internet gateway"));
    }
    if (vpc.getPrivateSubnets().isEmpty()) {
      problems.add(
          new Problem(
              "vpcId",
              configuration.vpcId(),
              "a VPC with a private subnet that has a way out, where the connection check stands",
              "add a subnet with a default route to a NAT gateway"));
    }
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
  }

  private void output(String id, String description, String value) {
    CfnOutput.Builder.create(this, id).description(description).value(value).build();
  }
}
