package org.dbtbastion.problem;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/**
 * Gathers what is wrong in several places, so that it is reported at once. Not thread-safe.
 *
 * @param <P> what one problem is
 */
public final class Problems<P> {

  private final List<P> found = new ArrayList<>();

  /** Adds a problem. */
  public void add(P problem) {
    found.add(problem);
  }

  /** Adds problems. */
  public void addAll(Collection<? extends P> problems) {
    found.addAll(problems);
  }

  /** Whether nothing is wrong so far. */
  public boolean isEmpty() {
    return found.isEmpty();
  }

  /** How many were found so far. */
  public int size() {
    return found.size();
  }

  /** All that were found so far, in their order. */
  public List<P> found() {
    return List.copyOf(found);
  }

  /**
   * To be called before anything is used that may be wrong.
   *
   * @param refusal makes the exception of all that was found
   * @throws X if there was anything
   */
  public <X extends Exception> void throwIfAny(Function<List<P>, X> refusal) throws X {
    if (!found.isEmpty()) {
      throw refusal.apply(found());
    }
  }
}
