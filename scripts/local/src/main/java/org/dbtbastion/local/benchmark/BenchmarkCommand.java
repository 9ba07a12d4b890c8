package org.dbtbastion.local.benchmark;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dbtbastion.local.benchmark.cold.ColdCheck;
import org.dbtbastion.local.benchmark.cold.ColdRegistration;
import org.dbtbastion.local.benchmark.cold.Memory;
import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.benchmark.report.Machine;
import org.dbtbastion.local.benchmark.report.Report;
import org.dbtbastion.local.sandbox.FolderLock;
import org.dbtbastion.local.sandbox.Progress;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What {@code scripts/benchmark} runs when everything is built. */
@Command(
    name = "scripts/benchmark",
    description = "Measures how fast it is, beside what one would do instead.")
final class BenchmarkCommand implements Callable<Integer> {

  /** All rows, in the order in which they run and are shown. */
  static final List<Row> ROWS =
      List.of(
          new WarmTunnelCheck(),
          new WarmDirectCheck(),
          new ColdCheck(),
          new ColdRegistration(),
          new Memory(),
          new ZipSize(),
          new Connections(),
          new Logins(),
          new Throughput(),
          new KeyUsable(),
          new Synth(),
          new KeySync());

  /** Exit status: something could not be measured. */
  private static final int FAILED = 2;

  private static final String STANDARD_OUTPUT = "-";

  @Option(
      names = "--json",
      paramLabel = "FILE",
      description = "Write JSON too; -: on standard output, in place of the tables.")
  private String json;

  @Option(names = "--only", split = ",", paramLabel = "ROW", description = "Measure these only.")
  private Set<String> only = Set.of();

  @Option(names = "--once", description = "Do all once, to see that it can be measured.")
  private boolean once;

  @Option(names = "--list", description = "Print the rows' names.")
  private boolean list;

  @Spec private CommandSpec spec;

  private final PrintStream out;
  private final PrintStream err;
  private final Path repository;
  private final Path folder;

  /**
   * @param repository the built repository
   * @param folder where all files go
   */
  BenchmarkCommand(Path repository, Path folder, PrintStream out, PrintStream err) {
    this.repository = repository;
    this.folder = folder;
    this.out = out;
    this.err = err;
  }

  /**
   * Ends with 0 if all was measured, whatever the figures; 2 if something could not be; 64 if the
   * arguments make no sense.
   */
  public static void main(String[] arguments) {
    // What is cut off by an interruption fails, which is no news to whoever interrupted.
    AtomicBoolean interrupted = new AtomicBoolean();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> interrupted.set(true), "interrupted"));
    // Not the working directory, which is the caller's: --json writes there.
    Path repository = Path.of(System.getProperty("dbt-bastion.repository", "")).toAbsolutePath();
    Path folder = repository.resolve("target/benchmark");
    System.exit(run(repository, folder, System.out, System.err, interrupted, arguments));
  }

  static int run(
      Path repository,
      Path folder,
      PrintStream out,
      PrintStream err,
      AtomicBoolean interrupted,
      String... arguments) {
    CommandLine commandLine = new CommandLine(new BenchmarkCommand(repository, folder, out, err));
    commandLine.setParameterExceptionHandler(
        (e, _) -> {
          err.println(e.getMessage());
          e.getCommandLine().usage(err);
          return 64;
        });
    commandLine.setExecutionExceptionHandler(
        (e, _, _) -> {
          if (!interrupted.get()) {
            err.println();
            err.println("Nothing was measured: " + e.getMessage());
          }
          return FAILED;
        });
    return commandLine.execute(arguments);
  }

  @Override
  public Integer call() throws IOException {
    List<Row> rows = rows();
    if (list) {
      rows.forEach(row -> out.println(row.id()));
      return 0;
    }
    requireFolderOfJson();
    // Only the result is for standard output.
    Progress progress = new Progress(err);
    try (FolderLock _ = FolderLock.take(folder.resolveSibling(folder.getFileName() + ".lock"));
        Ground ground = new Ground(repository, folder, progress, once)) {
      Runtime.getRuntime().addShutdownHook(new Thread(ground::close, "benchmark"));
      Report report = measure(rows, ground, progress);
      out.print(STANDARD_OUTPUT.equals(json) ? report.json() : report.markdown());
      out.flush();
      if (json != null && !json.equals(STANDARD_OUTPUT)) {
        Files.writeString(Path.of(json), report.json());
      }
      return report.failures().isEmpty() ? 0 : FAILED;
    }
  }

  /** Before minutes of measuring. */
  private void requireFolderOfJson() {
    if (json == null || json.equals(STANDARD_OUTPUT)) {
      return;
    }
    Path file = Path.of(json).toAbsolutePath();
    if (Files.isDirectory(file) || !Files.isDirectory(file.getParent())) {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          Files.isDirectory(file)
              ? json + " is a folder, not a file"
              : "there is no folder for the file " + json);
    }
  }

  private List<Row> rows() {
    Set<String> known = ROWS.stream().map(Row::id).collect(Collectors.toSet());
    Set<String> unknown = new TreeSet<>(only);
    unknown.removeAll(known);
    if (!unknown.isEmpty()) {
      throw new CommandLine.ParameterException(
          spec.commandLine(),
          "there is no row %s; the rows are: %s"
              .formatted(
                  String.join(", ", unknown),
                  ROWS.stream().map(Row::id).collect(Collectors.joining(", "))));
    }
    return ROWS.stream().filter(row -> only.isEmpty() || only.contains(row.id())).toList();
  }

  private Report measure(List<Row> rows, Ground ground, Progress progress) throws IOException {
    Instant started = Instant.now();
    long begin = System.nanoTime();
    Map<String, String> machine = Machine.describe(repository);
    List<Findings> findings = new ArrayList<>();
    Map<String, String> failures = new LinkedHashMap<>();
    for (Row row : rows) {
      progress.say(
          "  measuring %s, row %d of %d".formatted(row.id(), rows.indexOf(row) + 1, rows.size()));
      try {
        findings.add(progress.step("measured " + row.id(), () -> row.measure(ground)));
      } catch (IllegalStateException e) {
        if (ground.closing()) {
          throw e;
        }
        // The others may well be measured.
        err.println("  " + e.getMessage());
        failures.put(row.id(), String.valueOf(e.getMessage()));
      }
    }
    String typed =
        Stream.concat(
                Stream.of("scripts/benchmark"),
                spec.commandLine().getParseResult().originalArgs().stream())
            .collect(Collectors.joining(" "));
    return new Report(
        typed, started, Duration.ofNanos(System.nanoTime() - begin), machine, findings, failures);
  }
}
