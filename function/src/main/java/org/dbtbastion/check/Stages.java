package org.dbtbastion.check;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Stage;
import org.dbtbastion.report.StageResult;
import org.dbtbastion.report.StageResult.Outcome;
import org.dbtbastion.text.Printable;

/**
 * Runs the stages of one route one after the other, each by its own deadline, and keeps what came
 * of them. Not thread-safe.
 *
 * <p>Every step runs on a virtual thread of its own: interrupting one that blocks on a socket
 * closes the socket, so no step can hold its stage beyond the deadline, whatever library it is in.
 */
final class Stages {

  /** What a stage does. */
  @FunctionalInterface
  interface Step<T> {
    Attempt<T> run(Deadline deadline) throws Exception;
  }

  private static final int LONGEST_DETAIL = 2000;

  private final Deadline whole;
  private final Function<Stage, Duration> limits;
  private final Map<String, String> names;
  private final Consumer<Throwable> unexpected;
  private final List<StageResult> results = new ArrayList<>();
  private Optional<String> whySkipped = Optional.empty();

  /**
   * @param whole the end of the whole check; no stage goes beyond it
   * @param limits the longest that each stage may take
   * @param names what remedies call things
   * @param unexpected receives unexpected errors, for the log
   */
  Stages(
      Deadline whole,
      Function<Stage, Duration> limits,
      Map<String, String> names,
      Consumer<Throwable> unexpected) {
    this.whole = whole;
    this.limits = limits;
    this.names = Map.copyOf(names);
    this.unexpected = unexpected;
  }

  /**
   * Runs one stage.
   *
   * @param onTimeout the cause to name when the step is not done by its deadline; the detail is
   *     made here
   * @return what the next stage goes on with; empty if this one failed
   */
  <T> Optional<T> run(Stage stage, Code onTimeout, Step<T> step) {
    return run(
        stage,
        () ->
            new Attempt.Failed<>(
                onTimeout, "no answer in " + limits.apply(stage).toMillis() + " ms"),
        step);
  }

  <T> Optional<T> run(Stage stage, Supplier<Attempt.Failed<T>> onTimeout, Step<T> step) {
    long begin = System.nanoTime();
    Attempt<T> attempt = attempt(stage, onTimeout, step);
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    return switch (attempt) {
      case Attempt.Passed<T>(T value, String detail) -> {
        results.add(new StageResult(stage, took, new Outcome.Passed(printable(detail))));
        yield Optional.of(value);
      }
      case Attempt.Warned<T>(T value, Code code, String detail, var more) -> {
        results.add(
            new StageResult(
                stage, took, new Outcome.Warned(code, printable(detail), remedy(code, and(more)))));
        yield Optional.of(value);
      }
      case Attempt.Failed<T>(Code code, String detail, var more) -> {
        results.add(
            new StageResult(
                stage, took, new Outcome.Failed(code, printable(detail), remedy(code, and(more)))));
        yield Optional.empty();
      }
    };
  }

  private Map<String, String> and(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(names);
    all.putAll(more);
    return all;
  }

  /** What a server says may be of any length, and may be aimed at the reader of the report. */
  private static String printable(String detail) {
    return Printable.of(detail, LONGEST_DETAIL);
  }

  /** Some of its values come from the server too. */
  private static String remedy(Code code, Map<String, String> names) {
    return Printable.of(code.remedy(names));
  }

  /**
   * Turns the failure of the last stage into a warning, if it has one of these causes.
   *
   * @return whether it is
   */
  boolean warnInsteadOf(Set<Code> causes, Code code) {
    StageResult last = results.getLast();
    if (!(last.outcome() instanceof Outcome.Failed(var cause, String detail, _))
        || !causes.contains(cause)) {
      return false;
    }
    results.set(
        results.size() - 1,
        new StageResult(
            last.stage(), last.took(), new Outcome.Warned(code, detail, remedy(code, names))));
    return true;
  }

  /** Ends the route here without a failure: the remaining stages are skipped, for this reason. */
  void skipOthers(String why) {
    whySkipped = Optional.of(why);
  }

  /** Skips these stages, for this reason. */
  void skip(List<Stage> stages, String why) {
    for (Stage stage : stages) {
      results.add(new StageResult(stage, Duration.ZERO, new Outcome.Skipped(Optional.of(why))));
    }
  }

  /** What came of the last stage that was run. */
  StageResult last() {
    return results.getLast();
  }

  /** How long the stages took together. */
  Duration took() {
    return results.stream().map(StageResult::took).reduce(Duration.ZERO, Duration::plus);
  }

  /** What came of these stages; those that were not reached were skipped. */
  List<StageResult> results(List<Stage> stages) {
    List<StageResult> all = new ArrayList<>(results);
    for (Stage stage : stages.subList(results.size(), stages.size())) {
      all.add(new StageResult(stage, Duration.ZERO, new Outcome.Skipped(whySkipped)));
    }
    return all;
  }

  private <T> Attempt<T> attempt(Stage stage, Supplier<Attempt.Failed<T>> onTimeout, Step<T> step) {
    if (whole.passed()) {
      return outOfTime();
    }
    Duration limit = limits.apply(stage);
    // Decided before the step runs: afterwards it would depend on rounding.
    boolean lastOfTheWhole = whole.remaining().compareTo(limit) < 0;
    Deadline deadline = whole.within(limit);
    Task<T> task = new Task<>(() -> step.run(deadline));
    Thread thread = Thread.ofVirtual().name(stage.id()).start(task);
    try {
      return task.get(deadline.remainingMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      task.abandon();
      thread.interrupt();
      return lastOfTheWhole ? outOfTime() : onTimeout.get();
    } catch (InterruptedException _) {
      task.abandon();
      thread.interrupt();
      Thread.currentThread().interrupt();
      return outOfTime();
    } catch (ExecutionException e) {
      // A socket's own time-out, or an interruption within: the step ran up to its deadline.
      if (e.getCause() instanceof InterruptedIOException) {
        return lastOfTheWhole ? outOfTime() : onTimeout.get();
      }
      unexpected.accept(e.getCause());
      return new Attempt.Failed<>(Code.UNEXPECTED, e.getCause().getClass().getName());
    }
  }

  private static <T> Attempt.Failed<T> outOfTime() {
    return new Attempt.Failed<>(Code.OUT_OF_TIME, "no time was left for this stage");
  }

  /** A step whose outcome is closed if it comes after the deadline. */
  private static final class Task<T> extends FutureTask<Attempt<T>> {

    private volatile boolean abandoned;

    Task(Callable<Attempt<T>> step) {
      super(step);
    }

    void abandon() {
      abandoned = true;
      if (isDone()) {
        closeOutcome();
      }
    }

    @Override
    protected void done() {
      if (abandoned) {
        closeOutcome();
      }
    }

    private void closeOutcome() {
      try {
        if (resultNow() instanceof Attempt.Passed<T>(T value, String _)
            && value instanceof AutoCloseable closeable) {
          closeable.close();
        }
      } catch (Exception _) {
        // It ended in an exception, or does not close: either way there is nothing left to do.
      }
    }
  }
}
