package org.dbtbastion.infra;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A warehouse that exists: a cluster or a Serverless workgroup.
 *
 * @param name what its connection is called in requests and reports
 * @param host its host name or IPv4 address, as dbt addresses it
 * @param port its port
 * @param database the database that the connection check logs in to
 * @param securityGroupId its security group, which gets a rule for the bastion and one for the
 *     connection check
 * @param secret what the connection check logs in with; empty to check no login
 */
record Warehouse(
    String name,
    String host,
    int port,
    String database,
    String securityGroupId,
    Optional<SecretArn> secret) {

  Warehouse {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(securityGroupId, "securityGroupId");
    Objects.requireNonNull(secret, "secret");
  }

  /** The connection of this warehouse, as the connection check reads it from its parameter. */
  String connectionJson() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("host", host);
    fields.put("port", port);
    fields.put("database", database);
    secret.ifPresent(arn -> fields.put("secret", arn.value()));
    try {
      return new ObjectMapper().writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings and numbers are always JSON", e);
    }
  }

  /** {@code host:port}, as a host's configuration lists what may be forwarded to. */
  String endpoint() {
    return host + ":" + port;
  }
}
