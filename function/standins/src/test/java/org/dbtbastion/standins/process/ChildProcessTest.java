package org.dbtbastion.standins.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessTest {

  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir private Path folder;

  @Test
  void endsWithItsDescendants() {
    ChildProcess ended;
    List<ProcessHandle> family;
    try (ChildProcess child = shell("sleep 60 & echo started; wait")) {
      child.awaitReady("it says so", SOON, () -> child.outputTail().contains("started"));
      ended = child;
      family = ProcessHandle.of(child.pid()).orElseThrow().descendants().toList();
      assertThat(family).isNotEmpty();
    }

    assertThat(ended.alive()).isFalse();
    Await.until("all are gone", SOON, () -> family.stream().noneMatch(ProcessHandle::isAlive));
  }

  @Test
  void isKilledWhenItDoesNotEndByItself() {
    ChildProcess ended;
    try (ChildProcess child =
        ChildProcess.of(
                "stubborn",
                folder.resolve("output"),
                List.of("sh", "-c", "trap '' TERM; echo started; while :; do sleep 1; done"))
            .patience(Duration.ofMillis(200))
            .start()) {
      child.awaitReady("it says so", SOON, () -> child.outputTail().contains("started"));
      ended = child;
    }

    assertThat(ended.alive()).isFalse();
  }

  @Test
  void itsDeathBeforeItIsReadyIsReportedWithItsOutput() {
    try (ChildProcess child = shell("echo the reason; exit 3")) {
      assertThatThrownBy(() -> child.awaitReady("it is ready", SOON, () -> false))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("child", "exit status 3", "it is ready", "the reason");
    }
  }

  @Test
  void runningOutOfTimeIsReportedWithItsOutputAndEndsIt() {
    try (ChildProcess child = shell("echo busy; sleep 60")) {
      Await.until("it is busy", SOON, () -> child.outputTail().contains("busy"));

      assertThatThrownBy(() -> child.awaitReady("it is ready", Duration.ofMillis(100), () -> false))
          .isInstanceOf(Await.NotInTime.class)
          .hasMessageContainingAll("Not within 100 ms: it is ready", "busy");
      assertThat(child.alive()).isFalse();
    }
  }

  @Test
  void errorsGoToTheirOwnFileIfThereIsOne() {
    Path output = folder.resolve("output");
    Path errors = folder.resolve("other/errors");
    try (ChildProcess child =
        ChildProcess.of("child", output, List.of("sh", "-c", "echo out; echo error >&2"))
            .errors(errors)
            .start()) {
      assertThat(child.awaitExit(SOON)).isZero();
    }

    assertThat(output).hasContent("out");
    assertThat(errors).hasContent("error");
  }

  @Test
  void doesNotOutliveItsJvm() throws Exception {
    try (ChildProcess jvm =
        ChildProcess.of(
                "jvm",
                folder.resolve("jvm-output"),
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    System.getProperty("java.class.path"),
                    Sleeper.class.getName(),
                    folder.toString()))
            .start()) {
      assertThat(jvm.awaitExit(Duration.ofSeconds(30))).as(jvm.outputTail()).isZero();
    }
    long pid = Long.parseLong(Files.readString(folder.resolve("pid")));
    assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isEmpty();
  }

  /** Starts a process and leaves without closing it. */
  static final class Sleeper {
    private Sleeper() {}

    /** Takes the folder for the process's id and output. */
    public static void main(String[] args) throws Exception {
      Path folder = Path.of(args[0]);
      ChildProcess.Builder builder =
          ChildProcess.of("sleep", folder.resolve("sleep-output"), List.of("sleep", "60"));
      Files.writeString(folder.resolve("pid"), Long.toString(builder.start().pid()));
    }
  }

  private ChildProcess shell(String script) {
    return ChildProcess.of("child", folder.resolve("output"), List.of("sh", "-c", script)).start();
  }
}
