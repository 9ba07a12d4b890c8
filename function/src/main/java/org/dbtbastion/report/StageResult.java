package org.dbtbastion.report;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/** The outcome of one stage, and how long it took. */
public record StageResult(Stage stage, Duration took, Outcome outcome) {

  public StageResult {
    Objects.requireNonNull(stage, "stage");
    Objects.requireNonNull(took, "took");
    Objects.requireNonNull(outcome, "outcome");
  }

  /** The outcome of a stage. Details are printable; they and remedies hold nothing secret. */
  public sealed interface Outcome {

    /** It works. */
    record Passed(String detail) implements Outcome {}

    /** It works, but somebody should look at it. */
    record Warned(Code code, String detail, String remedy) implements Outcome {}

    /** It does not work; the stages after it were skipped, but for a hold after grants. */
    record Failed(Code code, String detail, String remedy) implements Outcome {}

    /**
     * It was not tried.
     *
     * @param detail why; empty if because an earlier stage failed
     */
    record Skipped(Optional<String> detail) implements Outcome {}
  }

  /** Whether the stage failed. */
  public boolean failed() {
    return outcome instanceof Outcome.Failed;
  }
}
