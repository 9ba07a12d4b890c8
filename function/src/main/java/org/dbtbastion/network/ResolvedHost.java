package org.dbtbastion.network;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.connection.Authentication.Issuer;

/**
 * Where a connection leads.
 *
 * @param host the host name as dbt has it
 * @param addresses what the name resolves to from here, IPv4 only
 * @param issuer the cluster or workgroup that issues its credentials, where one does
 */
public record ResolvedHost(String host, List<Cidr> addresses, Optional<Issuer> issuer) {

  public ResolvedHost {
    Objects.requireNonNull(host, "host");
    addresses = List.copyOf(addresses);
    Objects.requireNonNull(issuer, "issuer");
  }
}
