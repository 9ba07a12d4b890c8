package org.dbtbastion.local.benchmark.report;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.dbtbastion.standins.process.Command;

/** What the figures were measured on, and what makes them differ from AWS's. */
public final class Machine {

  /** What skews the figures. */
  static final List<String> SKEWS =
      List.of(
          "All parts share this machine's processors: both sides of a comparison, servers and"
              + " clients.",
          "The loopback interface stands for the network: it has no delay, and nothing is lost.",
          "moto and stand-ins answer for AWS, PostgreSQL behind a gateway for Redshift: their"
              + " answers take other times than AWS's.",
          "A function has the whole machine, on x86_64; Lambda gives it the share of a processor"
              + " that comes with its memory, on arm64. Its code is unpacked, its files are in the"
              + " page cache, and no microVM is started.");

  private Machine() {}

  /** What is known of the machine and of the programs, by name. */
  public static Map<String, String> describe(Path repository) throws IOException {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(
        "commit", first(repository, "git", "rev-parse", "--short=12", "HEAD") + dirty(repository));
    facts.put("cores", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put("processor", line("/proc/cpuinfo", "model name"));
    facts.put("memory", line("/proc/meminfo", "MemTotal"));
    facts.put("system", first(repository, "uname", "-srm"));
    facts.put(
        "load at the start",
        String.format(
            Locale.ROOT,
            "%.2f",
            ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
    facts.put("JDK", System.getProperty("java.vm.vendor") + " " + Runtime.version());
    facts.put("OpenSSH", first(repository, "ssh", "-V"));
    facts.put("psql", first(repository, "psql", "--version"));
    facts.put("Node.js", first(repository, "node", "--version"));
    return facts;
  }

  private static String dirty(Path repository) {
    return first(repository, "git", "status", "--porcelain").isEmpty() ? "" : ", with changes";
  }

  private static String line(String file, String name) throws IOException {
    if (Files.notExists(Path.of(file))) {
      return "unknown";
    }
    try (Stream<String> lines = Files.lines(Path.of(file))) {
      return lines
          .filter(line -> line.startsWith(name))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse("unknown");
    }
  }

  /** The first line that a program prints, empty if there is none; unknown if it fails. */
  private static String first(Path folder, String... command) {
    try {
      Command.Result result = Command.of(command).in(folder).run();
      String text = result.output() + result.errors();
      return result.status() == 0 ? text.lines().findFirst().orElse("") : "unknown";
    } catch (UncheckedIOException e) {
      return "unknown";
    }
  }
}
