package org.dbtbastion.standins.iam;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.process.Programs;
import org.dbtbastion.standins.process.Repository;

/**
 * A stand-in for IAM's evaluation of policies: the program {@code function/standins/iam/judge.mjs},
 * which asks a library. It is a process of its own, as that library's licence (AGPL-3.0) is not
 * ours; nothing that is shipped contains it. Safe for use by several threads.
 */
final class PolicyJudge implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final Writer questions;
  private final BufferedReader answers;

  private PolicyJudge(Process process) {
    this.process = process;
    this.questions = process.outputWriter(StandardCharsets.UTF_8);
    this.answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * Starts the program, which ends with this JVM at the latest: its input ends then.
   *
   * @throws IllegalStateException if the library or Node.js is missing
   */
  static PolicyJudge start() {
    Path folder = Repository.root().resolve("function/standins/iam");
    if (!Files.isDirectory(folder.resolve("node_modules"))) {
      throw new IllegalStateException(
          "what judges policies is missing: run npm ci --omit=dev in " + folder);
    }
    String node =
        Programs.find("node")
            .orElseThrow(() -> new IllegalStateException("Node.js is missing: node in PATH"))
            .toString();
    try {
      return new PolicyJudge(
          new ProcessBuilder(node, folder.resolve("judge.mjs").toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Judges.
   *
   * @param principal the ARN of a session of a role, or a service
   * @param policies what is attached to the role, by name
   * @param trust the policy of the resource itself: of a role that is to be assumed
   * @throws IllegalArgumentException if IAM knows no such action, no such resource or context of
   *     it, or a policy is malformed
   */
  Decision judge(
      String principal, Access access, Map<String, JsonNode> policies, Optional<JsonNode> trust) {
    ObjectNode question = JSON.createObjectNode();
    question
        .put("principal", principal)
        .put("action", access.action())
        .put("resource", access.resource())
        .put("account", Moto.ACCOUNT)
        .set("context", JSON.valueToTree(access.context()));
    ArrayNode attached = question.putArray("identityPolicies");
    policies.forEach(
        (name, policy) -> attached.addObject().put("name", name).set("policy", policy));
    trust.ifPresent(policy -> question.set("resourcePolicy", policy));
    JsonNode answer = ask(question);
    if (answer.has("error")) {
      throw new IllegalArgumentException(
          "%s cannot be judged: %s".formatted(access, answer.get("error").asText()));
    }
    return new Decision(
        switch (answer.path("result").asText()) {
          case "Allowed" -> Decision.Result.ALLOWED;
          case "ExplicitlyDenied" -> Decision.Result.EXPLICITLY_DENIED;
          case "ImplicitlyDenied" -> Decision.Result.IMPLICITLY_DENIED;
          default -> throw new IllegalStateException("not a judgment: " + answer);
        },
        texts(answer.path("allowed")),
        texts(answer.path("denied")));
  }

  private synchronized JsonNode ask(ObjectNode question) {
    try {
      questions.write(question + "\n");
      questions.flush();
      String answer = answers.readLine();
      if (answer == null) {
        throw new IllegalStateException("what judges policies has ended");
      }
      return JSON.readTree(answer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<String> texts(JsonNode array) {
    List<String> texts = new ArrayList<>();
    array.forEach(text -> texts.add(text.asText()));
    return texts;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
