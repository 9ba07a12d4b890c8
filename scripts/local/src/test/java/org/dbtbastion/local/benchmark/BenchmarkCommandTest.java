package org.dbtbastion.local.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Repository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BenchmarkCommandTest {

  @TempDir private Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... arguments) {
    return BenchmarkCommand.run(
        folder,
        folder.resolve("benchmark"),
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        new AtomicBoolean(),
        arguments);
  }

  private static Command.Result script(String... arguments) {
    return Command.of(
            Stream.concat(
                    Stream.of("bash", Repository.script("benchmark").toString()),
                    Stream.of(arguments))
                .toArray(String[]::new))
        .run();
  }

  @ParameterizedTest
  @ValueSource(strings = {"--only=nonsense", "--only=zip,nonsense", "--nonsense", "nonsense"})
  void refusesWhatMakesNoSense(String argument) {
    assertThat(run(argument)).isEqualTo(64);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("nonsense");
    assertThat(script(argument).status()).as("before it builds").isEqualTo(64);
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void refusesAFileThatItCouldNotWriteBeforeItMeasures() {
    assertThat(run("--only", "zip", "--json", folder.resolve("no/where.json").toString()))
        .isEqualTo(64);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("no/where.json");
  }

  @Test
  void scriptAndCommandKnowTheSameRows() {
    assertThat(run("--list")).isZero();

    List<String> rows = BenchmarkCommand.ROWS.stream().map(Row::id).toList();
    assertThat(out.toString(StandardCharsets.UTF_8).lines()).containsExactlyElementsOf(rows);
    assertThat(script("--list"))
        .isEqualTo(
            new Command.Result(
                0, rows.stream().map(row -> row + "\n").collect(Collectors.joining()), ""));
  }

  @Test
  void whatCannotBeMeasuredIsSaid() {
    assertThat(run("--only=zip")).as("there is no function.zip").isEqualTo(2);
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("Could not be measured:", "- zip: ");
  }
}
