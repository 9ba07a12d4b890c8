package org.dbtbastion.standins.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Runs programs as somebody at a shell would.
 *
 * @param environment what they find set beyond this JVM's own environment
 */
public record Shell(Map<String, String> environment) {

  /** What a program did. */
  public record Run(int status, String out, String err) {}

  private static final long LIMIT_SECONDS = 300;

  public Shell {
    environment = Map.copyOf(environment);
  }

  /** The same with some variables more. */
  public Shell with(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(environment);
    all.putAll(more);
    return new Shell(all);
  }

  /** Runs a program to its end, without input. */
  public Run run(List<String> command) {
    return run(command, "");
  }

  /**
   * Runs a program to its end.
   *
   * @param input what it reads from standard input
   */
  public Run run(List<String> command, String input) {
    try {
      Path folder = Files.createTempDirectory("shell");
      Path in = Files.writeString(folder.resolve("in"), input);
      // A JVM in the C locale cannot hand over arguments that are not ASCII.
      Path typed = Files.writeString(folder.resolve("typed"), "exec " + quoted(command) + "\n");
      Path out = folder.resolve("out");
      Path err = folder.resolve("err");
      ProcessBuilder builder =
          new ProcessBuilder("bash", typed.toString())
              .redirectInput(in.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new AssertionError(command + " did not end in " + LIMIT_SECONDS + " s");
      }
      Run run = new Run(process.exitValue(), read(out), read(err));
      for (Path file : List.of(in, typed, out, err, folder)) {
        Files.delete(file);
      }
      return run;
    } catch (IOException e) {
      throw new AssertionError("cannot run " + command, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static String quoted(List<String> words) {
    return words.stream()
        .map(word -> "'" + word.replace("'", "'\\''") + "'")
        .collect(Collectors.joining(" "));
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file, StandardCharsets.UTF_8);
  }
}
