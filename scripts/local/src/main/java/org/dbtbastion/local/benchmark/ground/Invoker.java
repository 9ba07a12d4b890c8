package org.dbtbastion.local.benchmark.ground;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.dbtbastion.standins.lambda.LambdaService;

/** Calls functions over HTTP, as any caller does. */
public final class Invoker {

  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI endpoint;

  /** Of the functions that are deployed there. */
  public Invoker(LambdaService lambda) {
    this.endpoint = lambda.endpoint();
  }

  /**
   * What came back.
   *
   * @param text the answer
   * @param took from the request to the last byte of the answer
   */
  public record Answer(String text, Duration took) {}

  /**
   * Invokes a function.
   *
   * @throws IllegalStateException unless all is well in its answer
   */
  public Answer invoke(String function, String payload) throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(
                endpoint.resolve("/2015-03-31/functions/" + function + "/invocations"))
            .timeout(LIMIT)
            .POST(HttpRequest.BodyPublishers.ofString(payload))
            .build();
    long begin = System.nanoTime();
    String text = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    Ground.requireOk(text);
    return new Answer(text, took);
  }
}
