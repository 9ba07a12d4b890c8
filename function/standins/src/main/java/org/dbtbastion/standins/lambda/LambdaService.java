package org.dbtbastion.standins.lambda;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.net.HttpServers;
import org.dbtbastion.standins.process.Await;

/**
 * A stand-in for Lambda: its Invoke API in front of AWS's real Java runtime interface client, one
 * JVM per execution environment, started on demand.
 *
 * <p>Any AWS SDK or the AWS CLI invokes it through {@code AWS_ENDPOINT_URL_LAMBDA}. An invocation
 * of type Event is tried once; Lambda would retry. A function has this machine's processors,
 * network and file system: neither its share of a processor, nor a VPC, nor a role is enforced.
 * Versions and aliases are not told apart. Safe for use by several threads.
 *
 * @see <a href="https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html">Invoke</a>
 */
public final class LambdaService implements AutoCloseable {

  private static final Pattern INVOCATIONS =
      Pattern.compile("/2015-03-31/functions/([^/]+)/invocations/?");
  private static final int LARGEST_PAYLOAD = 6 * 1024 * 1024;
  private static final int LOG_TAIL = 4 * 1024;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final HttpServer server;
  private final Map<String, LambdaFunction> functions = new ConcurrentHashMap<>();
  private final AtomicInteger deployments = new AtomicInteger();

  /**
   * What came of an invocation.
   *
   * @param requestId Lambda's id of the request
   * @param payload what the handler returned, or JSON with errorType and errorMessage
   * @param functionError {@code Unhandled} if the function failed
   * @param log what the function wrote meanwhile, between START and REPORT as in CloudWatch Logs
   */
  public record Invocation(
      String requestId, byte[] payload, Optional<String> functionError, String log) {

    /** The payload as text. */
    public String text() {
      return new String(payload, StandardCharsets.UTF_8);
    }
  }

  /**
   * What it took a new execution environment to answer its first event.
   *
   * @param initialization from the start of its process until it asked for an event
   * @param total from the start of its process to the answer
   * @param answer what the handler returned
   */
  public record ColdStart(Duration initialization, Duration total, String answer) {}

  private LambdaService(Path folder, int port) {
    this.folder = folder.toAbsolutePath();
    this.server = HttpServers.start(port, this::serve);
  }

  /** Starts a service without functions on a free port. */
  public static LambdaService start(Path folder) {
    return start(folder, 0);
  }

  /**
   * Starts a service without functions.
   *
   * @param folder where code, logs and temporary files go; it is created, and not removed
   * @param port where on loopback; 0 chooses a free one
   */
  public static LambdaService start(Path folder, int port) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new LambdaService(folder, port);
  }

  /** {@code http://localhost:port}. */
  public URI endpoint() {
    return URI.create("http://localhost:" + server.getAddress().getPort());
  }

  /** What makes the AWS CLI and SDKs invoke functions here; other services are not concerned. */
  public Map<String, String> environment() {
    return Map.of("AWS_ENDPOINT_URL_LAMBDA", endpoint().toString());
  }

  /** Makes a function known, in place of one with the same name, whose environments end. */
  public void deploy(FunctionSettings settings) {
    Path deployment = folder.resolve(settings.name() + "-" + deployments.incrementAndGet());
    Path log = folder.resolve(settings.name() + ".log");
    LambdaFunction function = new LambdaFunction(settings, arn(settings.name()), deployment, log);
    LambdaFunction before = functions.put(settings.name(), function);
    if (before != null) {
      before.close();
    }
  }

  /** The ARN of a function of this name. */
  public static String arn(String name) {
    return "arn:aws:lambda:%s:%s:function:%s".formatted(Moto.REGION, Moto.ACCOUNT, name);
  }

  /** The file with a function's log, which exists after its first invocation. */
  public Path log(String name) {
    return function(name).log();
  }

  /** What a function was deployed with. */
  public FunctionSettings settings(String name) {
    return function(name).settings();
  }

  /** The processes of a function's execution environments. */
  public Stream<ProcessHandle> processes(String name) {
    return function(name).processes();
  }

  /** How many execution environments a function has. */
  public int environments(String name) {
    return function(name).environments();
  }

  private LambdaFunction function(String name) {
    LambdaFunction function = functions.get(name);
    if (function == null) {
      throw new IllegalArgumentException(
          "No function " + name + " is deployed; there are " + functions.keySet());
    }
    return function;
  }

  /**
   * Invokes a function and waits, without the detour over HTTP.
   *
   * @throws IllegalStateException if all its execution environments are busy
   */
  public Invocation invoke(String name, String payload) {
    return function(name)
        .invoke(payload.getBytes(StandardCharsets.UTF_8))
        .orElseThrow(() -> new IllegalStateException("All environments of " + name + " are busy"));
  }

  /**
   * Starts an execution environment that was not there before, has it answer one event, and ends
   * it. The code was unpacked when the function was deployed.
   *
   * @param inspection gets the process after the answer, before its end
   * @throws IllegalStateException if the function fails; the message has its output
   */
  public ColdStart coldStart(String name, String payload, Consumer<ProcessHandle> inspection) {
    return function(name).coldStart(payload.getBytes(StandardCharsets.UTF_8), inspection);
  }

  @Override
  public void close() {
    server.stop(0);
    functions.values().parallelStream().forEach(LambdaFunction::close);
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] payload = exchange.getRequestBody().readAllBytes();
    Matcher matcher = INVOCATIONS.matcher(exchange.getRequestURI().getRawPath());
    if (!exchange.getRequestMethod().equals("POST") || !matcher.matches()) {
      fail(exchange, 501, "NotImplemented", "This stand-in for Lambda only answers Invoke");
      return;
    }
    String name = nameIn(URLDecoder.decode(matcher.group(1), StandardCharsets.UTF_8));
    LambdaFunction function = functions.get(name);
    if (function == null) {
      fail(exchange, 404, "ResourceNotFoundException", "Function not found: " + arn(name));
      return;
    }
    if (payload.length > LARGEST_PAYLOAD) {
      fail(
          exchange,
          413,
          "RequestTooLargeException",
          payload.length
              + " byte payload is too large for the RequestResponse invocation type"
              + " (limit "
              + LARGEST_PAYLOAD
              + " bytes)");
      return;
    }
    byte[] event = payload.length == 0 ? "{}".getBytes(StandardCharsets.UTF_8) : payload;
    try {
      JSON.readTree(event);
    } catch (JacksonException e) {
      fail(
          exchange,
          400,
          "InvalidRequestContentException",
          "Could not parse request body into json: " + e.getOriginalMessage());
      return;
    }
    Headers request = exchange.getRequestHeaders();
    String type =
        Optional.ofNullable(request.getFirst("X-Amz-Invocation-Type")).orElse("RequestResponse");
    switch (type) {
      case "RequestResponse" ->
          invokeAndAnswer(
              exchange, function, event, "Tail".equals(request.getFirst("X-Amz-Log-Type")));
      case "Event" -> {
        Thread.ofVirtual().start(() -> invokeWhenFree(function, event));
        acknowledge(exchange, 202);
      }
      case "DryRun" -> acknowledge(exchange, 204);
      default ->
          fail(exchange, 400, "InvalidParameterValueException", "Not an invocation type: " + type);
    }
  }

  /** The name out of a name, a partial or a full ARN, each with or without a qualifier. */
  private static String nameIn(String reference) {
    String marker = "function:";
    int at = reference.indexOf(marker);
    String name = at < 0 ? reference : reference.substring(at + marker.length());
    return name.split(":")[0];
  }

  private static void invokeAndAnswer(
      HttpExchange exchange, LambdaFunction function, byte[] event, boolean withLog)
      throws IOException {
    Optional<Invocation> result = function.invoke(event);
    if (result.isEmpty()) {
      exchange.getResponseHeaders().set("Retry-After", "1");
      fail(exchange, 429, "TooManyRequestsException", "Rate Exceeded.");
      return;
    }
    Invocation invocation = result.get();
    Headers headers = exchange.getResponseHeaders();
    headers.set("X-Amz-Executed-Version", "$LATEST");
    headers.set("X-Amz-Request-Id", invocation.requestId());
    headers.set("x-amzn-RequestId", invocation.requestId());
    invocation.functionError().ifPresent(error -> headers.set("X-Amz-Function-Error", error));
    if (withLog) {
      headers.set("X-Amz-Log-Result", Base64.getEncoder().encodeToString(tail(invocation.log())));
    }
    HttpServers.answer(exchange, 200, "application/json", invocation.payload());
  }

  private static byte[] tail(String log) {
    byte[] bytes = log.getBytes(StandardCharsets.UTF_8);
    return Arrays.copyOfRange(bytes, Math.max(0, bytes.length - LOG_TAIL), bytes.length);
  }

  /** Lambda keeps events in a queue until there is an environment for them. */
  private static void invokeWhenFree(LambdaFunction function, byte[] event) {
    Await.value(
        "an environment of " + function.settings().name() + " is free",
        function.settings().timeout().multipliedBy(2),
        () -> function.invoke(event));
  }

  private static void acknowledge(HttpExchange exchange, int status) throws IOException {
    String requestId = UUID.randomUUID().toString();
    exchange.getResponseHeaders().set("X-Amz-Request-Id", requestId);
    exchange.getResponseHeaders().set("x-amzn-RequestId", requestId);
    exchange.getResponseHeaders().set("X-Amz-Executed-Version", "$LATEST");
    exchange.sendResponseHeaders(status, -1);
  }

  private static void fail(HttpExchange exchange, int status, String type, String message)
      throws IOException {
    exchange.getResponseHeaders().set("x-amzn-ErrorType", type);
    exchange.getResponseHeaders().set("x-amzn-RequestId", UUID.randomUUID().toString());
    byte[] body = JSON.writeValueAsBytes(Map.of("Type", "User", "Message", message));
    HttpServers.answer(exchange, status, "application/json", body);
  }
}
