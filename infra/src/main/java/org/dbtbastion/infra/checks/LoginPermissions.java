package org.dbtbastion.infra.checks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.infra.permissions.Arns;
import org.dbtbastion.infra.permissions.Permission;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import software.amazon.awscdk.Stack;
import software.constructs.Construct;

/**
 * The permissions that a role needs to get the credentials of connections, and no more. Source: the
 * Service Authorization Reference, "Amazon Redshift" and "Amazon Redshift Serverless".
 */
final class LoginPermissions {

  // All inline policies of a role may have 10,240 characters, of which the others of the check's
  // role take up to 3,500. Source: the IAM user guide, "IAM and AWS STS quotas".
  private static final int ROOM = 6_600;

  private final Arns arns;
  private final Map<String, String> workgroupArns;
  private final SequencedSet<String> secrets = new TreeSet<>();
  private final SequencedSet<String> passwordsOfUsers = new TreeSet<>();
  private final SequencedSet<String> createdUsers = new TreeSet<>();
  private final SequencedSet<String> joinedGroups = new TreeSet<>();
  private final SequencedSet<String> passwordsOfRole = new TreeSet<>();
  private final SequencedSet<String> workgroups = new TreeSet<>();

  LoginPermissions(Construct scope, CheckedConnections checked) {
    arns = Arns.of(scope);
    workgroupArns = checked.workgroupArns();
    for (Connection connection : checked.connections()) {
      connection
          .authentication()
          .ifPresent(authentication -> add(authentication, connection.database()));
    }
  }

  private void add(Authentication authentication, String database) {
    authentication.secretId().ifPresent(secrets::add);
    switch (authentication) {
      case Authentication.Iam iam -> {
        switch (iam.issuer()) {
          case Issuer.Cluster(String cluster) -> add(iam, cluster, database);
          case Issuer.Workgroup(String workgroup) -> workgroups.add(workgroupArns.get(workgroup));
        }
      }
      case Authentication.IamRole(Issuer issuer) -> {
        switch (issuer) {
          case Issuer.Cluster(String cluster) ->
              passwordsOfRole.add(arns.redshift("dbname", cluster, database));
          case Issuer.Workgroup(String workgroup) -> workgroups.add(workgroupArns.get(workgroup));
        }
      }
      case Authentication.Database _, Authentication.IdentityCenter _ -> {}
    }
  }

  private void add(Authentication.Iam iam, String cluster, String database) {
    String user = arns.redshift("dbuser", cluster, iam.user());
    passwordsOfUsers.add(user);
    passwordsOfUsers.add(arns.redshift("dbname", cluster, database));
    if (iam.autocreate()) {
      createdUsers.add(user);
    }
    for (String group : iam.groups()) {
      passwordsOfUsers.add(arns.redshift("dbgroup", cluster, group));
      joinedGroups.add(arns.redshift("dbgroup", cluster, group));
    }
  }

  /**
   * One statement for each API that a connection needs.
   *
   * @throws ConfigurationException if the role has no room for them
   */
  List<Permission> permissions(Stack stack) {
    List<Permission> permissions = new ArrayList<>();
    allow(permissions, "ReadSecrets", "secretsmanager:GetSecretValue", secrets);
    if (!secrets.isEmpty()) {
      permissions.add(
          Permission.allow("DecryptSecrets", "kms:Decrypt")
              .onAny(
                  "a secret may be encrypted with any key; the condition is the secrets above", "*")
              .when(
                  Map.of(
                      "StringEquals",
                      new TreeMap<>(
                          Map.of(
                              "kms:EncryptionContext:SecretARN",
                              List.copyOf(secrets),
                              "kms:ViaService",
                              "secretsmanager.%s.%s"
                                  .formatted(stack.getRegion(), stack.getUrlSuffix()))))));
    }
    allow(permissions, "LogInAsUsers", "redshift:GetClusterCredentials", passwordsOfUsers);
    allow(permissions, "CreateUsers", "redshift:CreateClusterUser", createdUsers);
    allow(permissions, "JoinGroups", "redshift:JoinGroup", joinedGroups);
    allow(permissions, "LogInAsRole", "redshift:GetClusterCredentialsWithIAM", passwordsOfRole);
    allow(permissions, "LogInToWorkgroups", "redshift-serverless:GetCredentials", workgroups);
    int length = permissions.stream().mapToInt(LoginPermissions::length).sum();
    if (length > ROOM) {
      throw new ConfigurationException(
          new ConfigurationProblem(
              "connections",
              "%d secrets, in permissions of %d characters".formatted(secrets.size(), length),
              "what fits into an IAM role: %d characters".formatted(ROOM),
              "let connections share secrets or users, or deploy some with a bastion of its own"));
    }
    return permissions;
  }

  /** The approximate length as JSON. */
  private static int length(Permission permission) {
    int resources =
        permission.resources().keySet().stream().mapToInt(arn -> arn.length() + 3).sum();
    return 80 + resources + permission.conditions().toString().length();
  }

  private static void allow(
      List<Permission> permissions, String sid, String action, SequencedSet<String> resources) {
    if (!resources.isEmpty()) {
      permissions.add(Permission.allow(sid, action).on(resources.toArray(String[]::new)));
    }
  }

  /** Whether a cluster issues passwords. */
  boolean needClusters() {
    return !passwordsOfUsers.isEmpty() || !passwordsOfRole.isEmpty();
  }

  /** Whether a workgroup issues passwords. */
  boolean needWorkgroups() {
    return !workgroups.isEmpty();
  }
}
