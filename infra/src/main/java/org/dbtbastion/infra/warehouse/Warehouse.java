package org.dbtbastion.infra.warehouse;

import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.connection.Connection;

/**
 * A warehouse that exists: a cluster or a Serverless workgroup.
 *
 * @param name what it is called, and its connection where none is described
 * @param host its host name or IPv4 address, as dbt has it
 * @param port its port
 * @param database its database, or the one that the connection check logs in to
 * @param securityGroupId its security group, which gets a rule for the bastion and one for the
 *     connection check
 * @param secret what the connection check logs in with; empty to check no login
 * @param issuer the cluster or workgroup that it is; empty if that is not known
 * @param workgroupArn the workgroup's ARN; empty for a cluster, and if it is not known
 */
public record Warehouse(
    String name,
    String host,
    int port,
    String database,
    String securityGroupId,
    Optional<SecretArn> secret,
    Optional<Issuer> issuer,
    Optional<String> workgroupArn) {

  public Warehouse {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(securityGroupId, "securityGroupId");
    Objects.requireNonNull(secret, "secret");
    Objects.requireNonNull(issuer, "issuer");
    Objects.requireNonNull(workgroupArn, "workgroupArn");
  }

  /** The connection of this warehouse where none is described. */
  public Connection connection() {
    return new Connection(
        name,
        host,
        port,
        database,
        secret.map(arn -> new Authentication.Database(arn.value())),
        new LinkedHashSet<>(),
        new LinkedHashSet<>());
  }

  /** Whether it is a Serverless workgroup, as far as that is known. */
  public boolean isServerless() {
    return issuer.filter(Issuer.Workgroup.class::isInstance).isPresent();
  }

  /** {@code host:port}, as a host's configuration lists what may be forwarded to. */
  public String endpoint() {
    return host + ":" + port;
  }
}
