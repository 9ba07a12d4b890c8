package org.dbtbastion.standins.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A program with its arguments, and how it is run. Immutable.
 *
 * @param words the program and its arguments
 * @param environment variables on top of those of this JVM
 * @param directory where it works; this JVM's working directory if empty
 * @param input what it reads from standard input when it is run to its end
 */
public record Command(
    List<String> words, Map<String, String> environment, Optional<Path> directory, String input) {

  private static final Duration LIMIT = Duration.ofMinutes(5);

  public Command {
    words = List.copyOf(words);
    environment = Map.copyOf(environment);
  }

  /** In this JVM's working directory, without input. */
  public Command(List<String> words, Map<String, String> environment) {
    this(words, environment, Optional.empty(), "");
  }

  /** With this JVM's environment, in its working directory, without input. */
  public static Command of(String... words) {
    return new Command(List.of(words), Map.of());
  }

  /** The same with some variables more. */
  public Command with(Map<String, String> more) {
    Map<String, String> merged = new HashMap<>(environment);
    merged.putAll(more);
    return new Command(words, merged, directory, input);
  }

  /** The same in another working directory. */
  public Command in(Path folder) {
    return new Command(words, environment, Optional.of(folder), input);
  }

  /** The same with something to read from standard input. */
  public Command reading(String text) {
    return new Command(words, environment, directory, text);
  }

  /**
   * How a program ended.
   *
   * @param status its exit status
   * @param output what it wrote to standard output
   * @param errors what it wrote to standard error
   */
  public record Result(int status, String output, String errors) {}

  /** Starts it without input; all that it writes is appended to the file. */
  public ChildProcess start(Path output) {
    return process(words, output).start();
  }

  /**
   * Runs it to its end.
   *
   * @throws UncheckedIOException if there is no such program
   * @throws Await.NotInTime if it has not ended after five minutes; it is killed
   */
  public Result run() {
    try {
      Path folder = Files.createTempDirectory("command");
      Path output = folder.resolve("output");
      Path errors = folder.resolve("errors");
      Path in = Files.writeString(folder.resolve("input"), input);
      Path script = folder.resolve("script");
      try (ChildProcess process =
          process(passable(script), output).input(in).errors(errors).start()) {
        int status = process.awaitExit(LIMIT);
        return new Result(status, Files.readString(output), Files.readString(errors));
      } finally {
        for (Path file : List.of(in, script, output, errors, folder)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Runs it to its end, which must be a success.
   *
   * @return what it wrote to standard output
   * @throws IllegalStateException if its exit status is not 0; the message has what it wrote
   */
  public String runOrThrow() {
    Result result = run();
    if (result.status() != 0) {
      throw new IllegalStateException(
          "%s ended with exit status %d:%n%s%s"
              .formatted(this, result.status(), result.output(), result.errors()));
    }
    return result.output();
  }

  /**
   * Runs it to its end without input, which must be a success.
   *
   * @param log the file that all it writes is appended to
   * @throws IllegalStateException if its exit status is not 0; the message ends with what it wrote
   *     last
   */
  public void runOrThrow(Path log) {
    try (ChildProcess process = start(log)) {
      int status = process.awaitExit(LIMIT);
      if (status != 0) {
        throw new IllegalStateException(
            "%s ended with exit status %d; the whole output is in %s. It ended:%n%s"
                .formatted(this, status, log, process.outputTail()));
      }
    }
  }

  /** Whether there is such a program and it ends with exit status 0. */
  public boolean succeeds() {
    try {
      return run().status() == 0;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  /** Runs it to its end before the user's eyes, with this JVM's own input; its exit status. */
  public int show() throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(words).inheritIO();
    builder.environment().putAll(environment);
    directory.ifPresent(folder -> builder.directory(folder.toFile()));
    return builder.start().waitFor();
  }

  private ChildProcess.Builder process(List<String> program, Path output) {
    ChildProcess.Builder builder =
        ChildProcess.of(toString(), output, program).environment(environment);
    directory.ifPresent(builder::directory);
    return builder;
  }

  /** A JVM in the C locale cannot hand over arguments that are not ASCII; a shell reads them. */
  private List<String> passable(Path script) throws IOException {
    if (words.stream().allMatch(StandardCharsets.US_ASCII.newEncoder()::canEncode)) {
      return words;
    }
    String quoted =
        words.stream()
            .map(word -> "'" + word.replace("'", "'\\''") + "'")
            .collect(Collectors.joining(" "));
    Files.writeString(script, "exec " + quoted + "\n");
    return List.of("bash", script.toString());
  }

  /** As one would type it, but for quotes. */
  @Override
  public String toString() {
    return String.join(" ", words);
  }
}
