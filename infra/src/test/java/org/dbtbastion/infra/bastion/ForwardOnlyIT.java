package org.dbtbastion.infra.bastion;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dbtbastion.testing.Await;
import org.dbtbastion.testing.ChildProcess;
import org.dbtbastion.testing.FreePort;
import org.dbtbastion.testing.Moto;
import org.dbtbastion.testing.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
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
    host =
        new Host(folder.resolve("host"), moto, "forward", "127.0.0.1:" + target.port())
            .bootstrapped();
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

  @BeforeEach
  void allowedForwardWorks() {
    assertThat(host.ssh(key, "-W", "127.0.0.1:" + target.port()).run().output())
        .isEqualTo(Target.HELLO);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"rsa 4096", "rsa 2048", "ecdsa 256", "ecdsa 384", "ecdsa 521", "ed25519 256"})
  void forwardsWithEveryTypeOfKey(String type) {
    String[] parts = type.split(" ");
    SshKeys other = host.newKey("key-" + parts[0] + parts[1], parts[0], Integer.parseInt(parts[1]));
    assertThat(host.ssh(other, "-W", "127.0.0.1:" + target.port()).run().errors())
        .contains("Permission denied (publickey)");

    host.register(other);
    host.sync(0);

    assertThat(host.ssh(other, "-W", "127.0.0.1:" + target.port()).run().output())
        .isEqualTo(Target.HELLO);
    host.tunnel(other, target.port());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa-sha2-256", "rsa-sha2-512"})
  void servesBothHostKeysAndRsaSignaturesWithSha2(String algorithm) {
    assertThat(
            host.ssh(
                    key, "-o", "HostKeyAlgorithms=" + algorithm, "-W", "127.0.0.1:" + target.port())
                .run()
                .output())
        .isEqualTo(Target.HELLO);
  }

  static Stream<List<String>> attemptsAtASession() {
    return Stream.of(
        List.of(),
        List.of("--", "id"),
        List.of("-t", "-t"),
        List.of("-s", "--", "sftp"),
        List.of("-s", "--", "netconf"),
        List.of("-A", "--", "ssh-add -l"),
        List.of("-X", "--", "xclock"),
        List.of("--", "scp -t /tmp/copied"),
        List.of("-o", "SendEnv=*", "-o", "SetEnv=LD_PRELOAD=/tmp/x", "--", "env"));
  }

  @ParameterizedTest
  @MethodSource("attemptsAtASession")
  void refusesEverySession(List<String> attempt) {
    List<String> before = new ArrayList<>(attempt);
    List<String> after = List.of();
    int separator = attempt.indexOf("--");
    if (separator >= 0) {
      before = attempt.subList(0, separator);
      after = attempt.subList(separator + 1, attempt.size());
    }
    List<String> words = new ArrayList<>(host.ssh(key, before.toArray(String[]::new)).words());
    words.addAll(after);
    int logged = host.log().length();

    Command.Result result = new Command(words, Map.of("DISPLAY", ":99")).run();

    assertThat(result.status()).isEqualTo(255);
    assertThat(result.output()).isEmpty();
    Await.until(
        "sshd logs the refusal",
        Duration.ofSeconds(10),
        () -> host.log().substring(logged).contains("no more sessions"));
  }

  @Test
  void refusesSftpAndScpClients() {
    for (String program : List.of("sftp", "scp")) {
      List<String> words = new ArrayList<>(host.ssh(key).words());
      words.removeLast();
      words.set(0, program);
      words.set(words.indexOf("-p"), "-P");
      int login = words.indexOf("-l");
      words.subList(login, login + 2).clear();
      words.add(Host.USER + "@127.0.0.1:/etc/hostname");
      words.add(folder.resolve("copied").toString());

      assertThat(new Command(words, Map.of()).run().status()).as(program).isNotEqualTo(0);
      assertThat(folder.resolve("copied")).doesNotExist();
    }
  }

  static Stream<String> otherTargets() {
    int port = target.port();
    return Stream.of(
        "127.0.0.1:" + otherTarget.port(),
        "127.0.0.1:22",
        "127.0.0.1:" + host.port,
        "localhost:" + port,
        "127.0.0.2:" + port,
        "127.1:" + port,
        "2130706433:" + port,
        "0x7f000001:" + port,
        "0.0.0.0:" + port,
        "127.0.0.1.:" + port,
        "[::1]:" + port,
        "[::ffff:127.0.0.1]:" + port,
        "[::]:" + port,
        "169.254.169.254:80",
        "[::ffff:169.254.169.254]:80",
        "[fd00:ec2::254]:80",
        "instance-data:80");
  }

  @ParameterizedTest
  @MethodSource("otherTargets")
  void refusesForwardingToAnyOtherTarget(String other) {
    int logged = host.log().length();

    Command.Result result = host.ssh(key, "-W", other).run();

    assertThat(result.status()).isNotEqualTo(0);
    assertThat(result.output()).isEmpty();
    assertThat(result.errors()).contains("administratively prohibited");
    assertThat(host.log().substring(logged)).contains("but the request was denied");
  }

  @Test
  void refusesDynamicForwardingToAnyOtherTarget() {
    int socks = FreePort.find();
    try (ChildProcess client =
        host.ssh(key, "-N", "-D", "127.0.0.1:" + socks).start(folder.resolve("socks.log"))) {
      Proxy proxy = new Proxy(Proxy.Type.SOCKS, new InetSocketAddress("127.0.0.1", socks));
      client.awaitReady(
          "the proxy forwards", Duration.ofSeconds(20), () -> answersThrough(proxy, target.port()));
      int logged = host.log().length();

      assertThat(succeeds(proxy, otherTarget.port())).isFalse();
      assertThat(host.log().substring(logged)).contains("but the request was denied");
    }
  }

  private static boolean answersThrough(Proxy proxy, int port) throws IOException {
    try (Socket socket = new Socket(proxy)) {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 5000);
      socket.setSoTimeout(5000);
      return socket.getInputStream().read() != -1;
    }
  }

  private static boolean succeeds(Proxy proxy, int port) {
    try {
      return answersThrough(proxy, port);
    } catch (IOException e) {
      return false;
    }
  }

  static Stream<List<String>> attemptsAtListening() {
    return Stream.of(
        List.of("-R", FreePort.find() + ":127.0.0.1:" + target.port()),
        List.of("-R", "0.0.0.0:" + FreePort.find() + ":127.0.0.1:" + target.port()),
        List.of("-R", "0:127.0.0.1:" + target.port()),
        List.of("-R", Integer.toString(FreePort.find())),
        List.of("-R", folder.resolve("remote.sock") + ":127.0.0.1:" + target.port()));
  }

  @ParameterizedTest
  @MethodSource("attemptsAtListening")
  void refusesRemoteForwards(List<String> attempt) {
    List<String> words = new ArrayList<>(List.of("-N"));
    words.addAll(attempt);

    Command.Result result = host.ssh(key, words.toArray(String[]::new)).run();

    assertThat(result.status()).isEqualTo(255);
    assertThat(result.errors()).contains("remote port forwarding failed");
    assertThat(folder.resolve("remote.sock")).doesNotExist();
  }

  @Test
  void refusesForwardingToAUnixSocket() {
    int local = FreePort.find();
    int logged = host.log().length();
    try (ChildProcess client =
        host.ssh(key, "-N", "-L", local + ":/run/dbus/system_bus_socket")
            .start(folder.resolve("stream.log"))) {
      client.awaitReady(
          "sshd refuses",
          Duration.ofSeconds(20),
          () -> {
            Host.answers(local);
            return host.log().substring(logged).contains("refused streamlocal port forward");
          });
    }
  }

  @Test
  void refusesATunDevice() {
    int logged = host.log().length();

    Command.Result result = host.ssh(key, "-N", "-w", "any:any").run();

    assertThat(result.status()).isEqualTo(255);
    // Without the right to make a device at home, the client does not even ask.
    assertThat(result.errors()).containsIgnoringCase("tunnel");
    assertThat(host.log().substring(logged)).doesNotContain("tun0 created");
  }

  @Test
  void refusesPasswords() {
    Command.Result result =
        host.ssh(
                key,
                "-o",
                "BatchMode=no",
                "-o",
                "NumberOfPasswordPrompts=1",
                "-o",
                "PubkeyAuthentication=no",
                "-o",
                "PreferredAuthentications=password,keyboard-interactive,hostbased",
                "-W",
                "127.0.0.1:" + target.port())
            .run();

    assertThat(result.errors()).contains("Permission denied (publickey).");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nobody", "no-such-user", "ec2-user", "daemon"})
  void refusesOtherUsersWithARegisteredKey(String user) {
    Command.Result result = host.sshAs(user, key, "-W", "127.0.0.1:" + target.port()).run();

    assertThat(result.errors()).contains("Permission denied (publickey).");
  }

  @Test
  void refusesAKeyThatNobodyRegistered() {
    SshKeys stranger = host.newKey("stranger", "ed25519", 256);

    assertThat(host.ssh(stranger, "-W", "127.0.0.1:" + target.port()).run().errors())
        .contains("Permission denied (publickey).");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-o KexAlgorithms=ecdh-sha2-nistp256",
        "-o KexAlgorithms=diffie-hellman-group-exchange-sha256",
        "-o HostKeyAlgorithms=ssh-rsa",
        "-o MACs=hmac-sha1 -c aes128-ctr",
        "-c aes128-cbc"
      })
  void refusesWeakAlgorithms(String options) {
    List<String> words = new ArrayList<>(List.of(options.split(" ")));
    words.addAll(List.of("-W", "127.0.0.1:" + target.port()));

    assertThat(host.ssh(key, words.toArray(String[]::new)).run().errors()).contains("no matching");
  }
}
