package org.dbtbastion.standins.process;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A process that does not outlive its owner, nor this JVM.
 *
 * <p>Its standard output and error go to one file unless told otherwise. Standard input is empty
 * unless it is given a file. Closing asks the process to end, and kills it if it does not, together
 * with all processes that it started. Safe for use by several threads.
 */
public final class ChildProcess implements AutoCloseable {

  private static final int TAIL_BYTES = 4096;
  private static final Set<ChildProcess> LIVE = ConcurrentHashMap.newKeySet();
  private static volatile boolean shuttingDown;

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(ChildProcess::closeAll, "child-processes"));
  }

  private final String name;
  private final Process process;
  private final Path output;
  private final Optional<String> signal;
  private final Duration patience;

  private ChildProcess(Builder builder, Process process) {
    this.name = builder.name;
    this.process = process;
    this.output = builder.output;
    this.signal = builder.signal;
    this.patience = builder.patience;
  }

  /**
   * Describes a process to start.
   *
   * @param name what failures call it, for example {@code "sshd"}
   * @param output the file that its output is appended to; its folder is created
   * @param command the program and its arguments
   */
  public static Builder of(String name, Path output, List<String> command) {
    return new Builder(name, output, command);
  }

  /** Collects how to start a process. */
  public static final class Builder {
    private final String name;
    private final Path output;
    private final List<String> command;
    private final Map<String, String> environment = new LinkedHashMap<>();
    private boolean inherits = true;
    private Path directory;
    private Optional<Path> input = Optional.empty();
    private Optional<Path> errors = Optional.empty();
    private Optional<String> signal = Optional.empty();
    private Duration patience = Duration.ofSeconds(5);

    private Builder(String name, Path output, List<String> command) {
      this.name = name;
      this.output = output.toAbsolutePath();
      this.command = List.copyOf(command);
    }

    /** Adds environment variables to those inherited from this JVM. */
    public Builder environment(Map<String, String> variables) {
      environment.putAll(variables);
      return this;
    }

    /** Starts it without the environment of this JVM. */
    public Builder cleanEnvironment() {
      inherits = false;
      return this;
    }

    /** Its working directory; this JVM's if left out. */
    public Builder directory(Path directory) {
      this.directory = directory;
      return this;
    }

    /** The file that it reads from standard input. */
    public Builder input(Path input) {
      this.input = Optional.of(input);
      return this;
    }

    /** The file that its standard error is appended to, apart from its output. */
    public Builder errors(Path errors) {
      this.errors = Optional.of(errors.toAbsolutePath());
      return this;
    }

    /** The signal that asks it to end, without SIG; TERM if left out. */
    public Builder stopSignal(String signal) {
      this.signal = Optional.of(signal);
      return this;
    }

    /** How long it may take to end once asked, before it is killed; 5 seconds if left out. */
    public Builder patience(Duration patience) {
      this.patience = patience;
      return this;
    }

    /**
     * Starts it.
     *
     * @throws UncheckedIOException if there is no such program or it cannot be started
     */
    public ChildProcess start() {
      try {
        Files.createDirectories(output.getParent());
        ProcessBuilder builder =
            new ProcessBuilder(command)
                .redirectErrorStream(errors.isEmpty())
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        if (errors.isPresent()) {
          Files.createDirectories(errors.get().getParent());
          builder.redirectError(ProcessBuilder.Redirect.appendTo(errors.get().toFile()));
        }
        input.ifPresent(file -> builder.redirectInput(file.toFile()));
        if (directory != null) {
          builder.directory(directory.toFile());
        }
        if (!inherits) {
          builder.environment().clear();
        }
        builder.environment().putAll(environment);
        ChildProcess child = new ChildProcess(this, builder.start());
        LIVE.add(child);
        child.process.getOutputStream().close();
        if (shuttingDown) {
          child.close();
          throw new IllegalStateException("The JVM is shutting down: not starting " + name);
        }
        return child;
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot start " + name + ": " + e.getMessage(), e);
      }
    }
  }

  /**
   * Waits until the process is ready, and watches that it lives that long. If it is not ready in
   * time or dies, it is closed.
   *
   * @param what names the event in the message of a failure
   * @return this
   * @throws Await.NotInTime if the limit passes first; the message ends with its last output
   * @throws IllegalStateException if it dies first; the message ends with its last output
   */
  public ChildProcess awaitReady(String what, Duration limit, Await.Condition condition) {
    try {
      boolean ready =
          Await.value(
              what,
              limit,
              () -> {
                if (!process.isAlive()) {
                  return Optional.of(false);
                }
                return condition.holds() ? Optional.of(true) : Optional.empty();
              });
      if (!ready) {
        throw new IllegalStateException(
            "%s ended with exit status %d before this: %s%s"
                .formatted(name, process.exitValue(), what, outputForFailure()));
      }
      return this;
    } catch (Await.NotInTime e) {
      Await.NotInTime failure =
          new Await.NotInTime(name + ": " + e.getMessage() + outputForFailure(), e.getCause());
      close();
      throw failure;
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  private String outputForFailure() {
    String tail = outputTail();
    return tail.isBlank() ? ". It wrote nothing." : ". Its last output:\n" + tail;
  }

  /**
   * Waits for the process to end by itself.
   *
   * @return its exit status
   * @throws Await.NotInTime if it still runs when the limit passes; it is left running
   */
  public int awaitExit(Duration limit) {
    try {
      if (!process.waitFor(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new Await.NotInTime(
            "Not within %d ms: %s ends".formatted(limit.toMillis(), name), null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting: " + name + " ends", e);
    }
    return process.exitValue();
  }

  /** Completes with its exit status when it has ended; 128 and more means a signal. */
  public CompletableFuture<Integer> onExit() {
    return process.onExit().thenApply(Process::exitValue);
  }

  /** Whether it runs. */
  public boolean alive() {
    return process.isAlive();
  }

  /** Its process id. */
  public long pid() {
    return process.pid();
  }

  /** The file with its output. */
  public Path output() {
    return output;
  }

  /** The last 4 KB of its output file. */
  public String outputTail() {
    if (!Files.exists(output)) {
      return "";
    }
    try (RandomAccessFile file = new RandomAccessFile(output.toFile(), "r")) {
      byte[] tail = new byte[(int) Math.min(TAIL_BYTES, file.length())];
      file.seek(file.length() - tail.length);
      file.readFully(tail);
      return new String(tail, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Kills it and its descendants at once, as a crash would. */
  public void kill() {
    List<ProcessHandle> family = family();
    family.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(family, Duration.ofSeconds(5));
    LIVE.remove(this);
  }

  /** Ends it and its descendants; returns when they are gone. Repeated calls do nothing. */
  @Override
  public void close() {
    List<ProcessHandle> family = new ArrayList<>(family());
    if (process.isAlive()) {
      askToEnd();
      awaitEnd(List.of(process.toHandle()), patience);
      // Children born while it was shutting down.
      family.addAll(family());
    }
    family.forEach(ProcessHandle::destroyForcibly);
    awaitEnd(family, Duration.ofSeconds(5));
    LIVE.remove(this);
  }

  private List<ProcessHandle> family() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
  }

  private void askToEnd() {
    if (signal.isEmpty()) {
      process.destroy();
      return;
    }
    try {
      new ProcessBuilder("sh", "-c", "kill -" + signal.get() + " " + process.pid())
          .redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .start()
          .waitFor(1, TimeUnit.SECONDS);
    } catch (IOException e) {
      process.destroy();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroy();
    }
  }

  private void awaitEnd(List<ProcessHandle> handles, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    // Not onExit(): for processes that are not this JVM's own children it looks once a second.
    while ((process.isAlive() || handles.stream().anyMatch(ChildProcess::runs))
        && System.nanoTime() - end < 0) {
      try {
        Thread.sleep(Duration.ofMillis(5));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Whether it runs; a dead process counts as alive until somebody asks for its status. */
  private static boolean runs(ProcessHandle handle) {
    if (!handle.isAlive()) {
      return false;
    }
    try {
      // Linux's proc(5): "pid (name) state …". Orphans may wait long for process 1 to ask.
      String stat = Files.readString(Path.of("/proc/" + handle.pid() + "/stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2) != 'Z';
    } catch (IOException e) {
      // Gone meanwhile, or a system without /proc.
      return handle.isAlive();
    }
  }

  private static void closeAll() {
    shuttingDown = true;
    List<Thread> closers =
        LIVE.stream().map(child -> Thread.ofVirtual().start(child::close)).toList();
    for (Thread closer : closers) {
      try {
        closer.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  @Override
  public String toString() {
    return name + " (process " + process.pid() + ")";
  }
}
