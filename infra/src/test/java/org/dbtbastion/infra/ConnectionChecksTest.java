package org.dbtbastion.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConnectionChecksTest {

  private static final String ATTACH =
      " ec2:AssignPrivateIpAddresses ec2:CreateNetworkInterface ec2:DeleteNetworkInterface"
          + " ec2:DescribeNetworkInterfaces ec2:DescribeSubnets ec2:UnassignPrivateIpAddresses"
          + " on *";

  private final Synthesized stack = Synthesized.least();
  private final JsonNode function =
      stack.properties("AWS::Lambda::Function", "ConnectionChecksFunction");

  @Test
  void functionAnswersChecksOnly() {
    assertThat(function.get("FunctionName").asText())
        .isEqualTo("dbt-bastion-default-connection-check");
    assertThat(function.get("Handler").asText())
        .isEqualTo("io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest");
    assertThat(function.get("Runtime").asText()).isEqualTo("java25");
    assertThat(function.get("Architectures").toString()).isEqualTo("[\"arm64\"]");
    assertThat(function.at("/Environment/Variables").toString())
        .isEqualTo(
            "{\"DBT_BASTION_ACTIONS\":\"check\",\"DBT_BASTION_NAME\":\"default\","
                + "\"DBT_BASTION_PUBLIC_ADDRESS\":{\"Ref\":\"ElasticIpAddress9A824FD0\"},"
                + "\"DBT_BASTION_SSH_PORT\":\"22\",\"DBT_BASTION_SSH_USER\":\"dbtcloud\"}");
  }

  @Test
  void functionHasAWholeCpu() {
    assertThat(function.get("MemorySize").asInt()).isEqualTo(1769);
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
  void functionReachesBastionWarehouseAndAwsOnly() {
    assertThat(stack.rules("Egress", "ConnectionChecksSecurityGroup"))
        .containsExactlyInAnyOrder(
            "tcp 22-22 HostSecurityGroup",
            "tcp 5439-5439 " + ConfigurationTest.LEAST.get("securityGroup"),
            "tcp 443-443 0.0.0.0/0");
  }

  @Test
  void functionMayReadOnly() {
    assertThat(stack.statements("ConnectionChecksFunctionRole"))
        .isEqualTo(
            List.of(
                "Allow ssm:GetParameter ssm:GetParameters ssm:GetParametersByPath on"
                    + " ssm:parameter/dbt-bastion/default/connections"
                    + " ssm:parameter/dbt-bastion/default/connections/*",
                "Allow ssm:GetParameter ssm:GetParameters on"
                    + " ssm:parameter/dbt-bastion/default/check-key"
                    + " ssm:parameter/dbt-bastion/default/host-keys/*.pub",
                "Allow secretsmanager:GetSecretValue on secretsmanager:secret:warehouse-Ab12Cd",
                "Allow kms:Decrypt on * if {\"StringEquals\":{"
                    + "\"kms:EncryptionContext:SecretARN\":[\""
                    + ConfigurationTest.SECRET
                    + "\"],\"kms:ViaService\":{\"Fn::Join\":[\"\",["
                    + "\"secretsmanager.us-east-1.\",{\"Ref\":\"AWS::URLSuffix\"}]]}}}",
                "Allow ec2:DescribeInstances on *",
                "Allow logs:CreateLogStream logs:PutLogEvents on"
                    + " logs:log-group:/aws/lambda/dbt-bastion-default-connection-check:*",
                "Allow" + ATTACH,
                "Deny"
                    + ATTACH
                    + " if {\"ArnEquals\":{\"lambda:SourceFunctionArn\":[\"arn:aws:lambda:us-east-1:"
                    + "123456789012:function:dbt-bastion-default-connection-check\","
                    + "\"arn:aws:lambda:us-east-1:"
                    + "123456789012:function:dbt-bastion-default-connection-check:*\"]}}"));
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
                + ConfigurationTest.SECRET
                + "\"}}");
  }
}
