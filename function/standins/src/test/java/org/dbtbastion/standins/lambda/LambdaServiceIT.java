package org.dbtbastion.standins.lambda;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.dbtbastion.standins.process.Await;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LambdaServiceIT {

  private static final String NAME = "obeys";

  @TempDir private static Path folder;
  private static LambdaService lambda;
  private static HttpClient http;

  /** Does what the event says. */
  public static final class ObeyingHandler implements RequestStreamHandler {
    @Override
    public void handleRequest(InputStream in, OutputStream out, Context context)
        throws IOException {
      String order = new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\"", "");
      System.out.println("ordered to " + order);
      switch (order) {
        case "fail" -> throw new IllegalArgumentException("as ordered");
        case "exit" -> Runtime.getRuntime().halt(3);
        case "hang" -> new java.util.concurrent.CompletableFuture<Void>().join();
        case "flood" -> System.out.println("x".repeat(10_000));
        case "wait" -> {
          Path signal = Path.of(System.getenv("SIGNAL"));
          while (!Files.exists(signal)) {
            Thread.onSpinWait();
          }
        }
        default -> {}
      }
      String answer =
          "{\"order\":\"%s\",\"pid\":%d,\"arn\":\"%s\",\"millis\":%d,\"variable\":\"%s\",\"home\":\"%s\"}"
              .formatted(
                  order,
                  ProcessHandle.current().pid(),
                  context.getInvokedFunctionArn(),
                  context.getRemainingTimeInMillis(),
                  System.getenv("VARIABLE"),
                  System.getenv("HOME"));
      out.write(answer.getBytes(StandardCharsets.UTF_8));
    }
  }

  @BeforeAll
  static void start() throws IOException {
    lambda = LambdaService.start(folder);
    http = HttpClient.newHttpClient();
    lambda.deploy(settings(NAME, ObeyingHandler.class.getName() + "::handleRequest"));
  }

  @AfterAll
  static void stop() {
    http.close();
    lambda.close();
  }

  @Test
  void answersWithWhatTheHandlerReturns() throws Exception {
    HttpResponse<String> response = invoke(NAME, "\"greet\"");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body())
        .contains("\"order\":\"greet\"", "\"variable\":\"set\"", "\"home\":\"null\"")
        .contains("\"arn\":\"arn:aws:lambda:us-east-1:123456789012:function:obeys\"");
    assertThat(response.headers().firstValue("X-Amz-Function-Error")).isEmpty();
    assertThat(response.headers().firstValue("X-Amz-Executed-Version")).hasValue("$LATEST");
    assertThat(response.headers().firstValue("X-Amz-Request-Id")).isPresent();
  }

  @Test
  void reusesItsEnvironmentAndAnswersToArnsAndQualifiers() throws Exception {
    String pid = pid(invoke(NAME, "1"));

    assertThat(pid(invoke(LambdaService.arn(NAME), "2"))).isEqualTo(pid);
    assertThat(pid(invoke(LambdaService.arn(NAME) + ":$LATEST", "3"))).isEqualTo(pid);
    assertThat(pid(invoke("123456789012:function:" + NAME, "4"))).isEqualTo(pid);
  }

  @Test
  void aHandlersExceptionIsAFunctionError() throws Exception {
    String pid = pid(invoke(NAME, "1"));
    HttpResponse<String> response = invoke(NAME, "\"fail\"");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("X-Amz-Function-Error")).hasValue("Unhandled");
    assertThat(response.body())
        .contains("\"errorMessage\":\"as ordered\"")
        .contains("\"errorType\":\"java.lang.IllegalArgumentException\"");
    assertThat(pid(invoke(NAME, "1"))).isEqualTo(pid);
  }

  @Test
  void aDeadProcessIsAnExitError() throws Exception {
    HttpResponse<String> response = invoke(NAME, "\"exit\"");

    assertThat(response.headers().firstValue("X-Amz-Function-Error")).hasValue("Unhandled");
    assertThat(response.body())
        .contains("\"errorType\":\"Runtime.ExitError\"")
        .contains("Error: Runtime exited with error: exit status 3");
    assertThat(invoke(NAME, "1").body()).contains("\"order\":\"1\"");
  }

  @Test
  void aHangingHandlerTimesOutAndItsEnvironmentIsKilled() throws Exception {
    String pid = pid(invoke(NAME, "1"));
    HttpResponse<String> response = invoke(NAME, "\"hang\"");

    assertThat(response.headers().firstValue("X-Amz-Function-Error")).hasValue("Unhandled");
    assertThat(response.body())
        .contains("\"errorType\":\"Sandbox.Timedout\"")
        .contains("Error: Task timed out after 3.00 seconds");
    assertThat(ProcessHandle.of(Long.parseLong(pid))).isEmpty();
    assertThat(Files.readString(lambda.log(NAME))).contains("Task timed out after 3.00 seconds");
  }

  @Test
  void aHandlerThatCannotBeLoadedIsAFunctionError() throws Exception {
    lambda.deploy(settings("broken", "org.example.Missing::handleRequest"));

    HttpResponse<String> response = invoke("broken", "1");

    assertThat(response.headers().firstValue("X-Amz-Function-Error")).hasValue("Unhandled");
    assertThat(response.body()).contains("org.example.Missing");
  }

  @Test
  void anUnknownFunctionIsNotFound() throws Exception {
    HttpResponse<String> response = invoke("unknown", "1");

    assertThat(response.statusCode()).isEqualTo(404);
    assertThat(response.headers().firstValue("x-amzn-ErrorType"))
        .hasValue("ResourceNotFoundException");
    assertThat(response.body())
        .contains(
            "\"Message\":\"Function not found: arn:aws:lambda:us-east-1:123456789012:function:unknown\"");
  }

  @Test
  void aPayloadThatIsNotJsonIsRefused() throws Exception {
    HttpResponse<String> response = invoke(NAME, "{");

    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(response.headers().firstValue("x-amzn-ErrorType"))
        .hasValue("InvalidRequestContentException");
  }

  @Test
  void theTailOfTheLogComesOnRequest() throws Exception {
    HttpResponse<String> response = invoke(NAME, "\"flood\"", "X-Amz-Log-Type", "Tail");

    byte[] tail =
        Base64.getDecoder().decode(response.headers().firstValue("X-Amz-Log-Result").orElseThrow());
    assertThat(tail).hasSize(4096);
    assertThat(new String(tail, StandardCharsets.UTF_8)).contains("xxx", "\nREPORT RequestId: ");
    assertThat(Files.readString(lambda.log(NAME))).contains("ordered to flood");
  }

  @Test
  void environmentsMultiplyUpToTheLimitAndThenThrottle() throws Exception {
    Path signal = folder.resolve("signal");
    lambda.deploy(
        new FunctionSettings(
            "waits",
            zip(),
            ObeyingHandler.class.getName() + "::handleRequest",
            Map.of("SIGNAL", signal.toString()),
            256,
            Duration.ofSeconds(30),
            2,
            List.of()));
    CompletableFuture<HttpResponse<String>> first = send("waits", "\"wait\"");
    CompletableFuture<HttpResponse<String>> second = send("waits", "\"wait\"");
    Await.until(
        "both environments are busy",
        Duration.ofSeconds(30),
        () -> lambda.environments("waits") == 2);

    HttpResponse<String> third = invoke("waits", "1");
    Files.createFile(signal);

    assertThat(third.statusCode()).isEqualTo(429);
    assertThat(third.headers().firstValue("x-amzn-ErrorType")).hasValue("TooManyRequestsException");
    assertThat(pid(first.get())).isNotEqualTo(pid(second.get()));
  }

  @Test
  void anEventIsAcceptedAtOnceAndADryRunRunsNothing() throws Exception {
    assertThat(invoke(NAME, "\"dry\"", "X-Amz-Invocation-Type", "DryRun").statusCode())
        .isEqualTo(204);
    assertThat(invoke(NAME, "\"event\"", "X-Amz-Invocation-Type", "Event").statusCode())
        .isEqualTo(202);

    Await.until(
        "the event was handled",
        Duration.ofSeconds(30),
        () -> Files.readString(lambda.log(NAME)).contains("ordered to event"));
    assertThat(Files.readString(lambda.log(NAME))).doesNotContain("ordered to dry");
  }

  private static FunctionSettings settings(String name, String handler) throws IOException {
    return new FunctionSettings(
        name, zip(), handler, Map.of("VARIABLE", "set"), 256, Duration.ofSeconds(3), 1, List.of());
  }

  private static Path zip() throws IOException {
    Path zip = Files.createTempFile(folder, "function", ".zip");
    String entry = ObeyingHandler.class.getName().replace('.', '/') + ".class";
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip));
        InputStream code = LambdaServiceIT.class.getResourceAsStream("/" + entry)) {
      out.putNextEntry(new ZipEntry(entry));
      code.transferTo(out);
    }
    return zip;
  }

  private static String pid(HttpResponse<String> response) {
    assertThat(response.body()).contains("\"pid\":");
    return response.body().replaceAll(".*\"pid\":(\\d+).*", "$1");
  }

  private static HttpResponse<String> invoke(String function, String payload, String... headers)
      throws ExecutionException, InterruptedException {
    return send(function, payload, headers).get();
  }

  private static CompletableFuture<HttpResponse<String>> send(
      String function, String payload, String... headers) {
    String path =
        "/2015-03-31/functions/%s/invocations"
            .formatted(URLEncoder.encode(function, StandardCharsets.UTF_8));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(lambda.endpoint() + path))
            .timeout(Duration.ofSeconds(60))
            .POST(HttpRequest.BodyPublishers.ofString(payload));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofString());
  }
}
