package org.dbtbastion.infra;

import java.util.Objects;
import software.amazon.awscdk.Stack;
import software.constructs.Construct;

/** ARNs in the account and region of a stack, for IAM statements. */
final class Arns {

  private final String partition;
  private final String region;
  private final String account;

  private Arns(String partition, String region, String account) {
    this.partition = Objects.requireNonNull(partition, "partition");
    this.region = Objects.requireNonNull(region, "region");
    this.account = Objects.requireNonNull(account, "account");
  }

  static Arns of(Construct scope) {
    Stack stack = Stack.of(scope);
    return new Arns(stack.getPartition(), stack.getRegion(), stack.getAccount());
  }

  /** A parameter or a path of parameters; {@code name} begins with a slash. */
  String parameter(String name) {
    return arn("ssm", "parameter" + name);
  }

  String document(String name) {
    return arn("ssm", "document/" + name);
  }

  String instance(String id) {
    return arn("ec2", "instance/" + id);
  }

  String networkInterface(String id) {
    return arn("ec2", "network-interface/" + id);
  }

  String elasticIp(String allocation) {
    return arn("ec2", "elastic-ip/" + allocation);
  }

  String vpc(String id) {
    return arn("ec2", "vpc/" + id);
  }

  /** A user, group or database ({@code dbuser}, {@code dbgroup}, {@code dbname}) of a cluster. */
  String redshift(String type, String cluster, String name) {
    return arn("redshift", "%s:%s/%s".formatted(type, cluster, name));
  }

  /** A group of this name; AWS gives it an id that nobody knows before. */
  String autoScalingGroup(String name) {
    return arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/" + name);
  }

  String function(String name) {
    return arn("lambda", "function:" + name);
  }

  String alarm(String name) {
    return arn("cloudwatch", "alarm:" + name);
  }

  /** A target group by its full name, which begins with {@code targetgroup/}. */
  String targetGroup(String fullName) {
    return arn("elasticloadbalancing", fullName);
  }

  /** A stack of any id, which CloudFormation gives it when it is made. */
  String stack(String name) {
    return arn("cloudformation", "stack/" + name + "/*");
  }

  /** All streams of a log group. */
  String logStreams(String logGroup) {
    return arn("logs", "log-group:" + logGroup + ":*");
  }

  private String arn(String service, String resource) {
    return "arn:%s:%s:%s:%s:%s".formatted(partition, service, region, account, resource);
  }
}
