package org.dbtbastion.standins.process;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Programs of the machine: where they are, and short runs of them. */
public final class Programs {

  private Programs() {}

  /** The program in PATH or, failing that, in these folders. */
  public static Optional<Path> find(String name, String... otherFolders) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(Arrays.stream(path.split(File.pathSeparator)), Arrays.stream(otherFolders))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder).resolve(name).toAbsolutePath())
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** Whether the program is there and ends with status 0. */
  public static boolean succeeds(List<String> command) {
    try {
      return start(command).status() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Runs a program that does not take long, without input.
   *
   * @return its output
   * @throws IllegalStateException if it is not there or fails; the message carries its output
   */
  public static String run(List<String> command) {
    try {
      Run run = start(command);
      if (run.status() != 0) {
        throw new IllegalStateException(
            "%s ended with exit status %d:\n%s".formatted(command, run.status(), run.output()));
      }
      return run.output();
    } catch (IOException e) {
      throw new IllegalStateException("Cannot run " + command + ": " + e.getMessage(), e);
    }
  }

  private record Run(int status, String output) {}

  private static Run start(List<String> command) throws IOException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Run(process.waitFor(), output);
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
      throw new IOException("Interrupted", e);
    }
  }
}
