package org.dbtbastion.infra.checks;

import java.util.ArrayList;
import java.util.List;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.permissions.Arns;
import org.dbtbastion.infra.permissions.Permission;
import software.amazon.awscdk.Stack;
import software.constructs.Construct;

/** What the connection check may do: read, and log in to the connections. */
final class CheckPermissions {

  private CheckPermissions() {}

  /**
   * The permissions of the check.
   *
   * @param logins what it needs to log in to connections
   */
  static List<Permission> of(Construct scope, BastionName bastion, LoginPermissions logins) {
    Arns arns = Arns.of(scope);
    String connections = arns.parameter(bastion.connections());
    List<Permission> permissions = new ArrayList<>();
    permissions.add(
        Permission.allow(
                "ReadConnections",
                "ssm:GetParameter",
                "ssm:GetParameters",
                "ssm:GetParametersByPath")
            .on(connections)
            .onAny(
                "one parameter for each connection, below the bastion's own path",
                connections + "/*"));
    String keys = arns.parameter(bastion.authorizedKeys());
    String lastSeen = arns.parameter(bastion.lastSeen());
    String oneForEachKey = "one parameter for each public key, below the bastion's own path";
    permissions.add(
        Permission.allow("ListKeys", "ssm:GetParametersByPath")
            .on(keys)
            .onAny(oneForEachKey, keys + "/*")
            .on(lastSeen)
            .onAny(oneForEachKey, lastSeen + "/*"));
    permissions.add(
        Permission.allow("ReadHostIdentityAndOwnKey", "ssm:GetParameter", "ssm:GetParameters")
            .onAny(
                "one for each type of key, not the private ones that lie there too",
                arns.parameter(bastion.hostKeys()) + "/*.pub")
            .on(arns.parameter(bastion.checkKey())));
    permissions.addAll(logins.permissions(Stack.of(scope)));
    permissions.add(
        Permission.allow("FindHosts", "ec2:DescribeInstances")
            .onAny("IAM knows neither resources nor conditions for the action", "*"));
    permissions.addAll(auditPermissions(arns));
    return permissions;
  }

  /** Describes, and does not change, what lies between dbt and the warehouse. */
  private static List<Permission> auditPermissions(Arns arns) {
    return List.of(
        Permission.allow(
                "AuditConfiguration",
                "ec2:DescribeAddresses",
                "ec2:DescribeInstanceStatus",
                "ec2:DescribeNetworkAcls",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeRouteTables",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "elasticloadbalancing:DescribeListenerAttributes",
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeLoadBalancers",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
                "ssm:DescribeInstanceInformation")
            .onAny("IAM knows no resources for descriptions", "*"),
        Permission.allow("AuditVpcs", "ec2:DescribeVpcAttribute")
            .onAny("the warehouse may be in a VPC that is peered", arns.vpc("*")),
        Permission.allow("AuditPrefixLists", "ec2:GetManagedPrefixListEntries")
            .onAny("a rule or a route may name any", arns.anyPrefixList()),
        Permission.allow("AuditClusters", "redshift:DescribeClusters")
            .onAny("a cluster is found by its endpoint", arns.cluster("*")),
        Permission.allow("AuditWorkgroups", "redshift-serverless:GetWorkgroup")
            .onAny("AWS gives a workgroup an id that nobody knows before", arns.workgroup("*")));
  }
}
