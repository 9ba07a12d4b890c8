package org.dbtbastion.deployment;

import java.util.List;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;

/**
 * What the check reads of the deployment that it belongs to. Implementations are thread-safe, read
 * anew at every call and end by the deadline, which they may report by an exception.
 */
public interface Deployment {

  /**
   * The connections that were configured.
   *
   * @throws RuntimeException if they cannot be read
   */
  List<Connection> connections(Deadline deadline);

  /**
   * The running hosts that dbt may be connected to, at least one. {@link Code#BASTION_NOT_FOUND} if
   * none runs; where there is one public address, {@link Code#ADDRESS_NOT_CLAIMED} if none has it.
   */
  Attempt<List<BastionHost>> hosts(Deadline deadline);

  /** The host keys that hosts may show, at least one; {@link Code#HOST_KEY_NOT_PINNED} if none. */
  Attempt<List<HostKeyPin>> hostKeys(Deadline deadline);

  /** The check's own key; {@link Code#CHECK_KEY_MISSING} if there is none. */
  Attempt<SshIdentity> checkKey(Deadline deadline);
}
