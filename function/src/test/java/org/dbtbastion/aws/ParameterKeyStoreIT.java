package org.dbtbastion.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.keys.KeyLine;
import org.dbtbastion.keys.Label;
import org.dbtbastion.keys.PublicKey;
import org.dbtbastion.registry.KeyRegistry;
import org.dbtbastion.registry.RegisteredKey;
import org.dbtbastion.registry.Registration;
import org.dbtbastion.standins.account.AwsAccount;
import org.dbtbastion.standins.account.SystemsManagerFront.AgentResult;
import org.dbtbastion.standins.net.BrokenServer;
import org.dbtbastion.standins.net.HttpServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.exception.SdkException;

class ParameterKeyStoreIT {

  private static final Instant REGISTERED = Instant.parse("2026-11-23T03:00:00Z");
  private static final AtomicInteger BASTIONS = new AtomicInteger();

  @TempDir private static Path folder;
  private static AwsAccount account;
  private static AwsClients clients;

  private final String bastion = "b" + BASTIONS.incrementAndGet();
  private final ParameterKeyStore store = new ParameterKeyStore(new Parameters(clients, bastion));
  private final Deadline deadline = Deadline.in(Duration.ofSeconds(30));
  private final PublicKey key = KeyLine.newEd25519();

  @BeforeAll
  static void start() {
    account = AwsAccount.start(folder, (_, _) -> new AgentResult(0, "", ""));
    account.useInThisJvm();
    clients = new AwsClients();
  }

  @AfterAll
  static void stop() {
    account.close();
  }

  @AfterEach
  void mend() {
    account.systemsManager().failPage(0);
    account.systemsManager().insertEmptyPages(false);
  }

  @Test
  void keepsAKeyAsTheHostsReadIt() {
    assertThat(store.create(registered("prod", Optional.of(REGISTERED)), deadline)).isTrue();

    assertThat(account.parameters("/dbt-bastion/" + bastion))
        .isEqualTo(
            Map.of(
                parameter(key.sha256Hex()),
                """
                {"publicKey":"%s","label":"prod","registered":"2026-11-23T03:00:00Z",\
                "expires":"2026-11-23T03:00:00Z"}\
                """
                    .formatted(key.openSshLine())));
    assertThat(account.parameter(parameter(key.sha256Hex())).typeAsString()).isEqualTo("String");
  }

  @Test
  void createsAKeyOnceAndLeavesWhatIsThere() {
    assertThat(store.create(registered("first", Optional.empty()), deadline)).isTrue();
    assertThat(store.create(registered("second", Optional.empty()), deadline)).isFalse();

    assertThat(store.find(key.sha256Hex(), deadline))
        .contains(registered("first", Optional.empty()));
  }

  @Test
  void replacesAKeyWhetherItIsThereOrNot() {
    store.replace(registered("first", Optional.empty()), deadline);
    store.replace(registered("second", Optional.of(REGISTERED.plusSeconds(1))), deadline);

    assertThat(store.list(deadline))
        .containsExactly(registered("second", Optional.of(REGISTERED.plusSeconds(1))));
  }

  @Test
  void deletesAKeyOnce() {
    store.create(registered("prod", Optional.empty()), deadline);

    assertThat(store.delete(key.sha256Hex(), deadline)).isTrue();
    assertThat(store.delete(key.sha256Hex(), deadline)).isFalse();
    assertThat(store.find(key.sha256Hex(), deadline)).isEmpty();
    assertThat(store.list(deadline)).isEmpty();
  }

  @Test
  void listsThePagesOfABastionWithAndWithoutEmptyOnesBetween() {
    List<RegisteredKey> keys = createThreePages();
    new ParameterKeyStore(new Parameters(clients, bastion + "-other"))
        .create(registered("other", Optional.empty()), deadline);

    assertThat(store.list(deadline)).containsExactlyInAnyOrderElementsOf(keys);
    account.systemsManager().insertEmptyPages(true);
    assertThat(store.list(deadline)).containsExactlyInAnyOrderElementsOf(keys);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aListingThatFailsHalfWayIsNoList(int page) {
    createThreePages();
    account.systemsManager().failPage(page);

    assertThatThrownBy(() -> store.list(Deadline.in(Duration.ofMillis(500))))
        .isInstanceOf(SdkException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "no JSON",
        "null",
        "[]",
        "{}",
        "{\"publicKey\":7,\"label\":\"x\",\"registered\":\"2026-11-23T03:00:00Z\"}",
        "{\"publicKey\":\"KEY\",\"label\":\"x\",\"registered\":\"yesterday\"}",
        "{\"publicKey\":\"KEY\",\"label\":\" \",\"registered\":\"2026-11-23T03:00:00Z\"}",
        "{\"publicKey\":\"KEY\",\"registered\":\"2026-11-23T03:00:00Z\"}",
        "{\"publicKey\":\"KEY\",\"label\":\"x\",\"registered\":\"2026-11-23T03:00:00Z\",\"expires\":1}",
        "{\"publicKey\":\"KEY\",\"label\":\"x\",\"registered\":\"2026-11-23T03:00:00Z\","
            + "\"expires\":\"never\"}",
        "{\"publicKey\":\"OTHER\",\"label\":\"x\",\"registered\":\"2026-11-23T03:00:00Z\"}",
      })
  void leavesOutWhatIsNoKeyAndReplacesItAtTheNextRegistration(String value) {
    PublicKey good = KeyLine.newEd25519();
    store.create(new RegisteredKey(good, "good", REGISTERED, Optional.empty()), deadline);
    account.putParameter(
        parameter(key.sha256Hex()),
        value.replace("KEY", key.openSshLine()).replace("OTHER", good.openSshLine()));

    assertThat(store.list(deadline)).extracting(RegisteredKey::key).containsExactly(good);
    assertThat(store.find(key.sha256Hex(), deadline)).isEmpty();

    assertThat(register(key, "mended").status()).isEqualTo(Registration.Status.CREATED);
    assertThat(store.find(key.sha256Hex(), deadline))
        .hasValueSatisfying(mended -> assertThat(mended.label()).isEqualTo("mended"));
  }

  @Test
  void aDeploymentsKeyWasRegisteredWhenItWasWritten() {
    Instant before = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    new Parameters(clients, bastion)
        .write(
            "authorized-keys/" + key.sha256Hex(),
            "{\"publicKey\":\"%s\",\"label\":\"prod\"}".formatted(key.openSshLine()),
            deadline);

    assertThat(store.find(key.sha256Hex(), deadline))
        .hasValueSatisfying(
            found -> {
              assertThat(found.label()).isEqualTo("prod");
              assertThat(found.registered()).isBetween(before, Instant.now());
            });
    assertThat(store.list(deadline)).hasSize(1);
  }

  @Test
  void revokesWhatIsNoKey() {
    account.putParameter(parameter(key.sha256Hex()), "garbage");

    assertThat(store.delete(key.sha256Hex(), deadline)).isTrue();
  }

  @Test
  void knowsWhenKeysWereSeenLast() {
    account.putParameter("/dbt-bastion/" + bastion + "/last-seen/aa", "2026-11-23T04:05:06Z");
    account.putParameter("/dbt-bastion/" + bastion + "/last-seen/bb", "garbage");

    assertThat(store.lastSeen(deadline))
        .isEqualTo(Map.of("aa", Instant.parse("2026-11-23T04:05:06Z")));
  }

  @Test
  void aHundredConcurrentRegistrationsLeaveAHundredKeys() throws Exception {
    List<PublicKey> keys = IntStream.range(0, 100).mapToObj(_ -> KeyLine.newEd25519()).toList();

    List<Registration.Registered> registrations =
        atOnce(
            keys.stream()
                .<Callable<Registration.Registered>>map(each -> () -> register(each, "each"))
                .toList());

    assertThat(registrations)
        .extracting(Registration.Registered::status)
        .containsOnly(Registration.Status.CREATED);
    assertThat(store.list(deadline))
        .extracting(RegisteredKey::key)
        .containsExactlyInAnyOrderElementsOf(keys);
  }

  @Test
  void ofConcurrentRegistrationsOfOneKeyExactlyOneCreatesIt() throws Exception {
    List<Registration.Registered> registrations =
        atOnce(
            IntStream.range(0, 20)
                .<Callable<Registration.Registered>>mapToObj(_ -> () -> register(key, "same"))
                .toList());

    assertThat(registrations)
        .extracting(Registration.Registered::status)
        .containsOnly(Registration.Status.CREATED, Registration.Status.ALREADY_REGISTERED)
        .containsOnlyOnce(Registration.Status.CREATED);
    assertThat(store.list(deadline)).extracting(RegisteredKey::key).containsExactly(key);
  }

  @Test
  void triesThrottledCallsAgain() {
    account.systemsManager().throttleNext(1);

    assertThat(store.create(registered("prod", Optional.empty()), deadline)).isTrue();
  }

  @Test
  void endsByItsDeadlineWhereAwsIsSilent() {
    try (BrokenServer silent = BrokenServer.silent()) {
      assertEndsInTime("http://localhost:" + silent.port());
    }
  }

  @Test
  void aListingWithoutAnEndEndsByItsDeadline() {
    HttpServer endless =
        HttpServers.start(
            0,
            exchange ->
                HttpServers.answer(
                    exchange,
                    200,
                    "application/x-amz-json-1.1",
                    "{\"Parameters\":[],\"NextToken\":\"on\"}".getBytes(StandardCharsets.UTF_8)));
    try {
      assertEndsInTime("http://localhost:" + endless.getAddress().getPort());
    } finally {
      endless.stop(0);
    }
  }

  private static void assertEndsInTime(String endpoint) {
    System.setProperty("aws.endpointUrlSsm", endpoint);
    try {
      ParameterKeyStore elsewhere = new ParameterKeyStore(new Parameters(new AwsClients(), "x"));
      long begin = System.nanoTime();
      assertThatThrownBy(
              () -> atOnce(List.of(() -> elsewhere.list(Deadline.in(Duration.ofSeconds(1))))))
          .hasCauseInstanceOf(SdkException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(3));
    } finally {
      account.useInThisJvm();
    }
  }

  private List<RegisteredKey> createThreePages() {
    List<RegisteredKey> keys = new ArrayList<>();
    for (int i = 0; i < 23; i++) {
      keys.add(new RegisteredKey(KeyLine.newEd25519(), "key " + i, REGISTERED, Optional.empty()));
      store.create(keys.getLast(), deadline);
    }
    return keys;
  }

  private Registration.Registered register(PublicKey wanted, String label) {
    KeyRegistry registry = new KeyRegistry(store, (_, _) -> List.of(), InstantSource.system());
    return (Registration.Registered)
        registry.register(wanted, new Label(label), Optional.empty(), deadline);
  }

  private static <T> List<T> atOnce(List<Callable<T>> calls) throws Exception {
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<T> results = new ArrayList<>();
      for (Future<T> result : executor.invokeAll(calls)) {
        results.add(result.get());
      }
      return results;
    }
  }

  private RegisteredKey registered(String label, Optional<Instant> expires) {
    return new RegisteredKey(key, label, REGISTERED, expires);
  }

  private String parameter(String sha256Hex) {
    return "/dbt-bastion/" + bastion + "/authorized-keys/" + sha256Hex;
  }
}
