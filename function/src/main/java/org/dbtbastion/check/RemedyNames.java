package org.dbtbastion.check;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.deployment.SshAccess;
import org.dbtbastion.report.Code;

/** What remedies call things: a value for each placeholder that a {@link Code} may use. */
final class RemedyNames {

  private RemedyNames() {}

  static Map<String, String> of(
      SshAccess access, Connection connection, Optional<BastionHost> host) {
    Map<String, String> names = new HashMap<>();
    names.put("bastion", access.bastion());
    names.put("bastionPort", Integer.toString(access.port()));
    names.put("bastionId", host.map(BastionHost::id).orElse("the bastion host"));
    names.put("bastionHost", host.map(BastionHost::address).orElse("the bastion host"));
    names.put("connection", connection.name());
    names.put("host", connection.host());
    names.put("port", Integer.toString(connection.port()));
    names.put("database", connection.database());
    names.put("statements", "the GRANT statements for what stands in the detail");
    putLogin(names, connection);
    return names;
  }

  private static void putLogin(Map<String, String> names, Connection connection) {
    names.put("method", "the method");
    names.put("secret", "of connection " + connection.name());
    names.put("secretFields", "username and password");
    names.put("issuer", "the cluster or workgroup");
    names.put("issuerPermission", "redshift:GetClusterCredentials");
    names.put("credentialsService", "Secrets Manager");
    names.put("tokenEndpoint", "the identity provider");
    connection.authentication().ifPresent(authentication -> put(names, authentication));
  }

  private static void put(Map<String, String> names, Authentication authentication) {
    names.put("method", authentication.method().id());
    switch (authentication) {
      case Authentication.Database(String secret) -> names.put("secret", secret);
      case Authentication.Iam iam -> put(names, iam.issuer(), "redshift:GetClusterCredentials");
      case Authentication.IamRole role ->
          put(names, role.issuer(), "redshift:GetClusterCredentialsWithIAM");
      case Authentication.IdentityCenter where -> {
        names.put("secret", where.secret());
        names.put("secretFields", "client_id and client_secret");
        names.put("tokenEndpoint", where.requestUrl().toString());
        names.put("credentialsService", "Secrets Manager and to " + where.requestUrl().getHost());
      }
    }
  }

  private static void put(Map<String, String> names, Issuer issuer, String clusterPermission) {
    switch (issuer) {
      case Issuer.Cluster(String clusterId) -> {
        names.put("issuer", "cluster " + clusterId);
        names.put("issuerPermission", clusterPermission);
        names.put("credentialsService", "the Redshift API");
      }
      case Issuer.Workgroup(String workgroup) -> {
        names.put("issuer", "workgroup " + workgroup);
        names.put("issuerPermission", "redshift-serverless:GetCredentials");
        names.put("credentialsService", "the Redshift Serverless API");
      }
    }
  }
}
