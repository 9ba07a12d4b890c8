package org.dbtbastion.keys;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The types of keys that may be registered, by the names of RFC 4253, RFC 5656, RFC 8709 and
 * OpenSSH's PROTOCOL.u2f.
 */
public enum KeyType {
  ED25519("ssh-ed25519"),
  ECDSA_P256("ecdsa-sha2-nistp256"),
  ECDSA_P384("ecdsa-sha2-nistp384"),
  ECDSA_P521("ecdsa-sha2-nistp521"),
  RSA("ssh-rsa"),
  SK_ED25519("sk-ssh-ed25519@openssh.com"),
  SK_ECDSA_P256("sk-ecdsa-sha2-nistp256@openssh.com");

  private final String sshName;

  KeyType(String sshName) {
    this.sshName = sshName;
  }

  /** The name in front of a key line and inside the key, such as {@code ssh-ed25519}. */
  public String sshName() {
    return sshName;
  }

  static Optional<KeyType> named(String sshName) {
    return Arrays.stream(values()).filter(type -> type.sshName.equals(sshName)).findFirst();
  }

  static String allNames() {
    return Arrays.stream(values()).map(KeyType::sshName).collect(Collectors.joining(", "));
  }
}
