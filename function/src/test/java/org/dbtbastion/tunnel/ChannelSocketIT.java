package org.dbtbastion.tunnel;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.dbtbastion.check.Ssh;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.standins.net.BrokenServer;
import org.dbtbastion.standins.net.CertificateAuthority;
import org.dbtbastion.standins.net.TlsServers;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.OpenFiles;
import org.dbtbastion.standins.ssh.BastionSshd;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Through a real sshd. */
class ChannelSocketIT {

  private static final int TIMES = 30;

  @TempDir private static Path folder;

  @Test
  void closingTlsOverATunnelLeavesNoNativeSocketBehind() throws Exception {
    CertificateAuthority authority = CertificateAuthority.create("CA of a TLS server");
    SshKeys key = SshKeys.ed25519(folder, "check");
    try (BrokenServer server = TlsServers.start(authority.serverContext("localhost"));
        BastionSshd bastion =
            BastionSshd.start(folder.resolve("sshd"), List.of("localhost:" + server.port()))) {
      bastion.authorize(key);
      try (Ssh.Handshake handshake =
          new JschSsh()
              .begin(
                  new Socket(InetAddress.getLoopbackAddress(), bastion.port()),
                  BastionSshd.user(),
                  pins(bastion),
                  Optional.of(new SshIdentity(key.privateKeyText())))) {
        assertThat(handshake.hostKey()).isInstanceOf(Attempt.Passed.class);
        Ssh.Tunnel tunnel = value(handshake.authentication());
        // The first opens what the JVM keeps open.
        TlsServers.shakeHands(authority, value(tunnel.forward("localhost", server.port())));
        Await.until("the server has closed", Duration.ofSeconds(10), () -> server.open() == 0);
        long before = OpenFiles.count();

        for (int i = 0; i < TIMES; i++) {
          TlsServers.shakeHands(authority, value(tunnel.forward("localhost", server.port())));
        }

        Await.until("the server has closed", Duration.ofSeconds(10), () -> server.open() == 0);
        assertThat(OpenFiles.count()).isLessThan(before + TIMES / 2);
      }
    }
  }

  private static List<HostKeyPin> pins(BastionSshd bastion) {
    return bastion.hostKeys().stream()
        .map(line -> line.split(" "))
        .map(parts -> new HostKeyPin(parts[0], parts[1]))
        .toList();
  }

  private static <T> T value(Attempt<T> attempt) {
    assertThat(attempt).isInstanceOf(Attempt.Passed.class);
    return ((Attempt.Passed<T>) attempt).value();
  }
}
