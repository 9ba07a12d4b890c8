package org.dbtbastion.deployment;

import java.util.Objects;

/**
 * A host key that bastion hosts may show.
 *
 * @param type the key's type, such as {@code ssh-ed25519}
 * @param base64 the public key's blob, as in known_hosts
 */
public record HostKeyPin(String type, String base64) {

  public HostKeyPin {
    Objects.requireNonNull(type, "type");
    Objects.requireNonNull(base64, "base64");
  }
}
