package org.dbtbastion.check;

import java.util.Objects;

/**
 * Where tunnels enter.
 *
 * @param bastion the bastion's name
 * @param user the user that logs in over SSH
 * @param port the TCP port of sshd on every host
 */
public record Entrance(String bastion, String user, int port) {

  public Entrance {
    Objects.requireNonNull(bastion, "bastion");
    Objects.requireNonNull(user, "user");
    if (port < 1 || port > 65535) {
      throw new IllegalArgumentException("port " + port + " is not between 1 and 65535");
    }
  }
}
