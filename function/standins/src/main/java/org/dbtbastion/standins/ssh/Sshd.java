package org.dbtbastion.standins.ssh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.Programs;

/**
 * The machine's real OpenSSH server, in the foreground, with a configuration of the caller's.
 *
 * <p>Without root it can let in only the user who runs it. Safe for use by several threads.
 */
public final class Sshd implements AutoCloseable {

  static final String INSTALL =
      "install OpenSSH (Debian and Ubuntu: apt-get install openssh-server; Fedora and Amazon Linux:"
          + " dnf install openssh-server; macOS has it)";

  private static final Duration START = Duration.ofSeconds(20);

  private final ChildProcess process;
  private final String address;
  private final int port;
  private final PrivilegeSeparationFolder privilegeSeparation;

  private Sshd(
      ChildProcess process,
      String address,
      int port,
      PrivilegeSeparationFolder privilegeSeparation) {
    this.process = process;
    this.address = address;
    this.port = port;
    this.privilegeSeparation = privilegeSeparation;
  }

  /**
   * Starts sshd with {@code -D -e -f configuration} and waits until it greets.
   *
   * @param configuration its configuration file
   * @param address where the configuration or the options make it listen
   * @param port the port where they make it listen
   * @param log the file that its log is appended to
   * @param options settings that go before the configuration's, as {@code Name=value}
   * @throws IllegalStateException if there is no sshd, or it does not start; the message ends with
   *     its log
   */
  public static Sshd start(
      Path configuration, String address, int port, Path log, String... options) {
    List<String> command = new ArrayList<>();
    // sshd runs itself again for each connection, which needs its absolute path.
    command.add(program().toString());
    command.addAll(List.of("-D", "-e", "-f", configuration.toAbsolutePath().toString()));
    for (String option : options) {
      command.addAll(List.of("-o", option));
    }
    PrivilegeSeparationFolder privilegeSeparation = PrivilegeSeparationFolder.acquire();
    try {
      ChildProcess process = ChildProcess.of("sshd", log, command).start();
      process.awaitReady(
          "it greets on %s port %d".formatted(address, port), START, () -> greets(address, port));
      return new Sshd(process, address, port, privilegeSeparation);
    } catch (RuntimeException e) {
      privilegeSeparation.close();
      throw e;
    }
  }

  /**
   * Where the machine's sshd is.
   *
   * @throws IllegalStateException if there is none; the message says how to install it
   */
  public static Path program() {
    return Programs.find("sshd", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")
        .orElseThrow(() -> new IllegalStateException("sshd is missing: " + INSTALL));
  }

  private static boolean greets(String address, int port) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, port), 1_000);
      socket.setSoTimeout(2_000);
      byte[] greeting = socket.getInputStream().readNBytes(4);
      return new String(greeting, StandardCharsets.US_ASCII).equals("SSH-");
    }
  }

  /** Where it listens. */
  public String address() {
    return address;
  }

  /** The port on which it listens. */
  public int port() {
    return port;
  }

  /** The file with its log. */
  public Path log() {
    return process.output();
  }

  /** Its log so far. */
  public String logText() {
    try {
      return Files.readString(process.output());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The listening process. */
  public ChildProcess process() {
    return process;
  }

  /** Stops it and cuts all its connections. */
  @Override
  public synchronized void close() {
    process.close();
    privilegeSeparation.close();
  }
}
