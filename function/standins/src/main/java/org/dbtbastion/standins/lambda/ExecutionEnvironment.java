package org.dbtbastion.standins.lambda;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.dbtbastion.standins.net.HttpServers;
import org.dbtbastion.standins.process.ChildProcess;

/**
 * One of a function's execution environments: a JVM with AWS's runtime interface client, and the
 * Runtime API that it talks to. It takes one invocation at a time.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html">Lambda's runtime
 *     API</a>
 */
final class ExecutionEnvironment implements AutoCloseable {

  /** Lambda allows 10 s and then tries once more under the function's own timeout. */
  private static final Duration INITIALIZATION = Duration.ofSeconds(60);

  private static final String RUNTIME = "/2018-06-01/runtime/";

  private final FunctionSettings settings;
  private final String arn;
  private final long begin;
  private final ChildProcess process;
  private final HttpServer runtimeApi;
  private final BlockingQueue<Pending> queue = new LinkedBlockingQueue<>();
  private final CompletableFuture<Failure> failedToStart = new CompletableFuture<>();
  private final CompletableFuture<Void> snapshot = new CompletableFuture<>();
  private final CountDownLatch restored = new CountDownLatch(1);
  private volatile Pending current;
  private volatile Duration initialization;
  private long logRead;

  /** How an invocation ended. */
  sealed interface Outcome permits Answer, Failure {}

  /** The handler returned this. */
  record Answer(byte[] payload) implements Outcome {}

  /**
   * The handler threw, or the environment broke.
   *
   * @param payload JSON with errorType and errorMessage
   * @param broken whether the environment cannot be used again
   */
  record Failure(byte[] payload, boolean broken) implements Outcome {

    static Failure of(String type, String requestId, String message) {
      String json =
          "{\"errorType\":\"%s\",\"errorMessage\":\"RequestId: %s Error: %s\"}"
              .formatted(type, requestId, message);
      return new Failure(json.getBytes(StandardCharsets.UTF_8), true);
    }
  }

  private record Pending(
      String requestId,
      byte[] event,
      CompletableFuture<Instant> delivered,
      CompletableFuture<Outcome> outcome) {}

  /**
   * Starts an environment.
   *
   * @param code the unpacked deployment package, which becomes the working directory
   * @param folder where its output and temporary files go
   */
  ExecutionEnvironment(FunctionSettings settings, String arn, Path code, Path folder) {
    this.settings = settings;
    this.arn = arn;
    this.runtimeApi = HttpServers.start(0, this::serve);
    try {
      ChildProcess.Builder runtime =
          RuntimeProcess.of(settings, code, folder, runtimeApi.getAddress().getPort());
      this.begin = System.nanoTime();
      this.process = runtime.start();
    } catch (IOException e) {
      runtimeApi.stop(0);
      throw new UncheckedIOException(e);
    } catch (RuntimeException e) {
      runtimeApi.stop(0);
      throw e;
    }
  }

  /**
   * Lets the function answer one event. Not for two threads at once.
   *
   * @return how it ended; after a broken {@link Failure} the environment must be closed
   */
  Outcome invoke(String requestId, byte[] event) {
    Pending pending =
        new Pending(requestId, event, new CompletableFuture<>(), new CompletableFuture<>());
    current = pending;
    process.onExit().thenAccept(status -> pending.outcome().complete(exited(requestId, status)));
    failedToStart.thenAccept(pending.outcome()::complete);
    restored.countDown();
    queue.add(pending);
    try {
      await(CompletableFuture.anyOf(pending.delivered(), pending.outcome()), INITIALIZATION);
      Outcome outcome = await(pending.outcome(), settings.timeout());
      if (outcome instanceof Failure failure && failure.broken()) {
        process.kill();
      }
      return outcome;
    } catch (TimeoutException e) {
      process.kill();
      Duration limit = pending.delivered().isDone() ? settings.timeout() : INITIALIZATION;
      return Failure.of("Sandbox.Timedout", requestId, timedOut(limit));
    } finally {
      current = null;
    }
  }

  private static String timedOut(Duration limit) {
    return "Task timed out after %.2f seconds".formatted(limit.toMillis() / 1000.0);
  }

  private static <T> T await(CompletableFuture<T> future, Duration limit) throws TimeoutException {
    try {
      return future.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Failure exited(String requestId, int status) {
    String reason =
        switch (status) {
          case 0 -> "Runtime exited without providing a reason";
          case 137 -> "Runtime exited with error: signal: killed";
          default -> "Runtime exited with error: exit status " + status;
        };
    return Failure.of("Runtime.ExitError", requestId, reason);
  }

  /** The time since its process was started. */
  Duration sinceBegin() {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  /** From the start of its process until it first asked for an event; not before that. */
  Duration initialization() {
    return initialization;
  }

  ProcessHandle process() {
    return ProcessHandle.of(process.pid())
        .orElseThrow(() -> new IllegalStateException(process + " has ended"));
  }

  /** Whether it can take an invocation. */
  boolean alive() {
    return process.alive();
  }

  /** What the function has written since the last call. */
  synchronized String newOutput() {
    try (InputStream output = Files.newInputStream(process.output())) {
      output.skipNBytes(logRead);
      byte[] bytes = output.readAllBytes();
      logRead += bytes.length;
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.close();
    runtimeApi.stop(0);
  }

  private void serve(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    if (!path.startsWith(RUNTIME)) {
      HttpServers.answer(exchange, 404, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
      return;
    }
    String[] parts = path.substring(RUNTIME.length()).split("/");
    byte[] body = exchange.getRequestBody().readAllBytes();
    switch (parts[parts.length - 1]) {
      case "next" -> {
        if (parts[0].equals("restore")) {
          restore(exchange);
        } else {
          next(exchange);
        }
      }
      case "response" -> complete(exchange, parts[1], new Answer(body));
      case "error" -> {
        if (parts[0].equals("init")) {
          failedToStart.complete(new Failure(body, true));
          accepted(exchange);
        } else {
          complete(exchange, parts[1], new Failure(body, false));
        }
      }
      default ->
          HttpServers.answer(
              exchange, 404, "application/json", "{}".getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Waits until it has started as far as SnapStart takes a snapshot. */
  void awaitSnapshot() {
    try {
      await(CompletableFuture.anyOf(snapshot, failedToStart, process.onExit()), INITIALIZATION);
    } catch (TimeoutException e) {
      throw new IllegalStateException("no snapshot in " + INITIALIZATION, e);
    }
  }

  /** Stands for the time between snapshot and restore: it goes on when there is an event. */
  private void restore(HttpExchange exchange) throws IOException {
    snapshot.complete(null);
    try {
      restored.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    HttpServers.answer(exchange, 200, "application/json", new byte[0]);
  }

  private void next(HttpExchange exchange) throws IOException {
    if (initialization == null) {
      initialization = sinceBegin();
    }
    Pending pending;
    try {
      pending = queue.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return;
    }
    Instant deadline = Instant.now().plus(settings.timeout());
    exchange.getResponseHeaders().set("Lambda-Runtime-Aws-Request-Id", pending.requestId());
    exchange
        .getResponseHeaders()
        .set("Lambda-Runtime-Deadline-Ms", Long.toString(deadline.toEpochMilli()));
    exchange.getResponseHeaders().set("Lambda-Runtime-Invoked-Function-Arn", arn);
    exchange.getResponseHeaders().set("Lambda-Runtime-Trace-Id", traceId());
    pending.delivered().complete(deadline);
    HttpServers.answer(exchange, 200, "application/json", pending.event());
  }

  private void complete(HttpExchange exchange, String requestId, Outcome outcome)
      throws IOException {
    Pending pending = current;
    if (pending == null || !pending.requestId().equals(requestId)) {
      HttpServers.answer(
          exchange,
          400,
          "application/json",
          "{\"errorType\":\"InvalidRequestID\",\"errorMessage\":\"Invalid request ID\"}"
              .getBytes(StandardCharsets.UTF_8));
      return;
    }
    accepted(exchange);
    pending.outcome().complete(outcome);
  }

  private static void accepted(HttpExchange exchange) throws IOException {
    HttpServers.answer(
        exchange, 202, "application/json", "{\"status\":\"OK\"}".getBytes(StandardCharsets.UTF_8));
  }

  private static String traceId() {
    byte[] random = new byte[20];
    ThreadLocalRandom.current().nextBytes(random);
    String hex = HexFormat.of().formatHex(random);
    return "Root=1-%08x-%s;Parent=%s;Sampled=0"
        .formatted(Instant.now().getEpochSecond(), hex.substring(0, 24), hex.substring(24));
  }

  /** The message of a timeout, for the log. */
  static Optional<String> timeoutIn(Outcome outcome) {
    return switch (outcome) {
      case Answer answer -> Optional.empty();
      case Failure failure -> {
        String json = new String(failure.payload(), StandardCharsets.UTF_8);
        int at = json.indexOf("Task timed out after ");
        yield at < 0 || !failure.broken()
            ? Optional.empty()
            : Optional.of(json.substring(at, json.indexOf('"', at)));
      }
    };
  }
}
