package org.dbtbastion.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.keys.Fingerprint;
import org.dbtbastion.keys.KeyLine;
import org.dbtbastion.keys.Label;
import org.dbtbastion.keys.PublicKey;
import org.junit.jupiter.api.Test;

class KeyRegistryTest {

  private static final Instant START = Instant.parse("2026-11-23T03:00:00Z");
  private static final Label PROD = new Label("prod");
  private static final List<HostSync> ALL_SORTS =
      List.of(
          new HostSync("i-1", HostSync.State.APPLIED, ""),
          new HostSync("i-2", HostSync.State.PENDING, "No answer yet."),
          new HostSync("i-3", HostSync.State.FAILED, "Run Command could not deliver it."));

  private final Deadline deadline = Deadline.in(Duration.ofMinutes(1));
  private final InMemoryKeyStore store = new InMemoryKeyStore();
  private final AtomicInteger pushes = new AtomicInteger();
  private final PublicKey key = KeyLine.accepted(KeyLine.ED25519);
  private final Fingerprint fingerprint = Fingerprint.parse(key.fingerprint()).orElseThrow();

  private volatile Instant now = START;
  private final KeyRegistry registry = registryOn(store);

  private KeyRegistry registryOn(KeyStore keyStore) {
    return new KeyRegistry(
        keyStore,
        (_, _) -> {
          pushes.incrementAndGet();
          return ALL_SORTS;
        },
        () -> now);
  }

  @Test
  void registersAKeyAndTellsHowFarEachHostIs() {
    Instant expires = START.plus(Duration.ofDays(30));
    RegisteredKey expected = new RegisteredKey(key, "prod", START, Optional.of(expires));
    assertThat(registry.register(key, PROD, Optional.of(expires), deadline))
        .isEqualTo(new Registration.Registered(Registration.Status.CREATED, expected, ALL_SORTS));
    assertThat(store.keys).containsOnlyKeys(key.sha256Hex()).containsValue(expected);
  }

  @Test
  void leavesTheSameRegistrationAsItIsAndPushesAllTheSame() {
    registry.register(key, PROD, Optional.empty(), deadline);
    now = START.plusSeconds(60);
    Registration.Registered again = registered(PROD, Optional.empty());
    assertThat(again.status()).isEqualTo(Registration.Status.ALREADY_REGISTERED);
    assertThat(again.key().registered()).isEqualTo(START);
    assertThat(again.hosts()).isEqualTo(ALL_SORTS);
    assertThat(pushes).hasValue(2);
  }

  @Test
  void takesOnAnotherLabelOrExpiryAndKeepsTheTimeOfRegistration() {
    registry.register(key, PROD, Optional.empty(), deadline);
    now = START.plusSeconds(60);
    Instant expires = now.plusSeconds(60);

    Registration.Registered relabelled = registered(new Label("staging"), Optional.empty());
    assertThat(relabelled.status()).isEqualTo(Registration.Status.UPDATED);
    Registration.Registered limited = registered(new Label("staging"), Optional.of(expires));
    assertThat(limited.status()).isEqualTo(Registration.Status.UPDATED);
    assertThat(limited.key())
        .isEqualTo(new RegisteredKey(key, "staging", START, Optional.of(expires)))
        .isEqualTo(store.keys.get(key.sha256Hex()));
    Registration.Registered unlimited = registered(new Label("staging"), Optional.empty());
    assertThat(unlimited.status()).isEqualTo(Registration.Status.UPDATED);
    assertThat(unlimited.key().expires()).isEmpty();
    assertThat(pushes).hasValue(4);
  }

  @Test
  void cutsOffFractionsOfSecondsSoThatTheSameRequestStaysTheSame() {
    now = START.plusNanos(123_456_789);
    Optional<Instant> expires = Optional.of(START.plusSeconds(60).plusNanos(5));
    Registration.Registered first = registered(PROD, expires);
    assertThat(first.key())
        .isEqualTo(new RegisteredKey(key, "prod", START, Optional.of(START.plusSeconds(60))));
    assertThat(registered(PROD, expires).status())
        .isEqualTo(Registration.Status.ALREADY_REGISTERED);
  }

  @Test
  void refusesAnExpiryThatIsNotInTheFutureAndChangesNothing() {
    now = START.plusMillis(500);
    for (Instant expires :
        List.of(START.minusSeconds(1), START, START.plusMillis(999), Instant.MIN)) {
      Registration refused = registry.register(key, PROD, Optional.of(expires), deadline);
      assertThat(refused).isInstanceOf(Registration.Refused.class);
      assertThat(((Registration.Refused) refused).code()).isEqualTo(ExpiryProblem.IN_THE_PAST);
      assertThat(registry.refusalOf(Optional.of(expires))).isEqualTo(Optional.of(refused));
    }
    assertThat(store.keys).isEmpty();
    assertThat(pushes).hasValue(0);
  }

  @Test
  void refusesAnExpiryThatSshdCannotBeTold() {
    Instant last = Instant.parse("9999-12-31T23:59:59Z");
    assertThat(registry.refusalOf(Optional.of(last))).isEmpty();
    assertThat(registry.refusalOf(Optional.empty())).isEmpty();
    for (Instant expires : List.of(last.plusSeconds(1), Instant.MAX)) {
      assertThat(registry.refusalOf(Optional.of(expires)))
          .hasValueSatisfying(
              refused -> assertThat(refused.code()).isEqualTo(ExpiryProblem.TOO_FAR));
    }
  }

  @Test
  void renewsAnExpiredKey() {
    registry.register(key, PROD, Optional.of(START.plusSeconds(10)), deadline);
    now = START.plusSeconds(20);
    assertThat(registered(PROD, Optional.of(START.plusSeconds(30))).status())
        .isEqualTo(Registration.Status.UPDATED);
  }

  @Test
  void revokesAKeyOnceAndPushesEachTime() {
    registry.register(key, PROD, Optional.empty(), deadline);
    assertThat(registry.revoke(fingerprint, deadline))
        .isEqualTo(new Revocation(Revocation.Status.REVOKED, fingerprint, ALL_SORTS));
    assertThat(store.keys).isEmpty();
    assertThat(registry.revoke(fingerprint, deadline))
        .isEqualTo(new Revocation(Revocation.Status.NOT_REGISTERED, fingerprint, ALL_SORTS));
    assertThat(pushes).hasValue(3);
  }

  @Test
  void revokesOnlyThatKey() {
    PublicKey other = KeyLine.accepted(KeyLine.RSA_2048);
    registry.register(key, PROD, Optional.empty(), deadline);
    registry.register(other, PROD, Optional.empty(), deadline);
    registry.revoke(fingerprint, deadline);
    assertThat(store.keys).containsOnlyKeys(other.sha256Hex());
  }

  @Test
  void listsKeysByLabelThenFingerprintWithLastUseAndExpiry() {
    PublicKey ecdsa = KeyLine.accepted(KeyLine.ECDSA_P256);
    PublicKey rsa = KeyLine.accepted(KeyLine.RSA_2048);
    registry.register(rsa, new Label("b"), Optional.empty(), deadline);
    registry.register(ecdsa, new Label("b"), Optional.of(START.plusSeconds(10)), deadline);
    registry.register(key, new Label("a"), Optional.of(START.plusSeconds(11)), deadline);
    store.lastSeen.put(rsa.sha256Hex(), START.minusSeconds(5));
    store.lastSeen.put("0".repeat(64), START);
    now = START.plusSeconds(10);

    assertThat(registry.list(deadline))
        .containsExactly(
            new ListedKey(store.keys.get(key.sha256Hex()), Optional.empty(), false),
            new ListedKey(store.keys.get(ecdsa.sha256Hex()), Optional.empty(), true),
            new ListedKey(
                store.keys.get(rsa.sha256Hex()), Optional.of(START.minusSeconds(5)), false));
  }

  @Test
  void losesNoneOfAHundredKeysThatAreRegisteredAtOnce() throws Exception {
    List<PublicKey> keys = IntStream.range(0, 100).mapToObj(_ -> KeyLine.newEd25519()).toList();
    List<Registration> registrations =
        atOnce(
            keys.stream()
                .<Callable<Registration>>map(
                    each -> () -> registry.register(each, PROD, Optional.empty(), deadline))
                .toList());
    assertThat(registrations).allSatisfy(each -> assertStatus(each, Registration.Status.CREATED));
    assertThat(store.keys.keySet())
        .containsExactlyInAnyOrderElementsOf(keys.stream().map(PublicKey::sha256Hex).toList());
  }

  @Test
  void createsAKeyOnceHoweverManyRegisterIt() throws Exception {
    List<Registration> registrations =
        atOnce(
            IntStream.range(0, 100)
                .<Callable<Registration>>mapToObj(
                    _ -> () -> registry.register(key, PROD, Optional.empty(), deadline))
                .toList());
    assertThat(
            registrations.stream()
                .filter(each -> status(each) == Registration.Status.CREATED)
                .count())
        .isEqualTo(1);
    assertThat(
            registrations.stream()
                .filter(each -> status(each) == Registration.Status.ALREADY_REGISTERED)
                .count())
        .isEqualTo(99);
    assertThat(store.keys).hasSize(1);
    assertThat(pushes).hasValue(100);
  }

  @Test
  void triesAgainWhereTheKeyVanishedInBetween() {
    AtomicInteger creations = new AtomicInteger();
    KeyStore vanishing =
        new InMemoryKeyStore() {
          @Override
          public boolean create(RegisteredKey wanted, Deadline by) {
            return creations.incrementAndGet() == 3 && super.create(wanted, by);
          }
        };
    Registration registration =
        registryOn(vanishing).register(key, PROD, Optional.empty(), deadline);
    assertStatus(registration, Registration.Status.CREATED);
    assertThat(creations).hasValue(3);
  }

  @Test
  void givesUpWhereTheKeyVanishesForEver() {
    KeyStore vanishing =
        new InMemoryKeyStore() {
          @Override
          public boolean create(RegisteredKey wanted, Deadline by) {
            return false;
          }
        };
    assertThatThrownBy(() -> registryOn(vanishing).register(key, PROD, Optional.empty(), deadline))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(key.fingerprint());
    assertThat(pushes).hasValue(0);
  }

  @Test
  void hasTheKeyOnRecordEvenIfThePushThrows() {
    KeyRegistry unlucky =
        new KeyRegistry(
            store,
            (_, _) -> {
              throw new IllegalStateException("nobody knows the hosts");
            },
            () -> now);
    assertThatThrownBy(() -> unlucky.register(key, PROD, Optional.empty(), deadline))
        .hasMessage("nobody knows the hosts");
    assertThat(registered(PROD, Optional.empty()).status())
        .isEqualTo(Registration.Status.ALREADY_REGISTERED);
  }

  @Test
  void recordsOnlyLabelsThatAreSome() {
    assertThatThrownBy(() -> new RegisteredKey(key, "{{x}}", START, Optional.empty()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'{'");
  }

  private Registration.Registered registered(Label label, Optional<Instant> expires) {
    Registration registration = registry.register(key, label, expires, deadline);
    assertThat(registration).isInstanceOf(Registration.Registered.class);
    return (Registration.Registered) registration;
  }

  private static void assertStatus(Registration registration, Registration.Status expected) {
    assertThat(status(registration)).isEqualTo(expected);
  }

  private static Registration.Status status(Registration registration) {
    return switch (registration) {
      case Registration.Registered registered -> registered.status();
      case Registration.Refused refused -> throw new AssertionError(refused);
    };
  }

  private static <T> List<T> atOnce(List<Callable<T>> tasks) throws Exception {
    CountDownLatch start = new CountDownLatch(tasks.size());
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<T>> futures = new ArrayList<>();
      for (Callable<T> task : tasks) {
        futures.add(
            executor.submit(
                () -> {
                  start.countDown();
                  start.await();
                  return task.call();
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get(1, TimeUnit.MINUTES));
      }
      return results;
    }
  }
}
