package org.dbtbastion.deployment;

import java.util.Objects;

/**
 * A private key to log in with.
 *
 * @param privateKey in OpenSSH's PEM format, without a passphrase
 */
public record SshIdentity(String privateKey) {

  public SshIdentity {
    Objects.requireNonNull(privateKey, "privateKey");
  }

  /** Without the key. */
  @Override
  public String toString() {
    return "SshIdentity[]";
  }
}
