package org.dbtbastion.standins.ssh;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.FreePort;

/** Something that OpenSSH's client can ask of a bastion, and that must be refused to everybody. */
public final class Attempt {

  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int READ_MILLIS = 10_000;
  private static final Map<String, String> X11 = Map.of("DISPLAY", ":99");
  private static final String DENIED = "but the request was denied";

  private final String name;
  private final Consumer<Bastion> refused;

  private Attempt(String name, Consumer<Bastion> refused) {
    this.name = name;
    this.refused = refused;
  }

  /** A bastion and a client of it, whose key is registered. */
  public interface Bastion {

    /** Whom the key lets in. */
    String user();

    SshKeys key();

    /** A client that logs in. Its last word is the host; all options are such as sftp knows too. */
    Command ssh(String user, SshKeys key, String... options);

    /** A connection to a port on the client's machine. */
    Socket dial(int port) throws IOException;

    /** What sshd has logged so far. */
    String log();

    /** Where the client's files go. */
    Path folder();
  }

  /**
   * All those that are the same at every bastion.
   *
   * @param user whom the key lets in
   * @param target the {@code host:port} to which forwarding is allowed
   */
  public static Stream<Attempt> at(String user, String target) {
    return Stream.of(
            sessions(),
            Stream.of("sftp", "scp").map(Attempt::copying),
            instanceMetadata().map(Attempt::forwarding),
            Stream.of("169.254.169.254:80", "localhost:22").map(Attempt::forwardingDynamically),
            listening(target),
            Stream.of(
                forwardingToSocket("/run/dbus/system_bus_socket"),
                tunnelDevice(),
                password(target),
                unregisteredKey(target)),
            Stream.of("root", "nobody", "no-such-user", "ec2-user", "daemon")
                .filter(other -> !other.equals(user))
                .map(other -> login(other, target)),
            weakAlgorithms(target))
        .flatMap(attempts -> attempts);
  }

  private static Stream<Attempt> sessions() {
    return Stream.of(
        session("a shell", List.of()),
        session("a command", List.of(), "id"),
        session("a terminal", List.of("-t", "-t")),
        session("sftp's subsystem", List.of("-s"), "sftp"),
        session("another subsystem", List.of("-s"), "netconf"),
        session("agent forwarding", List.of("-A"), "ssh-add -l"),
        session("X11 forwarding", List.of("-X"), "xclock"),
        session("scp's command", List.of(), "scp -t /tmp/copied"),
        session("variables", List.of("-o", "SendEnv=*", "-o", "SetEnv=LD_PRELOAD=/x"), "env"));
  }

  private static Attempt session(String name, List<String> options, String... command) {
    return new Attempt(
        name,
        bastion -> {
          List<String> words = new ArrayList<>(client(bastion, options).words());
          words.addAll(List.of(command));

          Command.Result result = loggedAs("no more sessions", bastion, new Command(words, X11));

          assertThat(result.status()).isEqualTo(255);
          assertThat(result.output()).isEmpty();
        });
  }

  private static Attempt copying(String program) {
    return new Attempt(
        program,
        bastion -> {
          Path copied = bastion.folder().resolve("copied");
          List<String> words = new ArrayList<>(client(bastion, List.of()).words());
          words.set(words.indexOf("ssh"), program);
          words.add(words.removeLast() + ":/etc/hostname");
          words.add(copied.toString());

          Command.Result result =
              loggedAs("no more sessions", bastion, new Command(words, Map.of()));

          assertThat(result.status()).isNotEqualTo(0);
          assertThat(copied).doesNotExist();
        });
  }

  /** The bastion itself, in all ways to write it. */
  public static Stream<String> loopback(int port) {
    return Stream.of(
            "localhost",
            "127.0.0.1",
            "127.0.0.1.",
            "127.0.0.2",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0.0.0.0",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[::]")
        .map(host -> host + ":" + port);
  }

  private static Stream<String> instanceMetadata() {
    return Stream.of(
            "169.254.169.254",
            "2852039166",
            "0xa9fea9fe",
            "[::ffff:169.254.169.254]",
            "[fd00:ec2::254]",
            "instance-data",
            "instance-data.ec2.internal")
        .map(host -> host + ":80");
  }

  /** A forward to a {@code host:port} that is not the bastion's target. */
  public static Attempt forwarding(String other) {
    return new Attempt(
        "forwarding to " + other,
        bastion -> {
          Command.Result result = loggedAs(DENIED, bastion, client(bastion, List.of("-W", other)));

          assertThat(result.status()).isNotEqualTo(0);
          assertThat(result.output()).isEmpty();
          assertThat(result.errors()).contains("administratively prohibited");
        });
  }

  /** The same by a client that is a SOCKS proxy. */
  public static Attempt forwardingDynamically(String other) {
    return new Attempt(
        "dynamic forwarding to " + other,
        bastion -> endsUnanswered(bastion, "-D", "", DENIED, socket -> askProxy(socket, other)));
  }

  private static Attempt forwardingToSocket(String path) {
    return new Attempt(
        "forwarding to the Unix socket " + path,
        bastion ->
            endsUnanswered(
                bastion, "-L", ":" + path, "refused streamlocal port forward", socket -> {}));
  }

  /** What is said on a connection before the first answer that is the target's. */
  @FunctionalInterface
  private interface Opening {
    void say(Socket socket) throws IOException;
  }

  private static void endsUnanswered(
      Bastion bastion, String option, String to, String logged, Opening opening) {
    int port = FreePort.find();
    String before = bastion.log();
    try (ChildProcess client =
        client(bastion, List.of("-N", option, "127.0.0.1:" + port + to))
            .start(bastion.folder().resolve("forwards.log"))) {
      client.awaitReady(
          "the forward ends without an answer",
          LIMIT,
          () -> {
            try (Socket socket = bastion.dial(port)) {
              socket.setSoTimeout(READ_MILLIS);
              opening.say(socket);
              assertThat(socket.getInputStream().read()).isEqualTo(-1);
              return true;
            }
          });
      awaitLogged(bastion, before, logged);
    }
  }

  /** Source: RFC 1928. OpenSSH's client says yes before it has asked the server. */
  private static void askProxy(Socket socket, String target) throws IOException {
    int colon = target.lastIndexOf(':');
    byte[] host = target.substring(0, colon).getBytes(StandardCharsets.US_ASCII);
    int port = Integer.parseInt(target.substring(colon + 1));
    socket.getOutputStream().write(new byte[] {5, 1, 0});
    assertThat(socket.getInputStream().readNBytes(2)).containsExactly(5, 0);
    socket.getOutputStream().write(new byte[] {5, 1, 0, 3, (byte) host.length});
    socket.getOutputStream().write(host);
    socket.getOutputStream().write(new byte[] {(byte) (port >> 8), (byte) port});
    socket.getInputStream().readNBytes(10);
  }

  private static Stream<Attempt> listening(String target) {
    return Stream.of(
            FreePort.find() + ":" + target,
            "0.0.0.0:" + FreePort.find() + ":" + target,
            "0:" + target,
            Integer.toString(FreePort.find()),
            "/tmp/remote.sock:" + target)
        .map(
            listener ->
                new Attempt(
                    "remote forwarding from " + listener,
                    bastion -> {
                      Command.Result result =
                          client(
                                  bastion,
                                  List.of("-N", "-o", "ExitOnForwardFailure=yes", "-R", listener))
                              .run();

                      assertThat(result.status()).isEqualTo(255);
                      assertThat(result.errors()).contains("remote port forwarding failed");
                    }));
  }

  private static Attempt tunnelDevice() {
    return new Attempt(
        "a tun device",
        bastion -> {
          assumeTrue(
              Files.exists(Path.of("/dev/net/tun"))
                  && System.getProperty("user.name").equals("root"),
              "a client that cannot make a tun device asks for none");
          Command.Result result =
              client(
                      bastion,
                      List.of("-v", "-N", "-o", "ExitOnForwardFailure=yes", "-w", "any:any"))
                  .run();

          assertThat(result.status()).isEqualTo(255);
          assertThat(result.errors()).contains("Server has rejected tunnel device forwarding");
        });
  }

  private static Attempt password(String target) {
    return new Attempt(
        "a password",
        bastion ->
            assertNotLetIn(
                bastion.ssh(
                    bastion.user(),
                    bastion.key(),
                    "-o",
                    "PubkeyAuthentication=no",
                    "-o",
                    "PreferredAuthentications=password,keyboard-interactive,hostbased",
                    "-W",
                    target)));
  }

  private static Attempt login(String user, String target) {
    return new Attempt(
        "a login as " + user,
        bastion -> assertNotLetIn(bastion.ssh(user, bastion.key(), "-W", target)));
  }

  private static Attempt unregisteredKey(String target) {
    return new Attempt(
        "a key that nobody registered",
        bastion ->
            assertNotLetIn(
                bastion.ssh(
                    bastion.user(),
                    SshKeys.ed25519(bastion.folder(), "unregistered"),
                    "-W",
                    target)));
  }

  private static void assertNotLetIn(Command client) {
    Command.Result result = client.run();

    assertThat(result.output()).isEmpty();
    // In brackets is what it would have taken.
    assertThat(result.errors()).contains("Permission denied (publickey).");
  }

  private static Stream<Attempt> weakAlgorithms(String target) {
    return Stream.of(
            "-o KexAlgorithms=ecdh-sha2-nistp256",
            "-o KexAlgorithms=diffie-hellman-group-exchange-sha256",
            "-o HostKeyAlgorithms=ssh-rsa",
            "-o MACs=hmac-sha1 -c aes128-ctr",
            "-c aes128-cbc")
        .map(
            options ->
                new Attempt(
                    options,
                    bastion -> {
                      List<String> words = new ArrayList<>(List.of(options.split(" ")));
                      words.addAll(List.of("-W", target));

                      assertThat(client(bastion, words).run().errors()).contains("no matching");
                    }));
  }

  private static Command client(Bastion bastion, List<String> options) {
    return bastion.ssh(bastion.user(), bastion.key(), options.toArray(String[]::new));
  }

  private static Command.Result loggedAs(String line, Bastion bastion, Command client) {
    String before = bastion.log();
    Command.Result result = client.run();
    awaitLogged(bastion, before, line);
    return result;
  }

  private static void awaitLogged(Bastion bastion, String before, String line) {
    Await.until(
        "sshd logs: " + line, LIMIT, () -> bastion.log().substring(before.length()).contains(line));
  }

  /** Fails unless it is refused. */
  public void assertRefusedBy(Bastion bastion) {
    refused.accept(bastion);
  }

  @Override
  public String toString() {
    return name;
  }
}
