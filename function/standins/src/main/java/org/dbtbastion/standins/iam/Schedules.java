package org.dbtbastion.standins.iam;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.dbtbastion.standins.account.Moto;

/**
 * A stand-in for EventBridge Scheduler: does what a schedule of a deployed stack does when its time
 * comes, as its role. Time itself calls nothing here. Schedules are read from the stack's template:
 * moto's CloudFormation makes none. Safe for use by several threads.
 */
public final class Schedules {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final JudgedAccount account;
  private final MotoQueries queries;
  private final String stack;

  /** Of the schedules of a stack that is deployed in moto. */
  public Schedules(JudgedAccount account, Moto moto, String stack) {
    this.account = account;
    this.queries = new MotoQueries(moto.endpoint());
    this.stack = stack;
  }

  /**
   * Calls the function of a schedule and waits, which the real one does not.
   *
   * @param name the schedule's name
   * @return what Lambda answered
   * @throws IllegalStateException if the schedule's role does not trust the schedule
   */
  public HttpResponse<String> run(String name) {
    JsonNode resources = resources();
    JsonNode target =
        resources
            .valueStream()
            .filter(each -> each.path("Type").asText().equals("AWS::Scheduler::Schedule"))
            .map(each -> each.get("Properties"))
            .filter(each -> each.path("Name").asText().equals(name))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no schedule " + name))
            .get("Target");
    String function =
        resources
            .path(target.at("/Arn/Fn::GetAtt/0").asText())
            .at("/Properties/FunctionName")
            .asText();
    // Source: the EventBridge Scheduler user guide, "Confused deputy prevention".
    String key =
        account
            .assume(
                "scheduler.amazonaws.com",
                role(target.at("/RoleArn/Fn::GetAtt/0").asText()),
                name,
                Map.of("aws:SourceAccount", Moto.ACCOUNT))
            .get("AWS_ACCESS_KEY_ID");
    URI invocation =
        account.endpoint().resolve("/2015-03-31/functions/%s/invocations".formatted(function));
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

  private JsonNode resources() {
    String template =
        queries
            .texts("cloudformation", "GetTemplate", Map.of("StackName", stack), "//TemplateBody")
            .getFirst();
    try {
      return JSON.readTree(template).get("Resources");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** CloudFormation names roles by the stack and their logical ids. */
  private String role(String logicalId) {
    return queries.texts("iam", "ListRoles", Map.of(), "//Roles/member/RoleName").stream()
        .filter(each -> each.startsWith(stack + "-" + logicalId))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no role for " + logicalId));
  }
}
