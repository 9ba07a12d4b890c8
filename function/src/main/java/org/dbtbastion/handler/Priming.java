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
 * Before Lambda takes a snapshot of the function (SnapStart), does the function's work once: the
 * snapshot then holds the classes and compiled code that the first invocation after a restore
 * needs. Priming has objects of its own, so that no connection and no credentials remain in the
 * snapshot.
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
      // A first deployment may have nothing to check yet.
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
