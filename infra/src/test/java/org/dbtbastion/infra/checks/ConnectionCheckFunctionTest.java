package org.dbtbastion.infra.checks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.dbtbastion.check.Options;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;

class ConnectionCheckFunctionTest {

  private static final String ATTACH =
      " ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface ec2:DeleteNetworkInterface"
          + " ec2:UnassignPrivateIpAddresses on *";

  private final Synthesized stack = Synthesized.least();
  private final JsonNode function =
      stack.properties("AWS::Lambda::Function", "ConnectionChecksFunction");

  @Test
  void functionAnswersForConnectionsOnly() {
    assertThat(function.get("FunctionName").asText())
        .isEqualTo("dbt-bastion-default-connection-check");
    assertThat(function.get("Handler").asText())
        .isEqualTo("io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest");
    assertThat(function.get("Runtime").asText()).isEqualTo("java25");
    assertThat(function.get("Architectures").toString()).isEqualTo("[\"arm64\"]");
    assertThat(function.at("/Environment/Variables").toString())
        .matches(
            Pattern.quote(
                    "{\"DBT_BASTION_ACTIONS\":\"check,dbt-settings\",\"DBT_BASTION_NAME\":\"default\","
                        + "\"DBT_BASTION_PUBLIC_ADDRESS\":{\"Ref\":\"ElasticIpAddress9A824FD0\"},"
                        + "\"DBT_BASTION_SECURITY_GROUP\":{\"Fn::GetAtt\":[\""
                        + "ConnectionChecksSecurityGroup")
                + "[0-9A-F]+"
                + Pattern.quote(
                    "\",\"GroupId\"]},\"DBT_BASTION_SOURCES\":\"35.76.76.152/32,54.238.211.79/32,"
                        + "13.115.236.233/32\","
                        + "\"DBT_BASTION_SSH_PORT\":\"22\",\"DBT_BASTION_SSH_USER\":\"dbtcloud\","
                        + "\"DBT_BASTION_SUBNETS\":\"subnet-0000002a,subnet-0000002b\","
                        + "\"DBT_BASTION_TUNNEL_HOST\":{\"Ref\":\"ElasticIpAddress9A824FD0\"}}"));
  }

  @Test
  void functionHasAWholeCpu() {
    assertThat(function.get("MemorySize").asInt()).isEqualTo(1769);
  }

  @Test
  void functionMayHoldATunnelForItsLongest() {
    Duration timeout = Duration.ofSeconds(function.get("Timeout").asInt());

    // Lambda's limit, and what the function needs around a hold.
    assertThat(timeout)
        .isEqualTo(Duration.ofMinutes(15))
        .isGreaterThan(Options.LONGEST_HOLD.plusSeconds(30));
  }

  @Test
  void functionStandsInPrivateSubnets() {
    assertThat(function.at("/VpcConfig/SubnetIds"))
        .extracting(JsonNode::asText)
        .containsExactly("subnet-0000002a", "subnet-0000002b");
  }

  @Test
  void nothingReachesTheFunction() {
    assertThat(stack.rules("Ingress", "ConnectionChecksSecurityGroup"))
        .containsExactly("icmp 3-4 0.0.0.0/0");
  }

  @Test
  void functionReachesBastionWarehouseAwsAndDnsOnly() {
    assertThat(stack.rules("Egress", "ConnectionChecksSecurityGroup"))
        .containsExactlyInAnyOrder(
            "tcp 22-22 HostSecurityGroup",
            "tcp 5439-5439 " + SampleContext.LEAST.get("securityGroup"),
            "tcp 443-443 0.0.0.0/0",
            "udp 53-53 0.0.0.0/0",
            "tcp 53-53 0.0.0.0/0");
  }

  @Test
  void functionMayReadOnly() {
    assertThat(stack.statements("ConnectionChecksFunctionRole"))
        .isEqualTo(
            List.of(
                "Allow ssm:GetParameter ssm:GetParameters ssm:GetParametersByPath on"
                    + " ssm:parameter/dbt-bastion/default/connections"
                    + " ssm:parameter/dbt-bastion/default/connections/*",
                "Allow ssm:GetParametersByPath on"
                    + " ssm:parameter/dbt-bastion/default/authorized-keys"
                    + " ssm:parameter/dbt-bastion/default/authorized-keys/*"
                    + " ssm:parameter/dbt-bastion/default/last-seen"
                    + " ssm:parameter/dbt-bastion/default/last-seen/*",
                "Allow ssm:GetParameter ssm:GetParameters on"
                    + " ssm:parameter/dbt-bastion/default/check-key"
                    + " ssm:parameter/dbt-bastion/default/host-keys/*.pub",
                "Allow secretsmanager:GetSecretValue on secretsmanager:secret:warehouse-Ab12Cd",
                "Allow kms:Decrypt on * if {\"StringEquals\":{"
                    + "\"kms:EncryptionContext:SecretARN\":[\""
                    + SampleContext.SECRET
                    + "\"],\"kms:ViaService\":{\"Fn::Join\":[\"\",["
                    + "\"secretsmanager.us-east-1.\",{\"Ref\":\"AWS::URLSuffix\"}]]}}}",
                "Allow ec2:DescribeInstances on *",
                "Allow ec2:DescribeAddresses ec2:DescribeInstanceStatus ec2:DescribeNetworkAcls"
                    + " ec2:DescribeNetworkInterfaces ec2:DescribeRouteTables"
                    + " ec2:DescribeSecurityGroups ec2:DescribeSubnets"
                    + " elasticloadbalancing:DescribeListenerAttributes"
                    + " elasticloadbalancing:DescribeListeners"
                    + " elasticloadbalancing:DescribeLoadBalancers"
                    + " elasticloadbalancing:DescribeTargetGroups"
                    + " elasticloadbalancing:DescribeTargetHealth"
                    + " ssm:DescribeInstanceInformation on *",
                "Allow ec2:DescribeVpcAttribute on ec2:vpc/*",
                "Allow ec2:GetManagedPrefixListEntries on ec2:us-east-1:*:prefix-list/*",
                "Allow redshift:DescribeClusters on redshift:cluster:*",
                "Allow redshift-serverless:GetWorkgroup on redshift-serverless:workgroup/*",
                "Allow logs:CreateLogStream logs:PutLogEvents on"
                    + " logs:log-group:/aws/lambda/dbt-bastion-default-connection-check:*",
                "Allow" + ATTACH,
                "Allow ec2:DescribeNetworkInterfaces ec2:DescribeSubnets on *",
                "Deny"
                    + ATTACH
                    + " if {\"ArnEquals\":{\"lambda:SourceFunctionArn\":[\"arn:aws:lambda:us-east-1:"
                    + "123456789012:function:dbt-bastion-default-connection-check\","
                    + "\"arn:aws:lambda:us-east-1:"
                    + "123456789012:function:dbt-bastion-default-connection-check:*\"]}}"));
  }

  @Test
  void whatTheCodeItselfMayNotDoIsNothingThatTheAuditReads() {
    assertThat(stack.statements("ConnectionChecksFunctionRole"))
        .filteredOn(statement -> statement.startsWith("Deny"))
        .isNotEmpty()
        .noneMatch(statement -> statement.contains("Describe"));
  }

  @Test
  void connectionsAreCheckedEveryFiveMinutes() {
    JsonNode schedule = stack.properties("AWS::Scheduler::Schedule", "ConnectionChecks");
    assertThat(schedule.get("ScheduleExpression").asText()).isEqualTo("rate(5 minutes)");
    assertThat(schedule.at("/Target/Input").asText()).isEqualTo("{\"action\":\"check\"}");
    assertThat(schedule.at("/Target/Arn/Fn::GetAtt/0").asText())
        .startsWith("ConnectionChecksFunction");
  }

  @Test
  void eachConnectionIsAParameter() {
    JsonNode parameter = stack.properties("AWS::SSM::Parameter", "ConnectionChecks");
    assertThat(parameter.get("Name").asText())
        .isEqualTo("/dbt-bastion/default/connections/analytics");
    assertThat(parameter.get("Type").asText()).isEqualTo("String");
    assertThat(parameter.get("Value").asText())
        .isEqualTo(
            "{\"host\":\"analytics.abc123.us-east-1.redshift.amazonaws.com\",\"port\":5439,"
                + "\"database\":\"analytics\","
                + "\"authentication\":{\"method\":\"database\",\"secret\":\""
                + SampleContext.SECRET
                + "\"}}");
  }
}
