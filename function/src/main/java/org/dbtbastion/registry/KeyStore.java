package org.dbtbastion.registry;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.keys.PublicKey;

/**
 * Keeps the registered keys, each an entry of its own under its {@link PublicKey#sha256Hex()}, so
 * that changes to different keys never meet.
 *
 * <p>Safe for use by several threads, and by several processes at once. Each method ends by its
 * deadline. Where the store cannot be reached or refuses, they throw an unchecked exception and
 * have changed nothing, or have made the whole change; implementations retry throttling themselves.
 */
public interface KeyStore {

  /** All keys, complete: a listing that fails half-way is an exception. In no particular order. */
  List<RegisteredKey> list(Deadline deadline);

  /**
   * The key with this fingerprint. Sees what {@link #create} saw: a key whose creation has just
   * been answered with {@code false} is found, unless it was deleted in between.
   */
  Optional<RegisteredKey> find(String sha256Hex, Deadline deadline);

  /**
   * Adds a key if it is not there yet, atomically: of several that add the same one, one succeeds.
   *
   * @return {@code false} if an entry for the key exists already; it is left as it is
   */
  boolean create(RegisteredKey key, Deadline deadline);

  /** Puts this in the place of the key's entry; where there is none, adds it. */
  void replace(RegisteredKey key, Deadline deadline);

  /**
   * Removes the entry with this fingerprint, whatever it contains, and when it was last used.
   *
   * @return {@code false} if there is none
   */
  boolean delete(String sha256Hex, Deadline deadline);

  /**
   * When keys were last used to log in, by {@link PublicKey#sha256Hex()}. Keys that never were are
   * missing; keys that are registered no more may be present.
   */
  Map<String, Instant> lastSeen(Deadline deadline);
}
