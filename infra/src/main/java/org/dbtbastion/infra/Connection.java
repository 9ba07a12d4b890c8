package org.dbtbastion.infra;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * What the connection check logs in to.
 *
 * @param name what requests and reports call it
 * @param host the warehouse, as dbt addresses it
 * @param port the warehouse's port
 * @param database the database
 * @param secretArn the secret with {@code username} and {@code password}; null where the check is
 *     not to log in
 */
record Connection(String name, String host, int port, String database, String secretArn) {

  Connection {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(database, "database");
  }

  /** As the connection check reads it from its parameter. */
  String json() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("host", host);
    fields.put("port", port);
    fields.put("database", database);
    if (secretArn != null) {
      fields.put("secret", secretArn);
    }
    try {
      return new ObjectMapper().writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings and numbers are always JSON", e);
    }
  }
}
