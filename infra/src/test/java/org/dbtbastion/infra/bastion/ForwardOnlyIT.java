package org.dbtbastion.infra.bastion;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.ssh.Attempt;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a registered key may do, and what not, with the real sshd and ssh. */
class ForwardOnlyIT {

  @TempDir static Path folder;
  private static Moto moto;
  private static Target target;
  private static Target otherTarget;
  private static Host host;
  private static SshKeys key;

  @BeforeAll
  static void startBastion() {
    moto = Moto.start(folder);
    target = new Target();
    otherTarget = new Target();
    host = new Host(folder.resolve("host"), moto, "forward", allowed()).bootstrapped();
    key = host.newKey("ed25519", "ed25519", 256);
    host.register(key);
    host.sync(0);
    host.withSshd();
  }

  @AfterAll
  static void stopBastion() {
    host.close();
    target.close();
    otherTarget.close();
    moto.close();
  }

  private static String allowed() {
    return "127.0.0.1:" + target.port();
  }

  @BeforeEach
  void allowedForwardWorks() {
    assertThat(host.ssh(key, "-W", allowed()).run().output()).isEqualTo(Target.HELLO);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rsa 4096", "rsa 2048", "ecdsa 256", "ecdsa 384", "ecdsa 521", "ed25519 256"})
  void forwardsWithEveryTypeOfKey(String type) {
    String[] parts = type.split(" ");
    SshKeys other = host.newKey("key-" + parts[0] + parts[1], parts[0], Integer.parseInt(parts[1]));
    assertThat(host.ssh(other, "-W", allowed()).run().errors())
        .contains("Permission denied (publickey)");

    host.register(other);
    host.sync(0);

    assertThat(host.ssh(other, "-W", allowed()).run().output()).isEqualTo(Target.HELLO);
    host.tunnel(other, target.port());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa-sha2-256", "rsa-sha2-512"})
  void servesBothHostKeysAndRsaSignaturesWithSha2(String algorithm) {
    assertThat(
            host.ssh(key, "-o", "HostKeyAlgorithms=" + algorithm, "-W", allowed()).run().output())
        .isEqualTo(Target.HELLO);
  }

  static Stream<Attempt> attempts() {
    return Stream.of(
            Attempt.at(Host.USER, allowed()),
            Attempt.loopback(target.port())
                .filter(other -> !other.equals(allowed()))
                .map(Attempt::forwarding),
            Stream.of("127.0.0.1:" + otherTarget.port(), "127.0.0.1:22", "127.0.0.1:" + host.port)
                .map(Attempt::forwarding),
            Stream.of(Attempt.forwardingDynamically("127.0.0.1:" + otherTarget.port())))
        .flatMap(some -> some);
  }

  @ParameterizedTest
  @MethodSource("attempts")
  void refuses(Attempt attempt) {
    attempt.assertRefusedBy(new Attacked());
  }

  private static final class Attacked implements Attempt.Bastion {

    @Override
    public String user() {
      return Host.USER;
    }

    @Override
    public SshKeys key() {
      return key;
    }

    @Override
    public Command ssh(String user, SshKeys key, String... options) {
      return host.sshAs(user, key, options);
    }

    @Override
    public Socket dial(int port) throws IOException {
      return new Socket("127.0.0.1", port);
    }

    @Override
    public String log() {
      return host.log();
    }

    @Override
    public Path folder() {
      return folder;
    }
  }
}
