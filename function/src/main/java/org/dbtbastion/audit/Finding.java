package org.dbtbastion.audit;

import java.util.Objects;

/**
 * What the audit found.
 *
 * @param resource the id of what has to be repaired; for {@link Cause#UNREADABLE} the IAM action
 *     that failed
 * @param detail what is wrong with it, in one sentence without a full stop
 * @param remedy the command or the step that repairs it
 */
public record Finding(Cause cause, String resource, String detail, String remedy) {

  public Finding {
    Objects.requireNonNull(cause, "cause");
    Objects.requireNonNull(resource, "resource");
    Objects.requireNonNull(detail, "detail");
    Objects.requireNonNull(remedy, "remedy");
  }
}
