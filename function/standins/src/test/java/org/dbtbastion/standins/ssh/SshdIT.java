package org.dbtbastion.standins.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.FreePort;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SshdIT {

  private static final Path PRIVILEGE_SEPARATION = Path.of("/run/sshd");

  @TempDir private Path folder;
  private int port;

  @BeforeEach
  void choosePort() {
    port = FreePort.find();
  }

  @Test
  void greetsUntilClosedAndThenCutsConnections() throws IOException {
    boolean folderBefore = Files.exists(PRIVILEGE_SEPARATION);
    Socket session;
    Sshd closed;
    try (Sshd sshd = start()) {
      closed = sshd;
      session = new Socket("127.0.0.1", port);
      assertThat(greeting(session)).isEqualTo("SSH-2.0-");
      assertThat(sshd.logText()).contains("Server listening on 127.0.0.1 port " + port);
    }

    try (session) {
      assertThat(closed.process().alive()).isFalse();
      assertThat(readsUntilCut(session)).isTrue();
      assertThatThrownBy(() -> new Socket("127.0.0.1", port).close())
          .isInstanceOf(ConnectException.class);
      assertThat(Files.exists(PRIVILEGE_SEPARATION)).isEqualTo(folderBefore);
    }
  }

  @Test
  void severalServersOutliveEachOther() throws IOException {
    Sshd survivor;
    try (Sshd first = start()) {
      port = FreePort.find();
      survivor = start();
      assertThat(first.port()).isNotEqualTo(survivor.port());
    }

    try (survivor;
        Socket session = new Socket("127.0.0.1", survivor.port())) {
      assertThat(greeting(session)).isEqualTo("SSH-2.0-");
    }
  }

  @Test
  void aBrokenConfigurationIsReportedWithTheReason() throws IOException {
    Path configuration = configuration();
    Files.writeString(configuration, "NoSuchSetting yes\n");

    assertThatThrownBy(
            () -> Sshd.start(configuration, "127.0.0.1", port, folder.resolve("sshd.log")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("NoSuchSetting");
  }

  @Test
  void keysAreOfTheTypeBitsAndCommentAskedFor() {
    SshKeys dbt = SshKeys.likeDbt(folder, "dbt");
    SshKeys ecdsa = SshKeys.generate(folder, "ecdsa", "ecdsa", OptionalInt.of(384), "a comment");

    assertThat(SshKeys.describe(dbt.publicKey())).startsWith("4096 SHA256:").endsWith("(RSA)");
    assertThat(dbt.publicKeyLine().split(" ")).hasSize(2).startsWith("ssh-rsa");
    assertThat(dbt.fingerprint()).matches("SHA256:[A-Za-z0-9+/]{43}");
    assertThat(dbt.privateKeyText()).startsWith("-----BEGIN OPENSSH PRIVATE KEY-----");
    assertThat(ecdsa.publicKeyLine()).startsWith("ecdsa-sha2-nistp384 ").endsWith(" a comment");
  }

  @Test
  void letsAKeyIn() throws IOException {
    SshKeys keys = SshKeys.ed25519(folder, "client");
    Files.writeString(folder.resolve("authorized_keys"), keys.publicKeyLine() + "\n");
    try (Sshd sshd = start();
        ChildProcess ssh =
            ChildProcess.of(
                    "ssh",
                    folder.resolve("ssh.log"),
                    List.of(
                        "ssh",
                        "-N",
                        "-F",
                        "none",
                        "-o",
                        "StrictHostKeyChecking=no",
                        "-o",
                        "UserKnownHostsFile=/dev/null",
                        "-o",
                        "IdentitiesOnly=yes",
                        "-i",
                        keys.privateKey().toString(),
                        "-p",
                        Integer.toString(sshd.port()),
                        System.getProperty("user.name") + "@127.0.0.1"))
                .start()) {
      ssh.awaitReady(
          "sshd accepts the key",
          Duration.ofSeconds(20),
          () ->
              sshd.logText().contains("Accepted publickey")
                  && sshd.logText().contains(keys.fingerprint()));
    }
  }

  private static String greeting(Socket session) throws IOException {
    session.setSoTimeout(5_000);
    return new String(session.getInputStream().readNBytes(8), StandardCharsets.US_ASCII);
  }

  private static boolean readsUntilCut(Socket session) {
    try {
      session.getInputStream().readAllBytes();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  private Sshd start() throws IOException {
    return Sshd.start(
        configuration(), "127.0.0.1", port, folder.resolve("sshd.log"), "StrictModes=no");
  }

  private Path configuration() throws IOException {
    SshKeys hostKey = SshKeys.ed25519(folder, "host-key");
    return Files.writeString(
        folder.resolve("sshd_config"),
        """
        Port %d
        ListenAddress 127.0.0.1
        HostKey %s
        PidFile none
        AuthorizedKeysFile %s
        PermitRootLogin prohibit-password
        """
            .formatted(port, hostKey.privateKey(), folder.resolve("authorized_keys")));
  }
}
