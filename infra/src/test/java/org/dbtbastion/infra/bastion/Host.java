package org.dbtbastion.infra.bastion;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.dbtbastion.infra.hosts.HostFiles;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.account.ParameterStore;
import org.dbtbastion.standins.process.AwsCli;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.ssh.PrivilegeSeparationFolder;
import org.dbtbastion.standins.ssh.SshKeys;
import org.dbtbastion.standins.ssh.Sshd;

/**
 * The bastion's files in a folder that stands for a host's root, run by the current user as the
 * sandbox runs them.
 */
final class Host implements AutoCloseable {

  /** The sources of the files under test. Tests run in the module's folder. */
  static final Path FILES = Path.of("bastion").toAbsolutePath();

  static final String USER = System.getProperty("user.name");

  final Path root;
  final int port = FreePort.find();
  final ParameterStore parameters;
  private final Map<String, String> environment;
  private final List<ChildProcess> tunnels = new ArrayList<>();
  // Before the bootstrap, which makes it otherwise, and would leave it.
  private final PrivilegeSeparationFolder privilegeSeparation = PrivilegeSeparationFolder.acquire();
  private Sshd sshd;

  Host(Path root, Moto moto, String name, String targets) {
    this.root = root;
    this.parameters = new ParameterStore(moto, name);
    this.environment = new HashMap<>(moto.environment());
    environment.put("PATH", AwsCli.shared().path());
    environment.putAll(
        Map.of(
            "BASTION_ROOT",
            root.toString(),
            "BASTION_NAME",
            name,
            "BASTION_USER",
            USER,
            "BASTION_SSH_PORT",
            Integer.toString(port),
            "BASTION_TARGETS",
            targets,
            "BASTION_ADDRESS_MODE",
            "network-load-balancer",
            "BASTION_INSTANCE_ID",
            "i-0123"));
    install(root);
  }

  /** Writes the files below a folder as user data writes them on a host. */
  static void install(Path root) {
    assertThat(
            new Command(
                    List.of("bash", "-ec", HostFiles.in(FILES).script()),
                    Map.of("BASTION_ROOT", root.toString()))
                .run())
        .isEqualTo(new Command.Result(0, "", ""));
  }

  Command script(String script, String... arguments) {
    return command("opt/dbt-bastion/" + script, arguments);
  }

  private Command command(String path, String... arguments) {
    return new Command(
        Stream.concat(Stream.of(root.resolve(path).toString()), Stream.of(arguments)).toList(),
        environment);
  }

  /** What administrators type. */
  Command dbtBastion(String... arguments) {
    return command("usr/bin/dbt-bastion", arguments);
  }

  /** Stores host keys for it, as another host would have. */
  Host with(HostKeys keys) {
    keys.storeIn(parameters);
    return this;
  }

  Host bootstrapped() {
    assertThat(script("bootstrap").run())
        .satisfies(result -> assertThat(result.errors()).doesNotContain("FAILED"))
        .extracting(Command.Result::status)
        .isEqualTo(0);
    return this;
  }

  /** A host on which only the keys can be synced, for the tests that need no more. */
  Host withSettings() {
    assertThat(script("write-settings").run().status()).isEqualTo(0);
    try {
      Files.createDirectories(authorizedKeys().getParent());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Runs the sync as the timer does; it must end well. */
  void syncByTimer() {
    assertThat(script("sync-keys", "--record-use").run())
        .satisfies(result -> assertThat(result.status()).as("%s", result).isZero());
  }

  /** Runs the sync as a push does; it must end with this status. Returns what it prints. */
  String sync(int status) {
    Command.Result result = script("sync-keys").run();
    assertThat(result.status()).as("%s", result).isEqualTo(status);
    return status == 1 ? result.errors() : result.output();
  }

  Path authorizedKeys() {
    return root.resolve("home/" + USER + "/.ssh/authorized_keys");
  }

  String text(String path) {
    try {
      return Files.readString(root.resolve(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String keysText() {
    return text(root.relativize(authorizedKeys()).toString());
  }

  String log() {
    return text("var/log/dbt-bastion/sshd.log");
  }

  /** Makes a key pair as a user would. */
  SshKeys newKey(String label, String type, int bits) {
    return SshKeys.generate(root, label, type, OptionalInt.of(bits), "");
  }

  /** A JSON string. */
  static String quoted(String text) {
    return TextNode.valueOf(text).toString();
  }

  void register(SshKeys key) {
    parameters.register(key);
  }

  void revoke(SshKeys key) {
    parameters.revoke(key);
  }

  /** Lets it ask AWS once, not {@code AWS_MAX_ATTEMPTS=5} times: an account that is not there. */
  Host askingOnce() {
    Path file = root.resolve("opt/dbt-bastion/write-settings");
    try {
      String text = Files.readString(file);
      assertThat(text).contains("AWS_MAX_ATTEMPTS=5");
      Files.writeString(file, text.replace("AWS_MAX_ATTEMPTS=5", "AWS_MAX_ATTEMPTS=1"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Lets it read its log from a journal, as a real host does. */
  Host withJournal() {
    Path file = root.resolve("opt/dbt-bastion/host.py");
    try {
      String text = Files.readString(file);
      assertThat(text).contains("if ROOT == Path(\"/\") else");
      Files.writeString(file, text.replace("if ROOT == Path(\"/\") else", "if True else"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Changes a line of the configuration that was deployed. */
  Host withConfiguration(String line, String other) {
    Path file = root.resolve("etc/dbt-bastion/sshd_config");
    try {
      String text = Files.readString(file);
      assertThat(text).contains("\n" + line + "\n");
      Files.writeString(file, text.replace("\n" + line + "\n", "\n" + other + "\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return this;
  }

  /** Starts sshd as the sandbox does, with an empty log, and waits until it answers. */
  Host withSshd(String... options) {
    Path log = root.resolve("var/log/dbt-bastion/sshd.log");
    try {
      // The same file, shorter: so it looks to what reads on from where it was.
      Files.writeString(log, "");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sshd =
        Sshd.start(
            root.resolve("etc/dbt-bastion/sshd_config"),
            "127.0.0.1",
            port,
            log,
            Stream.concat(
                    Stream.of(
                        "ListenAddress=127.0.0.1",
                        "StrictModes=no",
                        "PermitRootLogin=prohibit-password"),
                    Stream.of(options))
                .toArray(String[]::new));
    return this;
  }

  /** Ends sshd, and its tunnels with it. */
  void stopSshd() {
    tunnels.forEach(ChildProcess::close);
    tunnels.clear();
    if (sshd != null) {
      sshd.close();
      sshd = null;
    }
  }

  static boolean answers(int port) throws IOException {
    try (Socket socket = new Socket(InetAddress.getByName("127.0.0.1"), port)) {
      socket.setSoTimeout(2000);
      return socket.getInputStream().read() != -1;
    }
  }

  /** An ssh client that pins the host keys of Parameter Store, with these arguments. */
  Command ssh(SshKeys key, String... arguments) {
    return sshAs(USER, key, arguments);
  }

  Command sshAs(String user, SshKeys key, String... arguments) {
    List<String> words =
        new ArrayList<>(List.of("ssh", "-F", "none", "-i", key.privateKey().toString()));
    for (String option :
        List.of(
            "User=" + user,
            "Port=" + port,
            "BatchMode=yes",
            "IdentitiesOnly=yes",
            "IdentityAgent=none",
            "ConnectTimeout=10",
            "ExitOnForwardFailure=yes",
            "StrictHostKeyChecking=yes",
            "UserKnownHostsFile=" + knownHosts(),
            "GlobalKnownHostsFile=/dev/null")) {
      words.addAll(List.of("-o", option));
    }
    words.addAll(List.of(arguments));
    words.add("127.0.0.1");
    return new Command(words, Map.of());
  }

  private Path knownHosts() {
    Path file = root.resolve("known_hosts");
    try {
      if (!Files.exists(file)) {
        StringBuilder lines = new StringBuilder();
        for (String type : List.of("ed25519", "rsa")) {
          String key = parameters.find("host-keys/" + type + ".pub").orElseThrow().value();
          lines.append("[127.0.0.1]:%d %s\n".formatted(port, key));
        }
        Files.writeString(file, lines, StandardCharsets.UTF_8);
      }
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Opens a tunnel to a target and returns the client once the target answers through it. */
  ChildProcess tunnel(SshKeys key, int target) {
    int local = FreePort.find();
    ChildProcess client =
        ssh(key, "-N", "-L", "127.0.0.1:%d:127.0.0.1:%d".formatted(local, target))
            .start(root.resolve("tunnel.log"));
    tunnels.add(client);
    return client.awaitReady("the tunnel opens", Duration.ofSeconds(20), () -> answers(local));
  }

  @Override
  public void close() {
    stopSshd();
    parameters.close();
    privilegeSeparation.close();
  }
}
