package org.dbtbastion.action;

import org.dbtbastion.text.Kebab;

/** What can be asked of the function. */
public enum Action {
  /** Registers a public key. */
  REGISTER_KEY,
  /** Revokes a public key. */
  REVOKE_KEY,
  /** Lists the registered keys. */
  LIST_KEYS,
  /** Sees to it that the connection check has a key of its own. */
  RENEW_CHECK_KEY,
  /** Checks connections. */
  CHECK,
  /** Says what to type into dbt. */
  DBT_SETTINGS;

  /** The name in requests, such as {@code register-key}. */
  public String id() {
    return Kebab.of(this);
  }

  /**
   * The action of this name; the configuration converts with it.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Action of(String id) {
    return Kebab.find(Action.class, id)
        .orElseThrow(() -> new IllegalArgumentException("there is no action " + id));
  }
}
