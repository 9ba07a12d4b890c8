package org.dbtbastion.network;

import java.util.Collection;
import org.dbtbastion.deadline.Deadline;

/** Reads what AWS says of the network around a bastion. May be used by several threads. */
@FunctionalInterface
public interface SnapshotReader {

  /**
   * Reads the picture anew, and nothing else happens. What cannot be read by the deadline is in it
   * as {@link Described.Unreadable}.
   *
   * @param targets the warehouses that the picture is to show
   */
  NetworkSnapshot read(DeployedResources site, Collection<ResolvedHost> targets, Deadline deadline)
      throws InterruptedException;
}
