package org.dbtbastion.standins.iam;

import java.util.List;
import java.util.Objects;

/**
 * What IAM says of one {@link Access}.
 *
 * @param allowed the statements that allow it, each as policy/sid
 * @param denied the statements that deny it, likewise
 */
record Decision(Result result, List<String> allowed, List<String> denied) {

  enum Result {
    ALLOWED,
    /** A statement denies it. */
    EXPLICITLY_DENIED,
    /** No statement allows it. */
    IMPLICITLY_DENIED
  }

  Decision {
    Objects.requireNonNull(result, "result");
    allowed = List.copyOf(allowed);
    denied = List.copyOf(denied);
  }

  boolean isAllowed() {
    return result == Result.ALLOWED;
  }

  /** The statements without which it would have been another. */
  List<String> decisive() {
    return result == Result.EXPLICITLY_DENIED ? denied : allowed;
  }
}
