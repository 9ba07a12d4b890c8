package org.dbtbastion.standins.account;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.dbtbastion.standins.account.SystemsManagerFront.Agent;
import org.dbtbastion.standins.account.SystemsManagerFront.AgentResult;

/**
 * One command on one host, as Run Command tells of it. Safe for use by several threads; it is run
 * once.
 */
final class CommandInvocation {

  private static final int STDOUT_LIMIT = 24_000;
  private static final int STDERR_LIMIT = 8_000;

  private final String commandId;
  private final String instanceId;
  private final String document;
  private final List<String> commands;
  private final Instant requested = Instant.now();
  private volatile State state =
      new State("Pending", -1, "", "", Optional.empty(), Optional.empty());

  private record State(
      String status,
      int responseCode,
      String output,
      String error,
      Optional<Instant> begun,
      Optional<Instant> ended) {}

  CommandInvocation(String commandId, String instanceId, String document, List<String> commands) {
    this.commandId = commandId;
    this.instanceId = instanceId;
    this.document = document;
    this.commands = commands;
  }

  String commandId() {
    return commandId;
  }

  String instanceId() {
    return instanceId;
  }

  /** Has the host's agent run it; what the agent throws makes it fail. */
  void run(Agent agent) {
    Optional<Instant> begun = Optional.of(Instant.now());
    state = new State("InProgress", -1, "", "", begun, Optional.empty());
    AgentResult result;
    try {
      result = agent.run(instanceId, commands);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      result = new AgentResult(-1, "", "interrupted");
    } catch (Exception e) {
      result = new AgentResult(-1, "", e.toString());
    }
    state =
        new State(
            result.exitStatus() == 0 ? "Success" : "Failed",
            result.exitStatus(),
            first(STDOUT_LIMIT, result.standardOutput()),
            first(STDERR_LIMIT, result.standardError()),
            begun,
            Optional.of(Instant.now()));
  }

  private static String first(int limit, String text) {
    return text.substring(0, Math.min(limit, text.length()));
  }

  /** As {@code GetCommandInvocation} answers. */
  ObjectNode toGetAnswer() {
    State now = state;
    return common(now)
        .put("PluginName", "aws:runShellScript")
        .put("ResponseCode", now.responseCode())
        .put("ExecutionStartDateTime", now.begun().map(CommandInvocation::iso).orElse(""))
        .put("ExecutionElapsedTime", now.ended().map(this::elapsed).orElse(""))
        .put("ExecutionEndDateTime", now.ended().map(CommandInvocation::iso).orElse(""))
        .put("StandardOutputContent", now.output())
        .put("StandardErrorContent", now.error());
  }

  /** As it stands in the answer of {@code ListCommandInvocations}. */
  ObjectNode toListEntry(boolean details) {
    State now = state;
    ObjectNode entry = common(now).put("RequestedDateTime", seconds(requested));
    ArrayNode plugins = entry.putArray("CommandPlugins");
    if (details) {
      ObjectNode plugin =
          plugins
              .addObject()
              .put("Name", "aws:runShellScript")
              .put("Status", now.status())
              .put("StatusDetails", now.status())
              .put("ResponseCode", now.responseCode())
              .put(
                  "Output",
                  now.error().isEmpty()
                      ? now.output()
                      : now.output() + "\n----------ERROR-------\n" + now.error());
      now.begun().ifPresent(time -> plugin.put("ResponseStartDateTime", seconds(time)));
      now.ended().ifPresent(time -> plugin.put("ResponseFinishDateTime", seconds(time)));
    }
    return entry;
  }

  private ObjectNode common(State now) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("CommandId", commandId)
        .put("InstanceId", instanceId)
        .put("Comment", "")
        .put("DocumentName", document)
        .put("DocumentVersion", "$DEFAULT")
        .put("Status", now.status())
        .put("StatusDetails", now.status())
        .put("StandardOutputUrl", "")
        .put("StandardErrorUrl", "");
  }

  private static String iso(Instant time) {
    return time.truncatedTo(ChronoUnit.MILLIS).toString();
  }

  private static double seconds(Instant time) {
    return time.toEpochMilli() / 1000.0;
  }

  private String elapsed(Instant end) {
    return Duration.between(requested, end).truncatedTo(ChronoUnit.MILLIS).toString();
  }
}
