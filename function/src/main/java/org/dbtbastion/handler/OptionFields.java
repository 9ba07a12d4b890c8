package org.dbtbastion.handler;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.check.ConnectionCheck;
import org.dbtbastion.check.Options;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.problem.Problem;
import org.dbtbastion.problem.Problems;
import org.dbtbastion.report.Route;
import org.dbtbastion.wire.Fields;

/** The optional fields of a check: {@code login}, {@code hold} and {@code logins}. */
final class OptionFields {

  /** What the stages before and after a hold take, where all is well, and more. */
  private static final Duration AROUND_A_HOLD = Duration.ofSeconds(30);

  /** What many logins at once take after a hold, where all is well, and more. */
  private static final Duration LOGINS_AFTER_A_HOLD = Duration.ofSeconds(60);

  private static final String HOLD_EXPECTED =
      "seconds, or PT5M as ISO 8601 has it; at most " + Options.LONGEST_HOLD;

  private OptionFields() {}

  /** Reads them; an invalid one is a problem in the fields, and left out. */
  static Options read(Fields fields, Set<Route> routes) {
    Optional<Duration> hold = fields.has("hold") ? hold(fields) : Optional.empty();
    int logins = fields.has("logins") ? logins(fields) : 0;
    if (!routes.contains(Route.TUNNEL)) {
      refuseWithoutTunnel(fields, "hold", hold.isPresent());
      refuseWithoutTunnel(fields, "logins", logins > 0);
    }
    return new Options(fields.flag("login", true), hold, logins);
  }

  /**
   * Refuses a hold that is too long or has too many connections.
   *
   * @param connections how many are to be checked
   * @param deadline by when the report must be there
   * @throws RequestRefused with all of its problems
   */
  static void refuseWithoutRoom(Options options, int connections, Deadline deadline) {
    if (options.hold().isEmpty()) {
      return;
    }
    Problems<Problem> problems = new Problems<>();
    long wanted = options.hold().get().toSeconds();
    long left = deadline.remaining().toSeconds();
    long others =
        (options.logins() > 0 ? AROUND_A_HOLD.plus(LOGINS_AFTER_A_HOLD) : AROUND_A_HOLD)
            .toSeconds();
    long longest = left - others;
    if (wanted > longest) {
      problems.add(
          new Problem(
              "hold",
              "hold-too-long",
              ("A hold of %d s does not fit into the %d s that the function's timeout leaves, of"
                      + " which the other stages%s need %d s.")
                  .formatted(wanted, left, options.logins() > 0 ? " and logins" : "", others),
              longest > 0
                  ? "Hold for %d s at most.".formatted(longest)
                  : "Repeat the check without a hold."));
    }
    if (connections > ConnectionCheck.TUNNELS_AT_ONCE) {
      problems.add(
          new Problem(
              "hold",
              "hold-too-many",
              "The tunnels of %d connections cannot be held at once.".formatted(connections),
              "Name %d connections at most.".formatted(ConnectionCheck.TUNNELS_AT_ONCE)));
    }
    problems.throwIfAny(RequestRefused::new);
  }

  private static Optional<Duration> hold(Fields fields) {
    Optional<JsonNode> node =
        fields.required(
            "hold", value -> value.isIntegralNumber() || value.isTextual(), HOLD_EXPECTED);
    if (node.isEmpty()) {
      return Optional.empty();
    }
    String text = node.get().asText();
    Optional<Duration> hold = duration(node.get()).filter(Options::holdable);
    if (hold.isEmpty()) {
      fields.problem(
          "hold",
          "hold-invalid",
          Fields.quoted(text) + " is no time for which a tunnel can be held.",
          "Give " + HOLD_EXPECTED + ".");
    }
    return hold;
  }

  private static Optional<Duration> duration(JsonNode node) {
    try {
      return node.isTextual()
          ? Optional.of(Duration.parse(node.textValue()))
          : Optional.of(node)
              .filter(JsonNode::canConvertToInt)
              .map(seconds -> Duration.ofSeconds(seconds.intValue()));
    } catch (DateTimeParseException _) {
      return Optional.empty();
    }
  }

  private static int logins(Fields fields) {
    String expected = "a number from 1 to " + Options.MOST_LOGINS;
    Optional<JsonNode> node = fields.required("logins", JsonNode::isIntegralNumber, expected);
    if (node.isEmpty()) {
      return 0;
    }
    if (!node.get().canConvertToInt()
        || node.get().intValue() < 1
        || node.get().intValue() > Options.MOST_LOGINS) {
      fields.problem(
          "logins",
          "logins-invalid",
          Fields.quoted(node.get().asText()) + " logins cannot be opened at once.",
          "Give " + expected + ".");
      return 0;
    }
    return node.get().intValue();
  }

  private static void refuseWithoutTunnel(Fields fields, String field, boolean given) {
    if (given) {
      fields.problem(
          field,
          field + "-without-tunnel",
          "It is for tunnels, and the routes have none.",
          "Leave routes out, or name tunnel among them.");
    }
  }
}
