package org.dbtbastion.connection;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedSet;
import org.dbtbastion.address.TcpPort;

/**
 * A connection as dbt has it: where the warehouse is, how to log in, and what dbt works on there.
 *
 * @param name what the connection is called in requests and reports
 * @param host the host name that dbt uses; the certificate must be for it
 * @param port the TCP port, 1 to 65535
 * @param authentication how to log in; empty where the check is not to
 * @param schemas where dbt builds
 * @param sources schemas that dbt reads
 */
public record Connection(
    String name,
    String host,
    int port,
    String database,
    Optional<Authentication> authentication,
    SequencedSet<String> schemas,
    SequencedSet<String> sources) {

  public Connection {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(database, "database");
    Objects.requireNonNull(authentication, "authentication");
    schemas = Collections.unmodifiableSequencedSet(new LinkedHashSet<>(schemas));
    sources = Collections.unmodifiableSequencedSet(new LinkedHashSet<>(sources));
    TcpPort.require(port);
  }
}
