package org.dbtbastion.infra.hosts;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.permissions.Arns;
import org.dbtbastion.infra.permissions.Permission;

/** What a host may do: what its files do, and nothing else. */
final class HostPermissions {

  private HostPermissions() {}

  /**
   * The permissions of a host.
   *
   * @param more what it may do besides, to stand behind its entrance
   */
  static List<Permission> of(Arns arns, BastionName bastion, List<Permission> more) {
    String authorizedKeys = arns.parameter(bastion.authorizedKeys());
    String hostKeys = arns.parameter(bastion.hostKeys());
    String ownKeys = "one parameter for each key, below the bastion's own path";
    List<Permission> permissions = new ArrayList<>(more);
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
            .onAny(ownKeys, arns.parameter(bastion.lastSeen()) + "/*"),
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
