package org.dbtbastion.handler;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.node.ObjectNode;
import jakarta.inject.Inject;
import jakarta.inject.Named;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.dbtbastion.aws.AwsErrors;
import org.dbtbastion.deadline.Deadline;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;

/**
 * One request in, one answer out, both JSON. An invalid request is a function error that lists all
 * of its problems.
 */
@Named("dbt-bastion")
public final class Handler implements RequestStreamHandler {

  private static final Logger LOG = Logger.getLogger(Handler.class);

  /** What the answer itself needs, before Lambda's own timeout would swallow it. */
  private static final Duration MARGIN = Duration.ofSeconds(3);

  /** A part of the margin: for what ends at the deadline to say so itself. */
  private static final Duration GRACE = Duration.ofSeconds(2);

  private final Actions actions;

  @Inject
  Handler(Actions actions) {
    this.actions = actions;
  }

  @Override
  public void handleRequest(InputStream input, OutputStream output, Context context)
      throws IOException {
    Deadline deadline =
        Deadline.in(Duration.ofMillis(context.getRemainingTimeInMillis()).minus(MARGIN));
    // In every line of the log, whichever thread writes it: threads that are started hand it on.
    MDC.put("requestId", context.getAwsRequestId());
    try {
      handle(input, output, deadline);
    } finally {
      MDC.clear();
    }
  }

  private void handle(InputStream input, OutputStream output, Deadline deadline)
      throws IOException {
    Request request = actions.reader().read(input);
    ObjectNode answer = answer(request, deadline);
    LOG.infof("%s: ok=%s", name(request), answer.get("ok"));
    output.write(answer.toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * On a virtual thread: interrupting it closes the socket that it waits on. On this thread, a call
   * to AWS that is interrupted at its deadline would go on until the socket's own time-out.
   */
  private ObjectNode answer(Request request, Deadline deadline) {
    FutureTask<ObjectNode> task = new FutureTask<>(() -> actions.answer(request, deadline));
    Thread worker = Thread.ofVirtual().name(name(request)).start(task);
    try {
      return task.get(deadline.remainingMillis() + GRACE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      worker.interrupt();
      throw new CallFailed(name(request) + " did not end in time.");
    } catch (InterruptedException e) {
      worker.interrupt();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } catch (ExecutionException e) {
      throw failure(e.getCause());
    }
  }

  private static RuntimeException failure(Throwable thrown) {
    Optional<String> aws = AwsErrors.find(thrown);
    if (aws.isPresent()) {
      return new CallFailed(aws.get());
    }
    return thrown instanceof RuntimeException runtime ? runtime : new IllegalStateException(thrown);
  }

  private static String name(Request request) {
    return request.getClass().getSimpleName();
  }
}
