package org.dbtbastion.registry;

import java.util.List;
import org.dbtbastion.deadline.Deadline;

/** Tells the bastion hosts to fetch the registered keys now, rather than at their next turn. */
public interface HostPush {

  /**
   * Tells all hosts and waits until each has answered or the deadline is near.
   *
   * <p>What goes wrong with a host is part of the answer, and so is a host that has not answered
   * yet. An unchecked exception means that nobody knows which hosts there are.
   *
   * @param change what a host must have to count as {@link HostSync.State#APPLIED}
   * @return one entry for each running host; empty if there is none
   */
  List<HostSync> push(KeyChange change, Deadline deadline);
}
