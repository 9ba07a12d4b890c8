package org.dbtbastion.network;

import java.util.Collection;
import org.dbtbastion.deadline.Deadline;

/** Reads what AWS says of the network around a bastion. Thread-safe. */
@FunctionalInterface
public interface SnapshotReader {

  /**
   * Reads the snapshot, and changes nothing. What cannot be read by the deadline is in it as {@link
   * Described.Unreadable}.
   *
   * @param connectedTo the warehouses that the snapshot is to show
   */
  NetworkSnapshot read(
      DeployedResources resources, Collection<ResolvedHost> connectedTo, Deadline deadline)
      throws InterruptedException;
}
