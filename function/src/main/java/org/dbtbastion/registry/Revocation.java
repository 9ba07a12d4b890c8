package org.dbtbastion.registry;

import java.util.List;
import java.util.Objects;
import org.dbtbastion.keys.Fingerprint;

/**
 * What became of revoking a key.
 *
 * @param hosts which hosts have dropped it already; empty if none is running
 */
public record Revocation(Status status, Fingerprint fingerprint, List<HostSync> hosts) {

  /** What was done. */
  public enum Status {
    /** The key was registered and is no more. */
    REVOKED,
    /** No such key was registered. */
    NOT_REGISTERED
  }

  public Revocation {
    Objects.requireNonNull(status, "status");
    Objects.requireNonNull(fingerprint, "fingerprint");
    hosts = List.copyOf(hosts);
  }
}
