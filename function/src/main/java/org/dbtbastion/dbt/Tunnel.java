package org.dbtbastion.dbt;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;

/**
 * Where dbt's tunnels enter.
 *
 * @param host the address or host name
 * @param port the TCP port of sshd
 * @param user the user that logs in over SSH
 */
public record Tunnel(String host, int port, String user) {

  public Tunnel {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(user, "user");
  }

  /** The dbt platform's fields. It shows the public key by itself, once the connection is saved. */
  public SequencedMap<String, Object> fields() {
    SequencedMap<String, Object> fields = new LinkedHashMap<>();
    fields.put("Hostname", host);
    fields.put("Port", port);
    fields.put("Username", user);
    return fields;
  }

  /** What dbt does not do through any tunnel. */
  public List<Warning> warnings() {
    return List.of(Warning.FUSION_WITHOUT_TUNNELS);
  }
}
