package org.dbtbastion.standins.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The AWS CLI without its start, which takes ten times as long as the call: a program {@code aws}
 * that has each call run in a fork of one resident Python process, in which the real CLI is
 * imported already. Only the start has a stand-in: the fork runs the installed CLI's own program,
 * with the caller's arguments, environment, folder, umask, mounts, control group and standard
 * streams, and the caller ends as it does; a caller that is killed takes its call along. The call's
 * limits are the resident process's.
 *
 * <p>Whoever measures uses the real one. Needs Linux, and a CLI that is a Python program, as pip
 * and Debian install it. Safe for use by several threads.
 */
public final class AwsCli implements AutoCloseable {

  private static final Duration STARTS = Duration.ofSeconds(30);

  /** The text of the resident process's program, for Python 3.9 or newer. */
  public static final String SERVER = resource("aws_server.py");

  private static final String CLIENT = resource("aws_client.py");

  private final Path folder;
  private final Optional<ChildProcess> server;

  private AwsCli(Path folder, Optional<ChildProcess> server) {
    this.folder = folder;
    this.server = server;
  }

  /** The one of this JVM, which ends with it. */
  public static AwsCli shared() {
    return Shared.CLI;
  }

  private static final class Shared {
    static final AwsCli CLI = start();

    private static AwsCli start() {
      try {
        // In the system's folder: the name of a socket has 107 bytes at most.
        Path folder = Files.createTempDirectory(Path.of("/tmp"), "aws");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder), "aws"));
        return AwsCli.start(folder);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void delete(Path folder) {
      for (String name : List.of("bin/aws", "bin", "server.py", "server.log", "socket", "")) {
        try {
          Files.deleteIfExists(folder.resolve(name));
        } catch (IOException e) {
          System.err.println("not deleted: " + e);
        }
      }
    }
  }

  /**
   * Starts it. Where it cannot be, calls go to the real CLI, and standard error says so.
   *
   * @param folder where its files go; its name is short, as a socket's must be
   */
  public static AwsCli start(Path folder) {
    Optional<Path> program = pythonProgram();
    if (program.isEmpty()) {
      System.err.println("Each call of the AWS CLI starts anew: not Linux, or no Python program");
      return new AwsCli(folder, Optional.empty());
    }
    try {
      String python = interpreter(program.get()).orElseThrow();
      Path file = Files.writeString(folder.resolve("server.py"), SERVER);
      Path socket = folder.resolve("socket");
      ChildProcess server =
          ChildProcess.of(
                  "the server of the AWS CLI",
                  folder.resolve("server.log"),
                  List.of(python, file.toString(), program.get().toString(), socket.toString()))
              .start();
      server.awaitReady("it listens", STARTS, () -> Files.exists(socket));
      Path client = Files.createDirectories(folder.resolve("bin")).resolve("aws");
      Files.writeString(client, client(python, program.get(), socket));
      Files.setPosixFilePermissions(client, PosixFilePermissions.fromString("rwxr-xr-x"));
      return new AwsCli(folder, Optional.of(server));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The text of the program {@code aws}.
   *
   * @param python the interpreter's whole path
   * @param program the real one's
   * @param socket where the resident process listens
   */
  public static String client(String python, Path program, Path socket) {
    String text =
        CLIENT.replace("@SERVER@", socket.toString()).replace("@PROGRAM@", program.toString());
    return "#!%s -IS\n%s".formatted(python, text);
  }

  /** The search path on which it comes first. */
  public String path() {
    String path = System.getenv("PATH");
    return server.isEmpty() ? path : folder.resolve("bin") + ":" + path;
  }

  /** The variable that puts it first on the search path. */
  public Map<String, String> environment() {
    return Map.of("PATH", path());
  }

  /** The installed CLI, if it is a Python program; pyenv puts a shell script in front of it. */
  private static Optional<Path> pythonProgram() {
    if (!System.getProperty("os.name").equals("Linux")) {
      return Optional.empty();
    }
    return Stream.<Path>concat(Programs.find("aws").stream(), pyenvs().stream())
        .filter(program -> interpreter(program).isPresent())
        .findFirst();
  }

  private static Optional<Path> pyenvs() {
    if (Programs.find("pyenv").isEmpty()) {
      return Optional.empty();
    }
    Command.Result which = Command.of("pyenv", "which", "aws").run();
    return which.status() == 0 ? Optional.of(Path.of(which.output().strip())) : Optional.empty();
  }

  /** Which Python runs a program, by its first line. */
  private static Optional<String> interpreter(Path program) {
    // A compiled program has no lines of any encoding.
    try (BufferedReader lines = Files.newBufferedReader(program, StandardCharsets.ISO_8859_1)) {
      return Optional.ofNullable(lines.readLine())
          .filter(line -> line.matches("#!/\\S*/python[0-9.]*"))
          .map(line -> line.substring(2));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String resource(String name) {
    try (InputStream stream = AwsCli.class.getResourceAsStream(name)) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends it, and the calls that still run. */
  @Override
  public void close() {
    server.ifPresent(ChildProcess::close);
  }
}
