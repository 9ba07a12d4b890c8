package org.dbtbastion.check;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshAccess;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Stage;
import org.dbtbastion.socket.Dns;
import org.dbtbastion.socket.Tcp;

/** Logs in to bastion hosts as dbt does: the stages of a tunnel up to the login. Thread-safe. */
final class TunnelLogin {

  private static final Set<Code> UNREACHABLE = Set.of(Code.BASTION_REFUSED, Code.BASTION_TIMEOUT);

  private final SshAccess access;
  private final Dns dns;
  private final Ssh ssh;
  private final Bastion bastion;

  TunnelLogin(SshAccess access, Dns dns, Ssh ssh, Bastion bastion) {
    this.access = access;
    this.dns = dns;
    this.ssh = ssh;
    this.bastion = bastion;
  }

  /**
   * Logs in.
   *
   * @param host a failure, if none was found: that is what the first stage comes to
   * @param loggedIn is run while the login is open; not at all, if a stage failed
   */
  void run(Stages stages, Attempt<BastionHost> host, Consumer<Ssh.Tunnel> loggedIn) {
    stages
        .run(Stage.BASTION_DNS, Code.DNS_TIMEOUT, _ -> host.then(this::resolve))
        .flatMap(addresses -> connect(stages, host.toOptional(), addresses))
        .ifPresent(socket -> shakeHands(stages, socket, loggedIn));
  }

  private Attempt<List<InetAddress>> resolve(BastionHost host) throws InterruptedException {
    Attempt<List<InetAddress>> attempt = dns.resolve(host.address(), Code.BASTION_NAME_NOT_FOUND);
    return attempt instanceof Attempt.Passed<List<InetAddress>>(var addresses, String detail)
            && host.publicAddress().isPresent()
        ? new Attempt.Passed<>(addresses, detail + ", for dbt " + host.publicAddress().get())
        : attempt;
  }

  private Optional<Socket> connect(
      Stages stages, Optional<BastionHost> host, List<InetAddress> addresses) {
    Optional<Socket> socket =
        stages.run(
            Stage.BASTION_TCP,
            Code.BASTION_TIMEOUT,
            deadline ->
                Tcp.connect(
                    addresses,
                    access.port(),
                    Code.BASTION_REFUSED,
                    Code.BASTION_TIMEOUT,
                    deadline));
    if (socket.isEmpty()
        && host.filter(bastion::mayBeBooting).isPresent()
        && stages.warnInsteadOf(UNREACHABLE, Code.BASTION_BOOTING)) {
      stages.skipOthers("the host may be booting");
    }
    return socket;
  }

  private void shakeHands(Stages stages, Socket socket, Consumer<Ssh.Tunnel> loggedIn) {
    Optional<List<HostKeyPin>> pins = bastion.pins().toOptional();
    if (pins.isEmpty()) {
      stages.run(Stage.HOST_KEY, Code.AWS_FAILED, _ -> bastion.pins());
      close(socket);
      return;
    }
    // Without a key of its own the check still looks at the host key before it says so.
    Attempt<SshIdentity> identity = bastion.identity();
    try (Ssh.Handshake handshake =
        ssh.begin(socket, access.user(), pins.get(), identity.toOptional())) {
      if (stages
          .run(Stage.HOST_KEY, handshake::hostKeyTimeout, _ -> handshake.hostKey())
          .isEmpty()) {
        return;
      }
      stages
          .run(
              Stage.SSH_AUTH,
              Code.SSH_AUTH_TIMEOUT,
              _ -> identity.then(_ -> handshake.authentication()))
          .ifPresent(loggedIn);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is no longer needed.
    }
  }
}
