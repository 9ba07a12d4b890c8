package org.dbtbastion.infra;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Gathers what is wrong in several places, so that it is reported at once. */
final class Problems {

  private final List<Problem> problems = new ArrayList<>();

  /** What the supplier gives; null if it finds problems, which are then kept. */
  <T> T collect(Supplier<T> supplier) {
    try {
      return supplier.get();
    } catch (ConfigurationException e) {
      problems.addAll(e.problems());
      return null;
    }
  }

  /**
   * To be called before anything that was collected is used.
   *
   * @throws ConfigurationException with all that was found, if there was anything
   */
  void throwIfAny() {
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
  }
}
