package org.dbtbastion.infra.bastion;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dbtbastion.infra.monitoring.LogPattern;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the real sshd logs, with the deployed configuration, when something goes wrong. */
class LogPatternIT {

  private static final List<LogPattern> ALL = List.of(LogPattern.values());

  @TempDir static Path folder;
  private static Moto moto;
  private static HostKeys stored;
  private static Target target;
  private static Host host;
  private static SshKeys key;

  @BeforeAll
  static void makeBastion() {
    moto = Moto.start(folder);
    stored = HostKeys.make(folder);
    target = new Target();
    host =
        new Host(folder.resolve("host"), moto, "patterns", "127.0.0.1:" + target.port())
            .with(stored)
            .bootstrapped();
    key = host.newKey("key", "ed25519", 256);
    host.register(key);
    host.sync(0);
  }

  @AfterAll
  static void closeAccount() {
    host.close();
    target.close();
    moto.close();
  }

  @AfterEach
  void stopSshd() {
    host.stopSshd();
  }

  private static Stream<String> counted(LogPattern patterns) {
    return host.log().lines().filter(patterns::matches);
  }

  /** Lines of the log are counted, by these patterns alone. */
  private static void assertCounted(LogPattern patterns) {
    Await.until(
        patterns.metricName(),
        Duration.ofSeconds(15),
        () -> counted(patterns).findAny().isPresent());
    assertThat(ALL)
        .filteredOn(other -> other != patterns)
        .allSatisfy(other -> assertThat(counted(other)).as(host.log()).isEmpty());
  }

  /** The same, and it is one line. */
  private static void assertCountedOnce(LogPattern patterns) {
    assertCounted(patterns);
    assertThat(counted(patterns)).as(host.log()).hasSize(1);
  }

  private static Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), host.port);
    socket.setSoTimeout(15_000);
    return socket;
  }

  @Test
  void tunnelsAndTheirEndAreNoTrouble() {
    host.withSshd();
    assertThat(host.ssh(key, "-W", "127.0.0.1:" + target.port()).run().output())
        .isEqualTo(Target.HELLO);
    host.tunnel(key, target.port()).close();

    assertThat(ALL).allSatisfy(patterns -> assertThat(counted(patterns)).isEmpty());
  }

  @Test
  void aLoginThatIsDropped() throws IOException {
    host.withConfiguration("MaxStartups 600:100:600", "MaxStartups 1:100:1").withSshd();
    try (Socket first = connect()) {
      Await.until(
          "of two at once, one is dropped",
          Duration.ofSeconds(15),
          () -> {
            try (Socket second = connect()) {
              second.getInputStream().read();
            }
            first.getInputStream().read();
            return counted(LogPattern.DROPPED_LOGINS).findAny().isPresent();
          });
    } finally {
      host.withConfiguration("MaxStartups 1:100:1", "MaxStartups 600:100:600");
    }

    assertCounted(LogPattern.DROPPED_LOGINS);
  }

  @Test
  void aForwardThatIsRefused() {
    host.withSshd();

    assertThat(host.ssh(key, "-W", "127.0.0.2:5439").run().status()).isNotEqualTo(0);

    assertCountedOnce(LogPattern.REFUSED_FORWARDS);
  }

  @Test
  void aSignatureAlgorithmThatIsRefused() {
    SshKeys authority = host.newKey("authority", "ed25519", 256);
    SshKeys signed = host.newKey("signed", "ed25519", 256);
    assertThat(
            Command.of(
                    "ssh-keygen",
                    "-q",
                    "-s",
                    authority.privateKey().toString(),
                    "-I",
                    "test",
                    "-n",
                    Host.USER,
                    signed.privateKey() + ".pub")
                .run()
                .status())
        .isEqualTo(0);
    host.withSshd();

    // It tries the certificate, then its key, which nobody registered.
    assertThat(host.ssh(signed, "-W", "127.0.0.1:" + target.port()).run().errors())
        .contains("Permission denied");

    assertCountedOnce(LogPattern.REFUSED_ALGORITHMS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-c aes128-cbc",
        "-c aes128-ctr -m hmac-sha1",
        "-o HostKeyAlgorithms=ssh-rsa",
        "-o KexAlgorithms=ecdh-sha2-nistp256"
      })
  void anAlgorithmThatIsRefused(String options) {
    host.withSshd();
    List<String> words = new ArrayList<>(List.of(options.split(" ")));
    words.addAll(List.of("-W", "127.0.0.1:" + target.port()));

    assertThat(host.ssh(key, words.toArray(String[]::new)).run().errors()).contains("no matching");

    assertCountedOnce(LogPattern.REFUSED_ALGORITHMS);
  }

  @Test
  void aClientThatNoLongerAnswers() throws IOException {
    host.withSshd("ClientAliveInterval=1", "ClientAliveCountMax=1");
    ChildProcess tunnel = host.tunnel(key, target.port());

    assertThat(Command.of("kill", "-STOP", Long.toString(tunnel.pid())).run().status())
        .isEqualTo(0);
    try {
      assertCountedOnce(LogPattern.SILENT_CLIENTS);
    } finally {
      tunnel.kill();
    }
  }

  /** Older ones, with the fix of CVE-2024-6387, end it as well, but say nothing. */
  @Test
  void aClientThatNeverLogsIn() throws IOException {
    host.withSshd("LoginGraceTime=1");
    try (Socket silent = connect()) {
      byte[] greeting = silent.getInputStream().readAllBytes();

      assertThat(new String(greeting, StandardCharsets.US_ASCII)).startsWith("SSH-2.0-");
      if (saysWhoNeverLoggedIn(new String(greeting, StandardCharsets.US_ASCII))) {
        assertCountedOnce(LogPattern.SILENT_CLIENTS);
      }
    }
  }

  private static boolean saysWhoNeverLoggedIn(String greeting) {
    Matcher version = Pattern.compile("OpenSSH_(\\d+)\\.(\\d+)").matcher(greeting);
    assertThat(version.find()).as(greeting).isTrue();
    return Integer.parseInt(version.group(1)) * 100 + Integer.parseInt(version.group(2)) >= 908;
  }
}
