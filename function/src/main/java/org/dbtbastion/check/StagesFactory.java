package org.dbtbastion.check;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.deployment.SshAccess;
import org.dbtbastion.report.Stage;

/**
 * Makes the stages of a route.
 *
 * @param limits the longest that each stage may take
 * @param unexpected receives unexpected errors, for the log
 */
record StagesFactory(
    SshAccess access, Function<Stage, Duration> limits, Consumer<Throwable> unexpected) {

  /**
   * @param host what the route goes through; empty if through none, or if none was found
   */
  Stages stages(Connection connection, Optional<BastionHost> host, Deadline deadline) {
    return new Stages(deadline, limits, RemedyNames.of(access, connection, host), unexpected);
  }

  /** With other limits. */
  StagesFactory within(Function<Stage, Duration> others) {
    return new StagesFactory(access, others, unexpected);
  }
}
