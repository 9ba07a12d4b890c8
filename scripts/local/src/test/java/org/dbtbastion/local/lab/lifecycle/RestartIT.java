package org.dbtbastion.local.lab.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dbtbastion.local.lab.DbtClient;
import org.dbtbastion.local.lab.HostLab;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.local.lab.network.AwsFront;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.ssm.model.Parameter;

/**
 * A host that is restarted in good order, and one whose power is cut. A cut ends all processes at
 * the same moment; what they had written to files stays, synced to the disk or not.
 */
@HostLab
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class RestartIT {

  private static final Duration REACHED = Duration.ofSeconds(60);
  private static final Duration SSHD_RUNS = Duration.ofSeconds(30);
  private static final String AUTHORIZED_KEYS = "/home/" + Lab.USER + "/.ssh/authorized_keys";
  private static final Pattern LINE =
      Pattern.compile(
          "restrict,port-forwarding,permitopen=\"%s:%d\" \\S+ \\S+ (SHA256:\\S+)"
              .formatted(Pattern.quote(Lab.REDSHIFT), Lab.REDSHIFT_PORT));

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost bastion;
  private static SshKeys key;
  private static final List<SshKeys> registered = new ArrayList<>();

  @BeforeAll
  static void start() {
    lab = Lab.start(Repository.infra(), folder);
    bastion = lab.launch("bastion-a");
    key = lab.newKey();
    register(key);
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      lab.close();
    }
  }

  private static void register(SshKeys key) {
    lab.parameters().register(key);
    registered.add(key);
  }

  /** Cuts the power when such a call has taken effect, and the host has no answer. */
  private static DynamicTest unanswered(String action, String text) {
    return DynamicTest.dynamicTest(
        "%s %s took effect, but is not answered".formatted(action, text),
        () -> {
          try (AwsFront.HeldAnswer answer = lab.aws().hold(action, text)) {
            bastion.powerOn();
            answer.awaitCall();
            bastion.cutPower();
          }
          assertNothingHalfWritten();
        });
  }

  /** Cuts the power when a file is there; at once if an earlier boot came that far. */
  private static DynamicTest with(String file) {
    return DynamicTest.dynamicTest(
        file + " is there",
        () -> {
          bastion.powerOn();
          Await.until(file + " is there", REACHED, () -> bastion.has(file));
          bastion.cutPower();
          assertNothingHalfWritten();
        });
  }

  private static DynamicTest betweenTheHostKeys() {
    return DynamicTest.dynamicTest(
        "one host key is in place, the other is not",
        () -> {
          try (AwsFront.HeldAnswer rsa = lab.aws().hold("GetParameter", "host-keys/rsa\"")) {
            bastion.powerOn();
            rsa.awaitCall();
            Await.until("the first", REACHED, () -> bastion.has(hostKey("ed25519")));
            bastion.cutPower();
          }
          assertThat(bastion.has(hostKey("rsa"))).isFalse();
          assertNothingHalfWritten();
        });
  }

  @Order(1)
  @TestFactory
  Stream<DynamicTest> aFirstBootWhosePowerIsCutAgainAndAgainIsFinishedByTheNextBoots() {
    return Stream.of(
        with("/var/lib/cloud/data/instance-id"),
        with("/etc/systemd/system/dbt-bastion-sync.timer"),
        with("/opt/dbt-bastion/bootstrap"),
        with("/opt/dbt-bastion/write-settings"),
        with("/etc/dbt-bastion/environment"),
        with(AUTHORIZED_KEYS),
        unanswered("PutParameter", "host-keys/ed25519\""),
        betweenTheHostKeys(),
        unanswered("PutParameter", "host-keys/rsa\""),
        unanswered("PutParameter", "host-keys/rsa.pub\""),
        unanswered("GetParametersByPath", ""),
        unanswered("AssociateAddress", ""),
        unanswered("CompleteLifecycleAction", ""),
        unanswered("SignalResource", ""),
        DynamicTest.dynamicTest("then it is complete", RestartIT::isCompleteAtLast));
  }

  private static void isCompleteAtLast() {
    bastion.powerOn().awaitBootstrapped();

    assertComplete(new DbtClient(lab, folder));
    assertThat(lab.aws().signals()).hasSize(1);
    assertThat(lab.aws().completedHooks()).hasSize(1);
    for (String type : List.of("ed25519", "rsa")) {
      assertThat(lab.parameters().find("host-keys/" + type).map(Parameter::version))
          .as("stored once")
          .contains(1L);
    }
  }

  private static DbtClient client() {
    if (!bastion.has("/var/lib/dbt-bastion/bootstrapped")) {
      bastion.powerOn().awaitBootstrapped();
      // Some time has passed since.
      bastion.ask("sync");
    }
    return new DbtClient(lab, folder);
  }

  @Order(2)
  @Test
  void aRestartInGoodOrderDoesTheFirstBootNotAgain() {
    DbtClient dbt = client();
    String before = firstBootsFiles();

    bastion.shutDown();
    bastion.powerOn();

    awaitSshd();
    assertComplete(dbt);
    assertThat(firstBootsFiles()).isEqualTo(before);
    assertThat(bastion.run("systemctl is-active ssh.service sshd.service").output())
        .isEqualTo("inactive\ninactive\n");
  }

  /** With the times when they were made. */
  private static String firstBootsFiles() {
    return bastion.ask(
        "stat -c '%n %i %z' /opt/dbt-bastion/* /etc/dbt-bastion/* /var/lib/dbt-bastion/bootstrapped"
            + " /etc/systemd/system/dbt-bastion-*");
  }

  @Order(3)
  @Test
  void aPowerCutAsTheSystemStartsIsForgotten() {
    DbtClient dbt = client();
    bastion.cutPower();

    bastion.powerOn();
    bastion.cutPower();
    bastion.powerOn();

    awaitSshd();
    assertComplete(dbt);
  }

  @Order(4)
  @Test
  void aSyncWhosePowerIsCutWhileItWaitsLosesNoKey() {
    DbtClient dbt = client();
    String before = bastion.text(AUTHORIZED_KEYS);
    register(SshKeys.ed25519(folder.resolve("keys"), "waiting"));

    try (AwsFront.HeldAnswer listing = lab.aws().hold("GetParametersByPath", "authorized-keys")) {
      bastion.ask("systemctl start --no-block dbt-bastion-sync.service");
      listing.awaitCall();
      bastion.cutPower();
    }

    assertThat(bastion.text(AUTHORIZED_KEYS)).isEqualTo(before);
    bastion.powerOn();
    awaitSshd();
    sync();
    assertComplete(dbt);
  }

  @Order(5)
  @Test
  void aSyncWhosePowerIsCutWhileItWritesLeavesTheOldKeysOrTheNew() {
    DbtClient dbt = client();
    String before = bastion.text(AUTHORIZED_KEYS);
    IntStream.range(0, 50)
        .mapToObj(number -> SshKeys.ed25519(folder.resolve("keys"), "writing-" + number))
        .forEach(RestartIT::register);

    cutPowerAsSoonAsThereIs(Path.of(AUTHORIZED_KEYS + ".new"));

    if (!bastion.text(AUTHORIZED_KEYS).equals(before)) {
      assertWholeAuthorizedKeys();
    }
    bastion.powerOn();
    awaitSshd();
    sync();
    assertComplete(dbt);
  }

  private static void cutPowerAsSoonAsThereIs(Path file) {
    try (WatchService watch = FileSystems.getDefault().newWatchService()) {
      bastion
          .file(file.getParent().toString())
          .register(watch, StandardWatchEventKinds.ENTRY_CREATE);
      bastion.ask("systemctl start --no-block dbt-bastion-sync.service");
      boolean there = false;
      while (!there) {
        WatchKey events =
            Optional.ofNullable(watch.poll(REACHED.toSeconds(), TimeUnit.SECONDS)).orElseThrow();
        there =
            events.pollEvents().stream()
                .map(WatchEvent::context)
                .anyMatch(file.getFileName()::equals);
        events.reset();
      }
      bastion.cutPower();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void sync() {
    assertThat(bastion.run("/opt/dbt-bastion/sync-keys").status()).isZero();
  }

  private static void awaitSshd() {
    Await.until(
        "sshd runs again",
        SSHD_RUNS,
        () -> bastion.run("systemctl --quiet is-active dbt-bastion-sshd.service").status() == 0);
  }

  private static String hostKey(String type) {
    return "/etc/dbt-bastion/ssh_host_%s_key".formatted(type);
  }

  /** The client has pinned the host keys. */
  private static void assertComplete(DbtClient dbt) {
    dbt.assertReachesRedshift(key);
    assertWholeAuthorizedKeys();
    assertThat(Stream.of("ed25519", "rsa").map(RestartIT::hostKey)).allMatch(bastion::has);
    assertNothingHalfWritten();
    assertThat(
            bastion.ask(
                "find /etc/dbt-bastion /var/lib/dbt-bastion /home -name '*.new*' -o -name '.?*key*'"))
        .isEmpty();
    // A container has the machine's clock since boot, by which a sync before its own boot is old.
    sync();
    assertThat(bastion.run("dbt-bastion status").status()).isZero();
  }

  private static void assertWholeAuthorizedKeys() {
    assertThat(bastion.text(AUTHORIZED_KEYS)).endsWith("\n");
    assertThat(bastion.text(AUTHORIZED_KEYS).lines())
        .allMatch(line -> LINE.matcher(line).matches())
        .map(line -> line.substring(line.lastIndexOf(' ') + 1))
        .containsExactlyInAnyOrderElementsOf(
            registered.stream().map(SshKeys::fingerprint).toList());
  }

  /** A host key is absent, or the one that is stored; the other files are absent or whole. */
  private static void assertNothingHalfWritten() {
    for (String type : List.of("ed25519", "rsa")) {
      if (bastion.has(hostKey(type))) {
        assertThat(bastion.text(hostKey(type)).strip())
            .isEqualTo(lab.parameters().find("host-keys/" + type).orElseThrow().value().strip());
      }
    }
    for (String file : List.of("environment", "sshd_config")) {
      if (bastion.has("/etc/dbt-bastion/" + file)) {
        assertThat(bastion.text("/etc/dbt-bastion/" + file)).as(file).endsWith("\n");
      }
    }
    // Without a key it is empty.
    if (bastion.has(AUTHORIZED_KEYS) && !bastion.text(AUTHORIZED_KEYS).isEmpty()) {
      assertWholeAuthorizedKeys();
    }
  }
}
