package org.dbtbastion.standins.iam;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.dbtbastion.standins.account.Moto;

/**
 * A stand-in for EventBridge Scheduler: does what a deployed schedule does when its time comes, as
 * its role. Time itself calls nothing here. Safe for use by several threads.
 */
public final class Schedules {

  private final JudgedAccount account;
  private final MotoQueries queries;

  /** Of the schedules that are deployed in moto. */
  public Schedules(JudgedAccount account, Moto moto) {
    this.account = account;
    this.queries = new MotoQueries(moto.endpoint());
  }

  /**
   * Calls the function of a schedule and waits, which the real one does not.
   *
   * @param name the schedule's name
   * @return what Lambda answered
   * @throws IllegalStateException if the schedule's role does not trust the schedule
   */
  public HttpResponse<String> run(String name) {
    JsonNode schedule = queries.get("scheduler", "/schedules/" + name);
    JsonNode target = schedule.path("Target");
    // Source: the EventBridge Scheduler user guide, "Confused deputy prevention".
    String key =
        account
            .assume(
                "scheduler.amazonaws.com",
                target.path("RoleArn").asText(),
                name,
                Map.of("aws:SourceAccount", schedule.path("Arn").asText().split(":")[4]))
            .get("AWS_ACCESS_KEY_ID");
    URI invocation =
        account
            .endpoint()
            .resolve(
                "/2015-03-31/functions/%s/invocations"
                    .formatted(
                        URLEncoder.encode(target.path("Arn").asText(), StandardCharsets.UTF_8)));
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(invocation)
              .header("Authorization", MotoQueries.authorization(key, "lambda"))
              .POST(HttpRequest.BodyPublishers.ofString(target.path("Input").asText("{}")))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
