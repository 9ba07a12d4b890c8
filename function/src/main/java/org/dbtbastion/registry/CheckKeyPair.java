package org.dbtbastion.registry;

import java.util.Objects;
import org.dbtbastion.keys.PublicKey;

/**
 * The key pair with which the connection check logs in.
 *
 * @param publicKey the half that is registered
 * @param privateKey the other half, in OpenSSH's PEM format without a passphrase
 */
public record CheckKeyPair(PublicKey publicKey, String privateKey) {

  public CheckKeyPair {
    Objects.requireNonNull(publicKey, "publicKey");
    Objects.requireNonNull(privateKey, "privateKey");
  }

  /** Without the private half. */
  @Override
  public String toString() {
    return "CheckKeyPair[" + publicKey + "]";
  }
}
