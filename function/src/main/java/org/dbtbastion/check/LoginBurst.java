package org.dbtbastion.check;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.LoginsResult;
import org.dbtbastion.report.LoginsResult.Dropped;
import org.dbtbastion.report.StageResult.Outcome;

/**
 * Many tunnel logins at once on one host, each with an SSH connection of its own, as dbt's jobs
 * make them. All stay open until the last has succeeded or failed, so that a host without room for
 * them shows it.
 */
final class LoginBurst {

  /** For each stage: half of sshd's LoginGraceTime, and more than any job should wait. */
  static final Duration LIMIT = Duration.ofSeconds(60);

  /** How to log in. */
  @FunctionalInterface
  interface Login {
    /**
     * Logs in.
     *
     * @param stages gets what comes of it
     * @param loggedIn is run while the login is open; not at all, if there is none
     */
    void run(Stages stages, Runnable loggedIn);
  }

  /** One login: whether it was accepted, how long its stages took, and what came of the last. */
  private record One(boolean accepted, Duration took, Outcome outcome) {}

  private LoginBurst() {}

  /**
   * Runs so many logins.
   *
   * @param stages makes the stages of a login
   * @param deadline by when all of them have ended
   */
  static LoginsResult run(
      Optional<String> host, int logins, Supplier<Stages> stages, Login login, Deadline deadline)
      throws InterruptedException {
    CountDownLatch underWay = new CountDownLatch(logins);
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<One>> all = new ArrayList<>();
      for (int i = 0; i < logins; i++) {
        all.add(executor.submit(() -> one(stages.get(), login, underWay, deadline)));
      }
      List<Duration> latencies = new ArrayList<>();
      Map<Code, Dropped> dropped = new EnumMap<>(Code.class);
      for (Future<One> future : all) {
        One one = future.get();
        if (one.accepted()) {
          latencies.add(one.took());
        } else {
          Dropped its = dropped(one.outcome());
          dropped.merge(its.code(), its, LoginBurst::together);
        }
      }
      return new LoginsResult(host, logins, latencies, List.copyOf(dropped.values()));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private static One one(Stages stages, Login login, CountDownLatch underWay, Deadline deadline) {
    AtomicBoolean accepted = new AtomicBoolean();
    try {
      login.run(
          stages,
          () -> {
            accepted.set(true);
            underWay.countDown();
            awaitOthers(underWay, deadline);
          });
    } finally {
      if (!accepted.get()) {
        underWay.countDown();
      }
    }
    return new One(accepted.get(), stages.took(), stages.last().outcome());
  }

  private static void awaitOthers(CountDownLatch underWay, Deadline deadline) {
    try {
      underWay.await(deadline.remainingMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private static Dropped dropped(Outcome outcome) {
    return switch (outcome) {
      case Outcome.Failed(Code code, String detail, String remedy) ->
          new Dropped(code, 1, detail, remedy);
      case Outcome.Warned(Code code, String detail, String remedy) ->
          new Dropped(code, 1, detail, remedy);
      case Outcome.Passed _, Outcome.Skipped _ ->
          throw new IllegalStateException("neither accepted nor dropped: " + outcome);
    };
  }

  private static Dropped together(Dropped first, Dropped other) {
    return new Dropped(first.code(), first.count() + other.count(), first.detail(), first.remedy());
  }
}
