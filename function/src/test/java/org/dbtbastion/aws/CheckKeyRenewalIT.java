package org.dbtbastion.aws;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.keys.KeyLine;
import org.dbtbastion.keys.Label;
import org.dbtbastion.keys.PublicKey;
import org.dbtbastion.registry.CheckKeyRenewal;
import org.dbtbastion.registry.KeyRegistry;
import org.dbtbastion.registry.Registration;
import org.dbtbastion.standins.account.AwsAccount;
import org.dbtbastion.standins.account.SystemsManagerFront.AgentResult;
import org.dbtbastion.standins.ssh.SshKeys;
import org.dbtbastion.tunnel.JschKeyPairs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CheckKeyRenewalIT {

  private static final AtomicInteger BASTIONS = new AtomicInteger();

  @TempDir private static Path folder;
  private static AwsAccount account;
  private static AwsClients clients;

  private final String bastion = "b" + BASTIONS.incrementAndGet();
  private final Deadline deadline = Deadline.in(Duration.ofSeconds(30));
  private final Parameters parameters = new Parameters(clients, bastion);
  private Instant now = Instant.parse("2026-11-23T03:00:00Z");
  private final KeyRegistry registry =
      new KeyRegistry(new ParameterKeyStore(parameters), (_, _) -> List.of(), () -> now);
  private final CheckKeyRenewal renewal =
      new CheckKeyRenewal(
          registry,
          new CheckKey(parameters, JschKeyPairs::generate, JschKeyPairs::read),
          () -> now);

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

  @Test
  void makesAKeyAndRegistersItUnderItsLabel() throws IOException {
    Registration.Registered made = renewal.renew(deadline);

    assertThat(made.status()).isEqualTo(Registration.Status.CREATED);
    assertThat(made.key().label()).isEqualTo("connection-check");
    assertThat(made.key().expires()).isEmpty();
    assertThat(registered()).containsExactly(made.key().key());
    assertThat(account.parameter(checkKey()).typeAsString()).isEqualTo("SecureString");
    assertThat(publicHalfOfWhatIsStored()).isEqualTo(made.key().key());
  }

  @Test
  void keepsAKeyThatIsFresh() {
    Registration.Registered made = renewal.renew(deadline);
    String stored = account.parameter(checkKey()).value();
    now = now.plus(Duration.ofDays(30));

    assertThat(renewal.renew(deadline))
        .isEqualTo(
            new Registration.Registered(
                Registration.Status.ALREADY_REGISTERED, made.key(), List.of()));
    assertThat(account.parameter(checkKey()).value()).isEqualTo(stored);
  }

  @Test
  void makesAnotherWhereTheOneBeforeWasRevoked() throws IOException {
    PublicKey revoked = renewal.renew(deadline).key().key();
    account.deleteParameter("/dbt-bastion/" + bastion + "/authorized-keys/" + revoked.sha256Hex());

    Registration.Registered again = renewal.renew(deadline);

    assertThat(again.status()).isEqualTo(Registration.Status.CREATED);
    assertThat(again.key().key()).isNotEqualTo(revoked);
    assertThat(registered()).containsExactly(again.key().key());
    assertThat(publicHalfOfWhatIsStored()).isEqualTo(again.key().key());
  }

  /** What may stand where the private key should. */
  private enum Stored {
    NOTHING,
    TEXT,
    TRUNCATED,
    DAMAGED,
    PUBLIC_HALF,
    OF_ANOTHER_TYPE,
    ENCRYPTED
  }

  @ParameterizedTest
  @EnumSource(Stored.class)
  void replacesAPrivateKeyThatWasLostOrIsNone(Stored what) {
    PublicKey lost = renewal.renew(deadline).key().key();
    String stored = account.parameter(checkKey()).value();
    switch (what) {
      case NOTHING -> account.deleteParameter(checkKey());
      case TEXT -> account.putParameter(checkKey(), "garbage");
      case TRUNCATED -> account.putParameter(checkKey(), stored.substring(0, 200));
      case DAMAGED -> account.putParameter(checkKey(), stored.replace("AAAA", "BBBB"));
      case PUBLIC_HALF -> account.putParameter(checkKey(), lost.openSshLine());
      case OF_ANOTHER_TYPE ->
          account.putParameter(
              checkKey(),
              SshKeys.generate(folder, "rsa", "rsa", OptionalInt.of(2048), "").privateKeyText());
      case ENCRYPTED -> account.putParameter(checkKey(), encrypted());
    }

    PublicKey next = renewal.renew(deadline).key().key();

    assertThat(next).isNotEqualTo(lost);
    assertThat(registered()).containsExactly(next);
    assertThat(JschKeyPairs.read(account.parameter(checkKey()).value()))
        .hasValueSatisfying(pair -> assertThat(pair.publicKey()).isEqualTo(next));
  }

  @Test
  void rotatesAfterThirtyDaysAndRevokesItsPredecessorsAndNobodyElsesKeys() throws IOException {
    PublicKey others = KeyLine.newEd25519();
    registry.register(others, new Label("prod"), Optional.empty(), deadline);
    PublicKey forgotten = KeyLine.newEd25519();
    registry.register(forgotten, CheckKeyRenewal.LABEL, Optional.empty(), deadline);
    PublicKey first = renewal.renew(deadline).key().key();
    assertThat(registered()).containsExactlyInAnyOrder(others, first);
    now = now.plus(Duration.ofDays(30)).plusSeconds(1);

    Registration.Registered second = renewal.renew(deadline);

    assertThat(second.status()).isEqualTo(Registration.Status.CREATED);
    assertThat(second.key().registered()).isEqualTo(now);
    assertThat(registered()).containsExactlyInAnyOrder(others, second.key().key());
    assertThat(publicHalfOfWhatIsStored()).isEqualTo(second.key().key());
  }

  private List<PublicKey> registered() {
    return registry.list(deadline).stream().map(listed -> listed.key().key()).toList();
  }

  private String checkKey() {
    return "/dbt-bastion/" + bastion + "/check-key";
  }

  /** As ssh-keygen works it out. */
  private PublicKey publicHalfOfWhatIsStored() throws IOException {
    Path file = folder.resolve(bastion);
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, account.parameter(checkKey()).value());
    return KeyLine.accepted(SshKeys.publicHalf(file));
  }

  private static String encrypted() {
    return SshKeys.encrypted(folder, "encrypted", "a passphrase").privateKeyText();
  }
}
