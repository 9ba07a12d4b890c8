package org.dbtbastion.local.sandbox;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.dbtbastion.standins.process.ChildProcess;

/** Programs that are run to their end, with their output in a file. */
final class Commands {

  private Commands() {}

  /**
   * Runs a program.
   *
   * @param name what failures call it
   * @param log the file that its output is appended to
   * @throws IllegalStateException if it fails; the message ends with its last output
   */
  static void run(
      String name,
      Path log,
      Path directory,
      Map<String, String> environment,
      Duration limit,
      List<String> command) {
    try (ChildProcess process =
        ChildProcess.of(name, log, command).directory(directory).environment(environment).start()) {
      int status = process.awaitExit(limit);
      if (status != 0) {
        throw new IllegalStateException(
            "%s ended with exit status %d; the whole output is in %s. It ended:%n%s"
                .formatted(name, status, log, process.outputTail()));
      }
    }
  }
}
