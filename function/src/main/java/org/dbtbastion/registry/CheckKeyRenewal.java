package org.dbtbastion.registry;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.keys.Label;
import org.dbtbastion.keys.PublicKey;

/**
 * Sees to it that the connection check has a key of its own which is registered like any other, and
 * that it is a fresh one. Where the private half was lost or the registration revoked, there is a
 * new pair; so it can be called at any time and as often as one likes. Thread-safe.
 */
public final class CheckKeyRenewal {

  /** The label of the check's key, which no other key may have. */
  public static final Label LABEL = new Label("connection-check");

  /** How long a key pair is used before the next one takes its place. */
  static final Duration LIFETIME = Duration.ofDays(30);

  private final KeyRegistry registry;
  private final CheckKeyPairs pairs;
  private final InstantSource clock;

  public CheckKeyRenewal(KeyRegistry registry, CheckKeyPairs pairs, InstantSource clock) {
    this.registry = Objects.requireNonNull(registry, "registry");
    this.pairs = Objects.requireNonNull(pairs, "pairs");
    this.clock = Objects.requireNonNull(clock, "clock");
  }

  /**
   * Renews the key where that is due. The keys before it are revoked once all hosts let the new one
   * in; until then the check may still come with an old one.
   *
   * @return the registration of the key that the check uses from now on
   */
  public Registration.Registered renew(Deadline deadline) {
    // One that somebody revoked is not let in again: they had a reason.
    CheckKeyPair pair =
        pairs
            .find(deadline)
            .filter(kept -> registry.isRegistered(kept.publicKey(), deadline))
            .orElseGet(pairs::generate);
    KeyRegistry.Entry entry = registry.enter(pair.publicKey(), LABEL, deadline);
    if (outlived(entry.key())) {
      pair = pairs.generate();
      entry = registry.enter(pair.publicKey(), LABEL, deadline);
    }
    KeyChange known = new KeyChange(pair.publicKey().sha256Hex(), true);
    // The hosts first: the check must not come with a key that they do not know yet.
    List<HostSync> hosts = registry.push(known, deadline);
    keepUnlessKept(pair, deadline);
    if (hosts.stream().allMatch(host -> host.state() == HostSync.State.APPLIED)
        && revokeOthers(deadline)) {
      hosts = registry.push(known, deadline);
    }
    return new Registration.Registered(entry.status(), entry.key(), hosts);
  }

  private void keepUnlessKept(CheckKeyPair pair, Deadline deadline) {
    boolean kept =
        pairs
            .find(deadline)
            .map(CheckKeyPair::publicKey)
            .filter(pair.publicKey()::equals)
            .isPresent();
    if (!kept) {
      pairs.keep(pair, deadline);
    }
  }

  /** All but the one that is kept now, which another renewal may have put there meanwhile. */
  private boolean revokeOthers(Deadline deadline) {
    Optional<PublicKey> current = pairs.find(deadline).map(CheckKeyPair::publicKey);
    boolean revoked = false;
    for (ListedKey listed : registry.list(deadline)) {
      RegisteredKey key = listed.key();
      if (key.label().equals(LABEL.text())
          && current.isPresent()
          && !key.key().equals(current.get())) {
        revoked |= registry.remove(key.key().sha256Hex(), deadline);
      }
    }
    return revoked;
  }

  private boolean outlived(RegisteredKey key) {
    return key.registered().isBefore(clock.instant().minus(LIFETIME));
  }
}
