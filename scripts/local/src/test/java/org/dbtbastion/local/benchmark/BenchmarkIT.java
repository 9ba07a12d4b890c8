package org.dbtbastion.local.benchmark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dbtbastion.standins.process.Repository;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("measured")
class BenchmarkIT {

  @TempDir private static Path folder;

  /** How fast it was is not for a test to judge. */
  @Test
  void measuresTheQuickestRows() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();

    int status =
        BenchmarkCommand.run(
            Repository.root(),
            folder.resolve("benchmark"),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            new AtomicBoolean(),
            "--once",
            "--only",
            "warm-tunnel,warm-direct,cold-check,memory,zip,throughput,key-usable,synth",
            "--json",
            "-");

    assertThat(status).as(err.toString(StandardCharsets.UTF_8)).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString(StandardCharsets.UTF_8));
    assertThat(json.get("lines"))
        .extracting(line -> line.get("row").asText())
        .containsExactly(
            "warm-tunnel",
            "warm-direct",
            "cold-check",
            "cold-check",
            "cold-check",
            "cold-check",
            "memory",
            "zip",
            "throughput",
            "throughput",
            "throughput",
            "key-usable",
            "synth");
    assertThat(json.get("lines"))
        .allSatisfy(line -> assertThat(line.at("/here/median").asDouble()).isPositive());
    assertThat(json.findValuesAsText("part"))
        .contains("stage forward", "psql, from its start to its end", "classes loaded");
    assertThat(json.findValuesAsText("what"))
        .contains("cold start to first direct check, AOT cache, own class path");
    assertThat(json.at("/machine/commit").asText()).isNotEmpty();
  }
}
