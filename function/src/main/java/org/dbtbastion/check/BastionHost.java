package org.dbtbastion.check;

import java.util.Objects;
import java.util.Optional;

/**
 * One bastion host.
 *
 * @param id the EC2 instance's id
 * @param address host name or address at which the check reaches it
 * @param publicAddress the address at which others reach it; empty if it has none
 */
public record BastionHost(String id, String address, Optional<String> publicAddress) {

  public BastionHost {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(publicAddress, "publicAddress");
  }
}
