package org.dbtbastion.network;

import java.util.Objects;

/**
 * What AWS says of a part of the network.
 *
 * @param <T> what it is if it is known
 */
public sealed interface Described<T> {

  /** It was described. */
  record Known<T>(T value) implements Described<T> {
    public Known {
      Objects.requireNonNull(value, "value");
    }
  }

  /** It does not exist. */
  record Missing<T>() implements Described<T> {}

  /**
   * It could not be read.
   *
   * @param action what was tried, as IAM calls it, such as {@code ec2:DescribeSubnets}
   * @param what it would have told, such as {@code subnets}
   * @param denied whether it was not allowed; else AWS did not answer, or failed
   * @param why what AWS said
   */
  record Unreadable<T>(String action, String what, boolean denied, String why)
      implements Described<T> {
    public Unreadable {
      Objects.requireNonNull(action, "action");
      Objects.requireNonNull(what, "what");
      Objects.requireNonNull(why, "why");
    }
  }
}
