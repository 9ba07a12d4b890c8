package org.dbtbastion.registry;

import java.util.List;
import java.util.Objects;

/** What became of registering a key. */
public sealed interface Registration {

  /** What was done. */
  enum Status {
    /** The key was not registered and is now. */
    CREATED,
    /** The key was registered with the same label and expiry; its entry was left as it is. */
    ALREADY_REGISTERED,
    /** The key was registered with another label or expiry, which was replaced. */
    UPDATED
  }

  /**
   * The key is registered.
   *
   * @param key as it is on record now
   * @param hosts which hosts have it already; empty if none is running
   */
  record Registered(Status status, RegisteredKey key, List<HostSync> hosts)
      implements Registration {
    public Registered {
      Objects.requireNonNull(status, "status");
      Objects.requireNonNull(key, "key");
      hosts = List.copyOf(hosts);
    }
  }

  /**
   * The key cannot expire at that moment; nothing was changed.
   *
   * @param detail what was asked for, in one sentence
   */
  record Refused(ExpiryProblem code, String detail) implements Registration {
    public Refused {
      Objects.requireNonNull(code, "code");
      Objects.requireNonNull(detail, "detail");
    }
  }
}
