package org.dbtbastion.registry;

import java.util.Objects;

/**
 * How far one host is with fetching the keys.
 *
 * @param host what identifies the host, such as its instance id
 * @param detail what is known beyond the state, in one sentence; may be empty
 */
public record HostSync(String host, State state, String detail) {

  /** How far. */
  public enum State {
    /** The host has all keys as they are registered now. */
    APPLIED,
    /** The host has not answered yet; it will catch up by itself. */
    PENDING,
    /** The host could not do it, and still has the keys that it had. */
    FAILED
  }

  public HostSync {
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(detail, "detail");
  }
}
