package org.dbtbastion.report;

import java.util.Map;
import java.util.Objects;

/**
 * What came of trying one thing. A failure that a user can do something about is a value;
 * exceptions are for what nobody foresaw.
 *
 * @param <T> what the next stage goes on with
 */
public sealed interface Attempt<T> {

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

  /** It worked, but something is as it should not be. */
  record Warned<T>(T value, Code code, String detail) implements Attempt<T> {
    public Warned {
      Objects.requireNonNull(value, "value");
      Objects.requireNonNull(code, "code");
      Objects.requireNonNull(detail, "detail");
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
