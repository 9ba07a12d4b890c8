package org.dbtbastion.handler;

import io.quarkus.runtime.StartupEvent;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import org.crac.Context;
import org.crac.Core;
import org.crac.Resource;
import org.dbtbastion.deadline.Deadline;
import org.jboss.logging.Logger;

/**
 * Where Lambda takes a snapshot of the function (SnapStart), does once before it what the function
 * is there for: the snapshot then holds classes and compiled code that the first invocation after a
 * restore needs no more time for. It is done with parts of its own, so that nothing else stays of
 * it, no connection and no credentials.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/lambda/latest/dg/snapstart-runtime-hooks-java.html">SnapStart's
 *     hooks</a>
 */
@Singleton
final class Priming implements Resource {

  private static final Logger LOG = Logger.getLogger(Priming.class);

  /** More than a check takes where nothing is broken. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Settings settings;

  @Inject
  Priming(Settings settings) {
    this.settings = settings;
  }

  void register(@Observes StartupEvent event) {
    Core.getGlobalContext().register(this);
  }

  @Override
  public void beforeCheckpoint(Context<? extends Resource> context) {
    try {
      new Parts().actions(settings).prime(Deadline.in(LIMIT));
    } catch (RuntimeException e) {
      // A first deployment may have nothing yet to look at.
      LOG.info("not all could be tried before the snapshot", e);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void afterRestore(Context<? extends Resource> context) {
    // Connections and credentials are made anew for each request.
  }
}
