package org.dbtbastion.tunnel;

import java.io.IOException;
import java.net.SocketException;
import java.util.Objects;

/** How a connection ended that nobody here has closed. */
sealed interface Ending {

  /** When it was noticed, by {@link System#nanoTime}. */
  long nanos();

  /**
   * The other side closed it in order.
   *
   * @param reason what it said, with a colon in front; empty if it said nothing
   */
  record Closed(long nanos, String reason) implements Ending {
    public Closed {
      Objects.requireNonNull(reason, "reason");
    }
  }

  /** It broke. */
  record Broken(long nanos, IOException cause) implements Ending {
    public Broken {
      Objects.requireNonNull(cause, "cause");
    }

    /**
     * Whether by a TCP reset. Writing after one says "Broken pipe"; the JDK has no type for either.
     */
    boolean reset() {
      String message = Objects.requireNonNullElse(cause.getMessage(), "");
      return cause instanceof SocketException
          && (message.startsWith("Connection reset") || message.startsWith("Broken pipe"));
    }
  }
}
