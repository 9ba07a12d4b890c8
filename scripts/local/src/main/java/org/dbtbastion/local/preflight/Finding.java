package org.dbtbastion.local.preflight;

import java.util.Objects;

/**
 * Something that stands in the way of a deployment, or may.
 *
 * @param resource what is at fault, by its id or name
 * @param detail what is wrong with it and what will happen
 * @param remedy what to do, a command where there is one
 */
record Finding(Cause cause, String resource, String detail, String remedy) {

  Finding {
    Objects.requireNonNull(cause, "cause");
    Objects.requireNonNull(resource, "resource");
    Objects.requireNonNull(detail, "detail");
    Objects.requireNonNull(remedy, "remedy");
  }
}
