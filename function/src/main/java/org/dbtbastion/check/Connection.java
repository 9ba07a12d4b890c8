package org.dbtbastion.check;

import java.util.Objects;
import java.util.Optional;

/**
 * A connection as dbt has it: where the warehouse is and where the credentials are.
 *
 * @param name what the connection is called in requests and reports
 * @param host the host name that dbt uses; the certificate must be for it
 * @param port the TCP port, 1 to 65535
 * @param secret name or ARN of the secret that holds user name and password; empty where the check
 *     is not to log in
 */
public record Connection(
    String name, String host, int port, String database, Optional<String> secret) {

  public Connection {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(secret, "secret");
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("port " + port + " is not between 1 and 65535");
    }
  }
}
