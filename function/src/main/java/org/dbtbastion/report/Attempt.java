package org.dbtbastion.report;

import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The outcome of one attempt. A failure that a user can do something about is a value; exceptions
 * are for the unexpected.
 *
 * @param <T> what the next stage goes on with
 */
public sealed interface Attempt<T> {

  /** The next step after one that worked. */
  @FunctionalInterface
  interface Next<T, U, X extends Exception> {
    Attempt<U> after(T value) throws X;
  }

  /** What the next stage goes on with; empty if it did not work. */
  default Optional<T> toOptional() {
    return switch (this) {
      case Passed<T>(T value, _) -> Optional.of(value);
      case Warned<T>(T value, _, _, _) -> Optional.of(value);
      case Failed<T> _ -> Optional.empty();
    };
  }

  /**
   * The outcome of the next step, if this one worked; otherwise this failure. A warning is dropped.
   */
  default <U, X extends Exception> Attempt<U> then(Next<T, U, X> next) throws X {
    return switch (this) {
      case Passed<T>(T value, _) -> next.after(value);
      case Warned<T>(T value, _, _, _) -> next.after(value);
      case Failed<T>(Code code, String detail, var names) -> new Failed<>(code, detail, names);
    };
  }

  /**
   * It worked.
   *
   * @param detail what was seen, for the report; never anything secret
   */
  record Passed<T>(T value, String detail) implements Attempt<T> {
    public Passed {
      Objects.requireNonNull(value, "value");
      Objects.requireNonNull(detail, "detail");
    }
  }

  /**
   * It worked, but something is not as it should be.
   *
   * @param names what the code's remedy calls things, besides what the route knows
   */
  record Warned<T>(T value, Code code, String detail, Map<String, String> names)
      implements Attempt<T> {
    public Warned {
      Objects.requireNonNull(value, "value");
      Objects.requireNonNull(code, "code");
      Objects.requireNonNull(detail, "detail");
      names = Map.copyOf(names);
    }

    public Warned(T value, Code code, String detail) {
      this(value, code, detail, Map.of());
    }
  }

  /**
   * It did not work.
   *
   * @param names what the code's remedy calls things, besides what the route knows
   */
  record Failed<T>(Code code, String detail, Map<String, String> names) implements Attempt<T> {
    public Failed {
      Objects.requireNonNull(code, "code");
      Objects.requireNonNull(detail, "detail");
      names = Map.copyOf(names);
    }

    public Failed(Code code, String detail) {
      this(code, detail, Map.of());
    }
  }
}
