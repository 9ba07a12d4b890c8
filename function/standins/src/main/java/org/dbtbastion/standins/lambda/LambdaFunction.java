package org.dbtbastion.standins.lambda;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.dbtbastion.standins.lambda.ExecutionEnvironment.Answer;
import org.dbtbastion.standins.lambda.ExecutionEnvironment.Failure;
import org.dbtbastion.standins.lambda.ExecutionEnvironment.Outcome;

/** A deployed function: its code, its execution environments and its log. */
final class LambdaFunction implements AutoCloseable {

  private final FunctionSettings settings;
  private final String arn;
  private final Path folder;
  private final Path code;
  private final Path log;
  private final Semaphore concurrency;
  private final Deque<ExecutionEnvironment> idle = new ConcurrentLinkedDeque<>();
  private final Set<ExecutionEnvironment> all = ConcurrentHashMap.newKeySet();
  private final AtomicInteger started = new AtomicInteger();
  private volatile boolean closed;

  /**
   * Unpacks the code.
   *
   * @param folder for this deployment alone; it is created
   * @param log the file that the function's log is appended to
   */
  LambdaFunction(FunctionSettings settings, String arn, Path folder, Path log) {
    this.settings = settings;
    this.arn = arn;
    this.folder = folder;
    this.code = folder.resolve("code");
    this.log = log;
    this.concurrency = new Semaphore(settings.maxConcurrency());
    try {
      unzip(settings.zip(), code);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot unpack " + settings.zip(), e);
    }
    if (settings.snapStart()) {
      ExecutionEnvironment snapshot = start();
      snapshot.awaitSnapshot();
      idle.push(snapshot);
    }
  }

  private ExecutionEnvironment start() {
    ExecutionEnvironment environment =
        new ExecutionEnvironment(
            settings, arn, code, folder.resolve("environment-" + started.incrementAndGet()));
    all.add(environment);
    return environment;
  }

  private static void unzip(Path zip, Path target) throws IOException {
    Files.createDirectories(target);
    try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        Path path = target.resolve(entry.getName()).normalize();
        if (!path.startsWith(target)) {
          throw new IOException("The entry leads out of the zip: " + entry.getName());
        }
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else {
          Files.createDirectories(path.getParent());
          Files.copy(in, path);
        }
      }
    }
  }

  /** Answers one event, or nothing if all execution environments are busy. */
  Optional<LambdaService.Invocation> invoke(byte[] event) {
    if (!concurrency.tryAcquire()) {
      return Optional.empty();
    }
    try {
      String requestId = UUID.randomUUID().toString();
      long begin = System.nanoTime();
      ExecutionEnvironment environment = takeEnvironment();
      Outcome outcome = environment.invoke(requestId, event);
      double millis = Duration.ofNanos(System.nanoTime() - begin).toNanos() / 1e6;
      String output = report(requestId, environment.newOutput(), outcome, millis);
      if (environment.alive() && !closed) {
        idle.push(environment);
      } else {
        discard(environment);
      }
      return Optional.of(
          switch (outcome) {
            case Answer answer ->
                new LambdaService.Invocation(requestId, answer.payload(), Optional.empty(), output);
            case Failure failure ->
                new LambdaService.Invocation(
                    requestId, failure.payload(), Optional.of("Unhandled"), output);
          });
    } finally {
      concurrency.release();
    }
  }

  /** Answers one event in a new execution environment, which ends thereafter. */
  LambdaService.ColdStart coldStart(byte[] event, Consumer<ProcessHandle> inspection) {
    String requestId = UUID.randomUUID().toString();
    ExecutionEnvironment environment = start();
    try {
      Outcome outcome = environment.invoke(requestId, event);
      Duration total = environment.sinceBegin();
      if (!(outcome instanceof Answer answer)) {
        throw new IllegalStateException(
            "%s failed: %s".formatted(settings.name(), environment.newOutput()));
      }
      inspection.accept(environment.process());
      return new LambdaService.ColdStart(
          environment.initialization(), total, new String(answer.payload(), UTF_8));
    } finally {
      discard(environment);
    }
  }

  private ExecutionEnvironment takeEnvironment() {
    while (true) {
      ExecutionEnvironment environment = idle.poll();
      if (environment == null) {
        return start();
      }
      if (environment.alive()) {
        return environment;
      }
      discard(environment);
    }
  }

  private void discard(ExecutionEnvironment environment) {
    environment.close();
    all.remove(environment);
  }

  /** Writes the invocation's part of the log as CloudWatch Logs shows it, and returns it. */
  private synchronized String report(
      String requestId, String output, Outcome outcome, double millis) {
    StringBuilder text = new StringBuilder();
    text.append("START RequestId: ").append(requestId).append(" Version: $LATEST\n");
    text.append(output);
    if (!output.isEmpty() && !output.endsWith("\n")) {
      text.append('\n');
    }
    ExecutionEnvironment.timeoutIn(outcome)
        .ifPresent(message -> text.append(requestId).append(' ').append(message).append("\n\n"));
    text.append("END RequestId: ").append(requestId).append('\n');
    text.append(
        "REPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: %d MB\n"
            .formatted(requestId, millis, Math.ceil(millis), settings.memoryMb()));
    try {
      Files.writeString(log, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return text.toString();
  }

  FunctionSettings settings() {
    return settings;
  }

  Path log() {
    return log;
  }

  /** The processes of its execution environments. */
  Stream<ProcessHandle> processes() {
    return all.stream().map(ExecutionEnvironment::process);
  }

  /** How many execution environments there are. */
  int environments() {
    return all.size();
  }

  @Override
  public void close() {
    closed = true;
    all.parallelStream().forEach(this::discard);
  }
}
