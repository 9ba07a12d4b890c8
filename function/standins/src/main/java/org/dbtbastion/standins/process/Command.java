package org.dbtbastion.standins.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A program with its environment.
 *
 * @param words the program and its arguments
 * @param environment variables on top of those of this JVM
 */
public record Command(List<String> words, Map<String, String> environment) {

  private static final Duration LIMIT = Duration.ofMinutes(2);

  public Command {
    words = List.copyOf(words);
    environment = Map.copyOf(environment);
  }

  public static Command of(String... words) {
    return new Command(List.of(words), Map.of());
  }

  public Command with(Map<String, String> more) {
    Map<String, String> merged = new HashMap<>(environment);
    merged.putAll(more);
    return new Command(words, merged);
  }

  /** How a program ended. */
  public record Result(int status, String output, String errors) {}

  /** Starts it; all that it says is appended to the file. */
  public ChildProcess start(Path output) {
    return process(output).start();
  }

  /** Runs it to its end. */
  public Result run() {
    try {
      Path output = Files.createTempFile("command", ".out");
      Path errors = Files.createTempFile("command", ".err");
      try (ChildProcess process = process(output).errors(errors).start()) {
        int status = process.awaitExit(LIMIT);
        return new Result(status, Files.readString(output), Files.readString(errors));
      } finally {
        Files.delete(output);
        Files.delete(errors);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ChildProcess.Builder process(Path output) {
    return ChildProcess.of(String.join(" ", words), output, words).environment(environment);
  }
}
