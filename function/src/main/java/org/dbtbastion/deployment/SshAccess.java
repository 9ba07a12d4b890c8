package org.dbtbastion.deployment;

import java.util.Objects;
import org.dbtbastion.address.TcpPort;

/**
 * Where tunnels enter.
 *
 * @param bastion the bastion's name
 * @param user the user that logs in over SSH
 * @param port the TCP port of sshd on every host
 */
public record SshAccess(String bastion, String user, int port) {

  public SshAccess {
    Objects.requireNonNull(bastion, "bastion");
    Objects.requireNonNull(user, "user");
    TcpPort.require(port);
  }
}
