package org.dbtbastion.network;

import java.time.Instant;
import java.util.Objects;
import java.util.Set;
import org.dbtbastion.address.Cidr;

/**
 * A bastion host that is not terminated.
 *
 * @param id the EC2 instance's id
 * @param state in EC2's words, such as {@code running}
 * @param launched when it began to boot
 */
public record BastionInstance(
    String id, String state, Cidr address, String subnet, Set<String> groups, Instant launched) {

  public BastionInstance {
    Objects.requireNonNull(id, "id");
    Objects.requireNonNull(state, "state");
    Objects.requireNonNull(address, "address");
    Objects.requireNonNull(subnet, "subnet");
    groups = Set.copyOf(groups);
    Objects.requireNonNull(launched, "launched");
  }

  /** Whether it runs. */
  public boolean running() {
    return state.equals("running");
  }
}
