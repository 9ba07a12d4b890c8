package org.dbtbastion.audit;

import java.util.Collection;
import org.dbtbastion.deadline.Deadline;

/** Reads what AWS says of the network around a bastion. May be used by several threads. */
@FunctionalInterface
public interface PictureSource {

  /**
   * Reads the picture anew, and nothing else happens. What cannot be read by the deadline is in it
   * as {@link Part.Unreadable}.
   *
   * @param targets the warehouses that the picture is to show
   */
  Picture read(Site site, Collection<Target> targets, Deadline deadline)
      throws InterruptedException;
}
