package org.dbtbastion.registry;

import java.util.Optional;
import org.dbtbastion.deadline.Deadline;

/** Makes the check's key pair, and keeps its private half where only the check can read it. */
public interface CheckKeyPairs {

  /** A new key pair, which nobody has seen. */
  CheckKeyPair generate();

  /** The pair that is kept; empty if there is none, or if what is kept is no key. */
  Optional<CheckKeyPair> find(Deadline deadline);

  /** Keeps this pair, in the place of the one before. */
  void keep(CheckKeyPair pair, Deadline deadline);
}
