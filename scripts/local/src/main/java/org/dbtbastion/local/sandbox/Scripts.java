package org.dbtbastion.local.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The repository's scripts, run as a user runs them. */
final class Scripts {

  private final Path repository;
  private final Map<String, String> environment;

  /**
   * @param environment what makes them talk to the account
   */
  Scripts(Path repository, Map<String, String> environment) {
    this.repository = repository;
    this.environment = Map.copyOf(environment);
  }

  /**
   * What a script did.
   *
   * @param out its standard output
   * @param error its standard error
   */
  record Outcome(int status, String out, String error) {

    Outcome requireSuccess() {
      if (status != 0) {
        throw new IllegalStateException("exit status " + status + ": " + out + error);
      }
      return this;
    }
  }

  /** Runs a script to its end. */
  Outcome run(String script, String... arguments) {
    try {
      Process process = builder(script, arguments).start();
      process.getOutputStream().close();
      byte[][] error = new byte[1][];
      Thread reader = Thread.ofVirtual().start(() -> error[0] = read(process.getErrorStream()));
      byte[] out = read(process.getInputStream());
      reader.join();
      return new Outcome(process.waitFor(), text(out), text(error[0]));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted: " + script, e);
    }
  }

  /** Runs a script to its end before the user's eyes; its exit status. */
  int show(String script, String... arguments) {
    try {
      return builder(script, arguments).inheritIO().start().waitFor();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted: " + script, e);
    }
  }

  private ProcessBuilder builder(String script, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(repository.resolve("scripts").resolve(script).toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    return builder;
  }

  private static byte[] read(InputStream stream) {
    try {
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
