package org.dbtbastion.infra.hosts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.dbtbastion.infra.configuration.AddressMode;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.synthesis.Examples;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.dbtbastion.standins.account.UserData;
import org.junit.jupiter.api.Test;

class HostGroupTest {

  private static final String LAUNCH =
      "{\"DefaultResult\":\"ABANDON\",\"HeartbeatTimeout\":600,"
          + "\"LifecycleHookName\":\"launch\","
          + "\"LifecycleTransition\":\"autoscaling:EC2_INSTANCE_LAUNCHING\"}";

  private final Synthesized stack = Synthesized.least();
  private final JsonNode template =
      stack.properties("AWS::EC2::LaunchTemplate", "HostTemplate").get("LaunchTemplateData");

  @Test
  void sshIsOpenToDbtAndTheCheckOnly() {
    assertThat(stack.rules("Ingress", "HostSecurityGroup"))
        .containsExactlyInAnyOrder(
            "tcp 22-22 DbtAddressesList",
            "tcp 22-22 ConnectionChecksSecurityGroup",
            // Type 3, code 4.
            "icmp 3-4 0.0.0.0/0");
  }

  @Test
  void goesOutToTheWarehouseHttpsAndDnsOnly() {
    assertThat(stack.rules("Egress", "HostSecurityGroup"))
        .containsExactlyInAnyOrder(
            "tcp 443-443 0.0.0.0/0",
            "udp 53-53 0.0.0.0/0",
            "tcp 53-53 0.0.0.0/0",
            "tcp 5439-5439 " + SampleContext.LEAST.get("securityGroup"));
  }

  @Test
  void instanceMetadataNeedsATokenAndStaysOnTheHost() {
    assertThat(template.at("/MetadataOptions/HttpTokens").asText()).isEqualTo("required");
    assertThat(template.at("/MetadataOptions/HttpPutResponseHopLimit").asInt()).isEqualTo(1);
  }

  @Test
  void volumesAreEncrypted() {
    assertThat(template.get("BlockDeviceMappings")).hasSize(1);
    JsonNode volume = template.at("/BlockDeviceMappings/0/Ebs");
    assertThat(volume.get("Encrypted").asBoolean()).isTrue();
    assertThat(volume.get("VolumeType").asText()).isEqualTo("gp3");
    assertThat(volume.get("DeleteOnTermination").asBoolean()).isTrue();
  }

  @Test
  void nobodyHasAKeyPair() {
    assertThat(template.has("KeyName")).isFalse();
  }

  @Test
  void imageIsTheNewestWhenAHostIsLaunched() {
    assertThat(template.get("ImageId").asText())
        .isEqualTo(
            "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64");
    assertThat(template.get("InstanceType").asText()).isEqualTo("t4g.nano");
  }

  @Test
  void standsInPublicSubnetsWithAnAddress() {
    JsonNode group = stack.properties("AWS::AutoScaling::AutoScalingGroup", "HostGroup");
    assertThat(group.get("VPCZoneIdentifier"))
        .extracting(JsonNode::asText)
        .containsExactly("subnet-0000001a", "subnet-0000001b");
    assertThat(template.at("/NetworkInterfaces/0/AssociatePublicIpAddress").asBoolean()).isTrue();
  }

  @Test
  void aChangedTemplateLaunchesAHostBeforeOneIsEnded() {
    JsonNode resource =
        stack.resources("AWS::AutoScaling::AutoScalingGroup").values().iterator().next();
    assertThat(resource.at("/Properties/MinSize").asText()).isEqualTo("1");
    assertThat(resource.at("/Properties/MaxSize").asText()).isEqualTo("2");
    assertThat(resource.at("/Properties/DesiredCapacity").asText()).isEqualTo("1");
    assertThat(resource.at("/CreationPolicy/ResourceSignal").toString())
        .isEqualTo("{\"Count\":1,\"Timeout\":\"PT15M\"}");
    JsonNode update = resource.at("/UpdatePolicy/AutoScalingRollingUpdate");
    assertThat(update.get("MinInstancesInService").asInt()).isEqualTo(1);
    assertThat(update.get("PauseTime").asText()).isEqualTo("PT15M");
    assertThat(update.get("WaitOnResourceSignals").asBoolean()).isTrue();
    assertThat(resource.at("/Properties/LaunchTemplate/Version/Fn::GetAtt/1").asText())
        .isEqualTo("LatestVersionNumber");
  }

  @Test
  void bootstrapSignalsTheGroup() throws IOException {
    assertThat(stack.resources("AWS::AutoScaling::AutoScalingGroup"))
        .containsOnlyKeys(HostGroup.GROUP);
    assertThat(Path.of("bastion").resolve(HostFiles.BOOTSTRAP))
        .content()
        .contains("--logical-resource-id " + HostGroup.GROUP + " ")
        .contains("--stack-name \"dbt-bastion-$BASTION_NAME\" ");
  }

  @Test
  void noHostLivesLongerThanTwoWeeksAndItsSuccessorComesFirst() {
    JsonNode group = stack.properties("AWS::AutoScaling::AutoScalingGroup", "HostGroup");
    assertThat(group.get("MaxInstanceLifetime").asInt()).isEqualTo(14 * 24 * 60 * 60);
    assertThat(group.at("/InstanceMaintenancePolicy/MinHealthyPercentage").asInt()).isEqualTo(100);
    assertThat(group.at("/InstanceMaintenancePolicy/MaxHealthyPercentage").asInt()).isEqualTo(200);
    assertThat(group.get("DefaultInstanceWarmup").asInt()).isEqualTo(300);
  }

  @Test
  void aHostEntersServiceWhenItSaysSo() {
    JsonNode group = stack.properties("AWS::AutoScaling::AutoScalingGroup", "HostGroup");
    assertThat(group.get("AutoScalingGroupName").asText()).isEqualTo("dbt-bastion-default");
    assertThat(group.get("LifecycleHookSpecificationList"))
        .extracting(JsonNode::toString)
        .containsExactly(LAUNCH);
  }

  @Test
  void behindABalancerItsTunnelsMayEndBeforeItDoes() {
    JsonNode group =
        Examples.twoClustersBehindABalancer()
            .properties("AWS::AutoScaling::AutoScalingGroup", "HostGroup");
    assertThat(group.get("LifecycleHookSpecificationList"))
        .extracting(JsonNode::toString)
        .containsExactly(
            LAUNCH,
            "{\"DefaultResult\":\"CONTINUE\",\"HeartbeatTimeout\":2700,"
                + "\"LifecycleHookName\":\"terminate\","
                + "\"LifecycleTransition\":\"autoscaling:EC2_INSTANCE_TERMINATING\"}");
  }

  @Test
  void whatHostsSayIsKeptForAMonth() {
    JsonNode log = stack.properties("AWS::Logs::LogGroup", "HostLog");
    assertThat(log.get("LogGroupName").asText()).isEqualTo("/dbt-bastion/default/hosts");
    assertThat(log.get("RetentionInDays").asInt()).isEqualTo(30);
  }

  @Test
  void hostsAndVolumesCarryTheTag() {
    assertThat(template.get("TagSpecifications"))
        .extracting(specification -> specification.get("ResourceType").asText())
        .containsExactlyInAnyOrder("instance", "volume");
    assertThat(template.get("TagSpecifications"))
        .allSatisfy(
            specification ->
                assertThat(specification.get("Tags").toString())
                    .contains("{\"Key\":\"dbt-bastion\",\"Value\":\"default\"}"));
  }

  @Test
  void mayDoWhatItsFilesDoAndNothingElse() {
    assertThat(stack.statements("HostRole"))
        .isEqualTo(
            List.of(
                "Allow ssm:GetParameter on ssm:parameter/dbt-bastion/default/elastic-ip",
                "Allow ec2:DescribeAddresses on *",
                "Allow autoscaling:DescribeAutoScalingGroups on *",
                "Allow ec2:AssociateAddress on"
                    + " {\"Fn::Join\":[\"\",[\"ec2:elastic-ip/\","
                    + "{\"Fn::GetAtt\":[\"ElasticIpAddress9A824FD0\",\"AllocationId\"]}]]}",
                "Allow ec2:AssociateAddress on ec2:instance/* if"
                    + " {\"StringEquals\":{\"aws:ResourceTag/dbt-bastion\":\"default\"}}",
                "Allow ec2:AssociateAddress on ec2:network-interface/* if"
                    + " {\"ArnEquals\":{\"ec2:Vpc\":"
                    + "\"arn:aws:ec2:us-east-1:123456789012:vpc/vpc-0a1b2c3d4e5f60718\"}}",
                "Allow ssm:GetParametersByPath on"
                    + " ssm:parameter/dbt-bastion/default/authorized-keys"
                    + " ssm:parameter/dbt-bastion/default/authorized-keys/*",
                "Allow ssm:GetParameter on ssm:parameter/dbt-bastion/default/host-keys/*",
                "Allow ssm:PutParameter on ssm:parameter/dbt-bastion/default/host-keys/*",
                "Deny ssm:PutParameter on ssm:parameter/dbt-bastion/default/host-keys/* if"
                    + " {\"StringEquals\":{\"ssm:Overwrite\":\"true\"}}",
                "Allow ssm:PutParameter on ssm:parameter/dbt-bastion/default/last-seen/*",
                "Allow cloudformation:SignalResource on"
                    + " cloudformation:stack/dbt-bastion-default/*",
                "Allow autoscaling:CompleteLifecycleAction on"
                    + " autoscaling:autoScalingGroup:*:autoScalingGroupName/dbt-bastion-default",
                "Allow logs:CreateLogStream logs:PutLogEvents on"
                    + " logs:log-group:/dbt-bastion/default/hosts:*",
                "Allow ec2messages:AcknowledgeMessage ec2messages:DeleteMessage"
                    + " ec2messages:FailMessage ec2messages:GetEndpoint ec2messages:GetMessages"
                    + " ec2messages:SendReply ssm:UpdateInstanceInformation"
                    + " ssmmessages:CreateControlChannel ssmmessages:CreateDataChannel"
                    + " ssmmessages:OpenControlChannel ssmmessages:OpenDataChannel on *"));
  }

  @Test
  void userDataIsTheBootScript() {
    String script =
        new BootScript(
                Synthesized.REGION,
                new BastionName("default"),
                AddressMode.ELASTIC_IP,
                "dbtcloud",
                22,
                List.of("analytics.abc123.us-east-1.redshift.amazonaws.com:5439"),
                HostFiles.in(stack.hostFiles()))
            .render();

    assertThat(UserData.script(template.get("UserData").asText())).isEqualTo(script);
  }
}
