package org.dbtbastion.infra.permissions;

import java.util.Objects;
import software.amazon.awscdk.Stack;
import software.constructs.Construct;

/** ARNs in the account and region of a stack, for IAM statements. */
public final class Arns {

  private final String partition;
  private final String region;
  private final String account;

  private Arns(String partition, String region, String account) {
    this.partition = Objects.requireNonNull(partition, "partition");
    this.region = Objects.requireNonNull(region, "region");
    this.account = Objects.requireNonNull(account, "account");
  }

  /** The ARNs of the stack that a construct is in. */
  public static Arns of(Construct scope) {
    Stack stack = Stack.of(scope);
    return new Arns(stack.getPartition(), stack.getRegion(), stack.getAccount());
  }

  /** A parameter or a path of parameters; {@code name} begins with a slash. */
  public String parameter(String name) {
    return arn("ssm", "parameter" + name);
  }

  /** An SSM document. */
  public String document(String name) {
    return arn("ssm", "document/" + name);
  }

  /** An EC2 instance. */
  public String instance(String id) {
    return arn("ec2", "instance/" + id);
  }

  /** A network interface. */
  public String networkInterface(String id) {
    return arn("ec2", "network-interface/" + id);
  }

  /** An Elastic IP by its allocation id. */
  public String elasticIp(String allocation) {
    return arn("ec2", "elastic-ip/" + allocation);
  }

  /** A VPC. */
  public String vpc(String id) {
    return arn("ec2", "vpc/" + id);
  }

  /** Any prefix list of the region, also AWS's own and those that other accounts share. */
  public String anyPrefixList() {
    return "arn:%s:ec2:%s:*:prefix-list/*".formatted(partition, region);
  }

  /** A provisioned cluster by its identifier. */
  public String cluster(String name) {
    return arn("redshift", "cluster:" + name);
  }

  /** A workgroup by its id, which is not its name. */
  public String workgroup(String id) {
    return arn("redshift-serverless", "workgroup/" + id);
  }

  /** A user, group or database ({@code dbuser}, {@code dbgroup}, {@code dbname}) of a cluster. */
  public String redshift(String type, String cluster, String name) {
    return arn("redshift", "%s:%s/%s".formatted(type, cluster, name));
  }

  /** A group of this name; AWS gives it an id that nobody knows before. */
  public String autoScalingGroup(String name) {
    return arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/" + name);
  }

  /** A Lambda function without its versions and aliases. */
  public String function(String name) {
    return arn("lambda", "function:" + name);
  }

  /** An alarm of CloudWatch. */
  public String alarm(String name) {
    return arn("cloudwatch", "alarm:" + name);
  }

  /** A target group by its full name, which begins with {@code targetgroup/}. */
  public String targetGroup(String fullName) {
    return arn("elasticloadbalancing", fullName);
  }

  /** A stack of any id, which CloudFormation gives it when it is made. */
  public String stack(String name) {
    return arn("cloudformation", "stack/" + name + "/*");
  }

  /** All streams of a log group. */
  public String logStreams(String logGroup) {
    return arn("logs", "log-group:" + logGroup + ":*");
  }

  private String arn(String service, String resource) {
    return "arn:%s:%s:%s:%s:%s".formatted(partition, service, region, account, resource);
  }
}
