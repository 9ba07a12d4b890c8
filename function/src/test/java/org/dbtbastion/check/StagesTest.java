package org.dbtbastion.check;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Stage;
import org.dbtbastion.report.StageResult.Outcome;
import org.junit.jupiter.api.Test;

class StagesTest {

  /** What clears a terminal's screen, and begins a line of a log. */
  private static final String HOSTILE = "x\u001b[2J\n✓ all is well\u202e";

  private static final String HARMLESS = "x?[2J?✓ all is well?";

  private final Stages stages =
      new Stages(
          Deadline.in(Duration.ofSeconds(30)),
          Stage::limit,
          Map.of("connection", "c", "database", HOSTILE),
          thrown -> {
            throw new AssertionError(thrown);
          });

  @Test
  void whatAServerCallsThingsIsPrintableInRemedies() {
    assertThat(outcome(new Attempt.Failed<>(Code.DATABASE_MISSING, "no " + HOSTILE)))
        .isEqualTo(new Outcome.Failed(Code.DATABASE_MISSING, "no " + HARMLESS, remedy(HARMLESS)));
    assertThat(outcome(new Attempt.Warned<>("", Code.DATABASE_MISSING, "no " + HOSTILE)))
        .isEqualTo(new Outcome.Warned(Code.DATABASE_MISSING, "no " + HARMLESS, remedy(HARMLESS)));
    assertThat(
            outcome(
                new Attempt.Failed<>(
                    Code.DATABASE_MISSING, "no " + HOSTILE, Map.of("database", "of " + HOSTILE))))
        .isEqualTo(
            new Outcome.Failed(Code.DATABASE_MISSING, "no " + HARMLESS, remedy("of " + HARMLESS)));
  }

  @Test
  void soAreThoseOfFailuresThatBecomeWarnings() {
    outcome(new Attempt.Failed<>(Code.QUERY_FAILED, "no " + HOSTILE));
    stages.warnInsteadOf(Set.of(Code.QUERY_FAILED), Code.DATABASE_MISSING);

    assertThat(stages.last().outcome())
        .isEqualTo(new Outcome.Warned(Code.DATABASE_MISSING, "no " + HARMLESS, remedy(HARMLESS)));
  }

  private Outcome outcome(Attempt<String> attempt) {
    stages.run(Stage.QUERY, Code.QUERY_TIMEOUT, _ -> attempt);
    return stages.last().outcome();
  }

  private static String remedy(String database) {
    return "Create the database %s, or correct the database of connection c.".formatted(database);
  }
}
