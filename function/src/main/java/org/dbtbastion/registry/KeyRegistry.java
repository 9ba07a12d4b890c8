package org.dbtbastion.registry;

import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.keys.Fingerprint;
import org.dbtbastion.keys.Label;
import org.dbtbastion.keys.PublicKey;

/**
 * Adds, removes and lists the keys that the bastion lets in.
 *
 * <p>Every change is made in the store first and then pushed to the hosts, and the push happens
 * even if there was nothing to change: a caller who repeats a request after any failure ends up
 * with what was asked for, on record and on the hosts.
 *
 * <p>Safe for use by several threads, and beside other registries on the same store.
 */
public final class KeyRegistry {

  /** Each further attempt needs somebody else to revoke the same key in the same instant. */
  private static final int MAX_ATTEMPTS = 10;

  private static final Instant TOO_FAR = Instant.parse("+10000-01-01T00:00:00Z");

  private final KeyStore store;
  private final HostPush hosts;
  private final InstantSource clock;

  public KeyRegistry(KeyStore store, HostPush hosts, InstantSource clock) {
    this.store = Objects.requireNonNull(store, "store");
    this.hosts = Objects.requireNonNull(hosts, "hosts");
    this.clock = Objects.requireNonNull(clock, "clock");
  }

  /** What became of entering a key into the store. */
  record Entry(Registration.Status status, RegisteredKey key) {}

  /**
   * What {@link #register} would say against this expiry now, for callers who report it together
   * with other problems; empty if nothing.
   */
  public Optional<Registration.Refused> refusalOf(Optional<Instant> expires) {
    return expires.flatMap(moment -> refusalOf(moment, now()));
  }

  /**
   * Registers a key. A key that is registered already keeps its time of registration, and takes on
   * this label and expiry where they differ; also where it has an expiry and this one is empty.
   *
   * @param expires from when on it is let in no more, in the future; fractions of a second are cut
   *     off
   * @throws RuntimeException as the store throws it, and then the key may be registered or not; or
   *     as the hosts' push throws it, and then the key is registered and the hosts fetch it at
   *     their next turn. To repeat the call is right in both cases
   */
  public Registration register(
      PublicKey key, Label label, Optional<Instant> expires, Deadline deadline) {
    Instant now = now();
    Optional<Registration.Refused> refusal = expires.flatMap(moment -> refusalOf(moment, now));
    if (refusal.isPresent()) {
      return refusal.get();
    }
    Entry entry = enter(new RegisteredKey(key, label.text(), now, expires), deadline);
    List<HostSync> pushed = push(new KeyChange(key.sha256Hex(), true), deadline);
    return new Registration.Registered(entry.status(), entry.key(), pushed);
  }

  /**
   * Revokes a key.
   *
   * @throws RuntimeException as the store throws it, and then the key may be registered or not; or
   *     as the hosts' push throws it, and then the key is revoked and the hosts drop it at their
   *     next turn. To repeat the call is right in both cases
   */
  public Revocation revoke(Fingerprint fingerprint, Deadline deadline) {
    // Without a look at the entry first: one that cannot be read must be revocable, too.
    boolean deleted = remove(fingerprint.sha256Hex(), deadline);
    return new Revocation(
        deleted ? Revocation.Status.REVOKED : Revocation.Status.NOT_REGISTERED,
        fingerprint,
        push(new KeyChange(fingerprint.sha256Hex(), false), deadline));
  }

  /**
   * All keys on record, also the expired ones, by label and then by fingerprint.
   *
   * @throws RuntimeException as the store throws it
   */
  public List<ListedKey> list(Deadline deadline) {
    List<RegisteredKey> keys = store.list(deadline);
    Map<String, Instant> lastSeen = store.lastSeen(deadline);
    Instant now = now();
    return keys.stream()
        .sorted(
            Comparator.comparing(RegisteredKey::label)
                .thenComparing(registered -> registered.key().fingerprint()))
        .map(
            registered ->
                new ListedKey(
                    registered,
                    Optional.ofNullable(lastSeen.get(registered.key().sha256Hex())),
                    registered.expiredAt(now)))
        .toList();
  }

  /** Whether a key is on record, expired or not. */
  boolean isRegistered(PublicKey key, Deadline deadline) {
    return store.find(key.sha256Hex(), deadline).isPresent();
  }

  /** Lets a key in, as far as the store is concerned: without a push. */
  Entry enter(PublicKey key, Label label, Deadline deadline) {
    return enter(new RegisteredKey(key, label.text(), now(), Optional.empty()), deadline);
  }

  /** Lets a key in no more, as far as the store is concerned: without a push. */
  boolean remove(String sha256Hex, Deadline deadline) {
    return store.delete(sha256Hex, deadline);
  }

  List<HostSync> push(KeyChange change, Deadline deadline) {
    return hosts.push(change, deadline);
  }

  private Entry enter(RegisteredKey wanted, Deadline deadline) {
    for (int attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      if (store.create(wanted, deadline)) {
        return new Entry(Registration.Status.CREATED, wanted);
      }
      Optional<RegisteredKey> found = store.find(wanted.key().sha256Hex(), deadline);
      if (found.isPresent()) {
        return adapt(found.get(), wanted, deadline);
      }
      // Revoked by somebody else between the two calls.
    }
    throw new IllegalStateException(
        "The key %s was registered and revoked by others again and again; call once more."
            .formatted(wanted.key().fingerprint()));
  }

  private Entry adapt(RegisteredKey found, RegisteredKey wanted, Deadline deadline) {
    if (found.label().equals(wanted.label()) && found.expires().equals(wanted.expires())) {
      return new Entry(Registration.Status.ALREADY_REGISTERED, found);
    }
    RegisteredKey updated =
        new RegisteredKey(wanted.key(), wanted.label(), found.registered(), wanted.expires());
    store.replace(updated, deadline);
    return new Entry(Registration.Status.UPDATED, updated);
  }

  private static Optional<Registration.Refused> refusalOf(Instant expires, Instant now) {
    if (!expires.truncatedTo(ChronoUnit.SECONDS).isAfter(now)) {
      return refused(ExpiryProblem.IN_THE_PAST, expires + " is not after " + now + ".");
    }
    if (!expires.isBefore(TOO_FAR)) {
      return refused(ExpiryProblem.TOO_FAR, expires + " is not before " + TOO_FAR + ".");
    }
    return Optional.empty();
  }

  private static Optional<Registration.Refused> refused(ExpiryProblem code, String detail) {
    return Optional.of(new Registration.Refused(code, detail));
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS);
  }
}
