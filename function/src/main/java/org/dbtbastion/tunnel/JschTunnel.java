package org.dbtbastion.tunnel;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import java.io.IOException;
import java.net.Socket;
import org.dbtbastion.check.Attempt;
import org.dbtbastion.check.Code;
import org.dbtbastion.check.Ssh;

/** Forwards by opening direct-tcpip channels (RFC 4254, section 7.2). */
final class JschTunnel implements Ssh.Tunnel {

  /** SSH_OPEN_ADMINISTRATIVELY_PROHIBITED and SSH_OPEN_CONNECT_FAILED, RFC 4254, section 5.1. */
  private static final int PROHIBITED = 1;

  private static final int CONNECT_FAILED = 2;

  private final Session session;

  JschTunnel(Session session) {
    this.session = session;
  }

  @Override
  public Attempt<Socket> forward(String host, int port) {
    String target = host + ":" + port;
    Channel channel = null;
    try {
      channel = session.getStreamForwarder(host, port);
      ChannelSocket socket = new ChannelSocket(channel, target);
      channel.connect();
      return new Attempt.Passed<>(socket, "forwarded to " + target);
    } catch (JSchException | IOException e) {
      return switch (channel == null ? -1 : channel.getExitStatus()) {
        case PROHIBITED ->
            new Attempt.Failed<>(
                Code.FORWARDING_REFUSED, "forwarding to " + target + " is prohibited");
        case CONNECT_FAILED ->
            new Attempt.Failed<>(
                Code.TARGET_UNREACHABLE, "the bastion could not connect to " + target);
        default ->
            new Attempt.Failed<>(Code.SSH_LOST, "no channel to " + target + ": " + Messages.of(e));
      };
    }
  }
}
