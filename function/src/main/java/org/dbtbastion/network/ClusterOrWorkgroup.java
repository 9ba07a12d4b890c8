package org.dbtbastion.network;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.dbtbastion.address.Cidr;

/**
 * A Redshift cluster or Serverless workgroup.
 *
 * @param serverless whether it is a workgroup
 * @param status as Redshift calls it, in lower case, such as {@code available}
 * @param host its endpoint; empty text while it has none
 * @param addresses the private addresses of its endpoint, as far as Redshift tells them
 */
public record ClusterOrWorkgroup(
    boolean serverless,
    String name,
    String status,
    String host,
    int port,
    boolean publiclyAccessible,
    Set<String> groups,
    List<Cidr> addresses) {

  public ClusterOrWorkgroup {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(status, "status");
    Objects.requireNonNull(host, "host");
    groups = Set.copyOf(groups);
    addresses = List.copyOf(addresses);
  }

  @Override
  public String toString() {
    return (serverless ? "workgroup " : "cluster ") + name;
  }
}
