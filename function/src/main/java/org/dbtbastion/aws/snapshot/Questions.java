package org.dbtbastion.aws.snapshot;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.dbtbastion.aws.AwsClients;
import org.dbtbastion.aws.AwsErrors;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.network.Described;
import org.jboss.logging.Logger;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;

/** Asks AWS many questions at the same time, each with a limit of its own. Not thread-safe. */
final class Questions implements AutoCloseable {

  /** For one call. A function without a route to an API should say so soon. */
  private static final Duration READ_LIMIT = Duration.ofSeconds(8);

  private static final Logger LOG = Logger.getLogger(Questions.class);

  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Deadline deadline;

  Questions(Deadline deadline) {
    this.deadline = deadline;
  }

  /** One question to AWS; it ends in time. */
  @FunctionalInterface
  interface Question<T> {
    T answer(AwsRequestOverrideConfiguration inTime);
  }

  /** Describes what has an id. */
  @FunctionalInterface
  interface Describer<T> {
    T describe(String id, AwsRequestOverrideConfiguration inTime);
  }

  /** A question that was asked. */
  record Pending<T>(Future<Described<T>> future, String action, String what, Deadline deadline) {

    /** Comes by the deadline: a name server that is silent keeps a call beyond its own limit. */
    Described<T> described() throws InterruptedException {
      try {
        return future.get(deadline.remainingMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | CancellationException _) {
        future.cancel(true);
        return new Described.Unreadable<>(action, what, false, "AWS did not answer in time");
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }

    /** What is known by the deadline; otherwise what is known of nothing. */
    T orElse(T nothing) throws InterruptedException {
      return described() instanceof Described.Known<T>(T value) ? value : nothing;
    }
  }

  /**
   * Asks.
   *
   * @param action what is asked, as IAM calls it, such as {@code ec2:DescribeSubnets}
   * @param what it tells, such as {@code subnets}
   */
  <T> Pending<T> ask(String action, String what, Question<T> question) {
    return submit(action, what, question, Described.Known::new);
  }

  /** As {@link #ask}, for something that may not exist. */
  <T> Pending<T> find(String action, String what, Question<Optional<T>> question) {
    return submit(
        action,
        what,
        question,
        found -> found.<Described<T>>map(Described.Known::new).orElseGet(Described.Missing::new));
  }

  /** As {@link #ask}, once for each id, which ends what it tells. */
  <T> Map<String, Pending<T>> askEach(
      Collection<String> ids, String action, String what, Describer<T> describer) {
    Map<String, Pending<T>> pending = new HashMap<>();
    for (String id : ids) {
      pending.put(id, ask(action, what + id, inTime -> describer.describe(id, inTime)));
    }
    return pending;
  }

  /** What came of questions, by their ids. */
  static <T> Map<String, Described<T>> described(Map<String, Pending<T>> pending)
      throws InterruptedException {
    Map<String, Described<T>> described = new HashMap<>();
    for (Map.Entry<String, Pending<T>> each : pending.entrySet()) {
      described.put(each.getKey(), each.getValue().described());
    }
    return described;
  }

  private <A, T> Pending<T> submit(
      String action, String what, Question<A> question, Function<A, Described<T>> known) {
    return new Pending<>(
        executor.submit(() -> answer(action, what, question, known)), action, what, deadline);
  }

  private <A, T> Described<T> answer(
      String action, String what, Question<A> question, Function<A, Described<T>> known) {
    try {
      return known.apply(question.answer(AwsClients.by(deadline.within(READ_LIMIT))));
    } catch (SdkException e) {
      boolean denied = e instanceof AwsServiceException answer && AwsErrors.isDenied(answer);
      return new Described.Unreadable<>(action, what, denied, AwsErrors.text(e));
    } catch (RuntimeException e) {
      // The other parts are still useful.
      LOG.errorf(e, "%s failed: %s", action, what);
      return new Described.Unreadable<>(action, what, false, e.getClass().getName());
    }
  }

  /** Does not wait for calls that are under way: their name servers may be silent. */
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
