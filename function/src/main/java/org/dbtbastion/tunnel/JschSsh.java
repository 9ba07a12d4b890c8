package org.dbtbastion.tunnel;

import java.net.Socket;
import java.util.List;
import java.util.Optional;
import org.dbtbastion.check.Ssh;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshIdentity;

/** SSH by JSch, with its default algorithms: no SHA-1 signatures, no CBC ciphers. */
public final class JschSsh implements Ssh {

  @Override
  public Handshake begin(
      Socket socket, String user, List<HostKeyPin> pins, Optional<SshIdentity> identity) {
    JschHandshake handshake = new JschHandshake(socket, user, new PinnedHostKeys(pins), identity);
    handshake.start();
    return handshake;
  }
}
