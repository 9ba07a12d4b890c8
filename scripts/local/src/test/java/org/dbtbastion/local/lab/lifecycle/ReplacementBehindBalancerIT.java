package org.dbtbastion.local.lab.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.dbtbastion.local.client.Session;
import org.dbtbastion.local.lab.DbtClient;
import org.dbtbastion.local.lab.HostLab;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.Tunnel;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.ssm.model.Parameter;

/** Hosts behind a load balancer: two that boot at the same moment, and one that is to end. */
@HostLab
class ReplacementBehindBalancerIT {

  private static final List<String> HOST_KEYS = List.of("ed25519", "rsa");

  // As with systemd-networkd on Amazon Linux 2023, the address is gone once this has stopped.
  // Source:
  // systemd.network(5), "KeepConfiguration=".
  private static final String NETWORK =
      """
      [Unit]
      DefaultDependencies=no
      Conflicts=shutdown.target
      Wants=network.target
      Before=network.target shutdown.target

      [Service]
      Type=oneshot
      RemainAfterExit=yes
      ExecStart=true
      ExecStop=ip address flush dev eth0
      """;

  @TempDir private static Path folder;

  private static Lab lab;
  private static List<Supplier<Long>> missing;
  private static List<Map<String, String>> signalsWithoutHealth;
  private static List<BootedHost> hosts;
  private static SshKeys key;
  private static DbtClient dbt;

  @BeforeAll
  static void bootTwoAtOnce() {
    lab = Lab.start(Repository.infra(), folder, Map.of("addressMode", "network-load-balancer"));
    key = lab.newKey();
    lab.parameters().register(key);
    // Both find none, and so both make some.
    missing =
        HOST_KEYS.stream()
            .map(type -> lab.aws().meetAt(lab.parameters().name("host-keys/" + type), 2))
            .toList();
    hosts = List.of(lab.launch("bastion-a"), lab.launch("bastion-b"));
    lab.aws().deny("DescribeTargetHealth");
    hosts.stream()
        .map(host -> CompletableFuture.runAsync(host::powerOn, Thread::startVirtualThread))
        .toList()
        .forEach(CompletableFuture::join);
    hosts.forEach(ReplacementBehindBalancerIT::awaitThatHealthIsUnknown);
    signalsWithoutHealth = List.copyOf(lab.aws().signals());
    lab.aws().allow("DescribeTargetHealth");
    hosts.forEach(BootedHost::awaitBootstrapped);
    dbt = new DbtClient(lab, folder);
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      lab.close();
    }
  }

  private static void awaitThatHealthIsUnknown(BootedHost host) {
    Await.until(
        "the host asks the balancer in vain",
        Duration.ofSeconds(60),
        () ->
            host.journal("bootstrap.service")
                .contains("not authorized to perform DescribeTargetHealth"));
  }

  /** A tunnel by this host, whoever else the balancer leads to. */
  private static Tunnel tunnelBy(BootedHost host, String... arguments) {
    lab.vpc().balance(Lab.ELASTIC_IP, List.of(host.address()));
    try {
      int before = lab.forwardedBy(host);
      Tunnel tunnel = dbt.forward(Lab.DBT, key, arguments);
      tunnel.connect("which way").close();
      assertThat(lab.forwardedBy(host)).isGreaterThan(before);
      return tunnel;
    } finally {
      lab.vpc().balance(Lab.ELASTIC_IP, lab.targets());
    }
  }

  /** Waits until the host, which knows that it is to end, has so many tunnels. */
  private static void awaitDrain(BootedHost host, int tunnels) {
    Await.until(
        "the host is to end, and has %d tunnels".formatted(tunnels),
        Duration.ofSeconds(60),
        () -> {
          // As the timer does every minute.
          host.ask("systemctl start dbt-bastion-sync.service");
          return host.journal("sync")
              .lines()
              .filter(line -> line.startsWith("drain: this host is to end: "))
              .anyMatch(line -> line.contains("\"tunnels\": %d,".formatted(tunnels)));
        });
  }

  /** Whether the host has let the group end it. */
  private static boolean isLetGo(BootedHost host) {
    return lab.aws().completedHooks().stream()
        .anyMatch(
            hook ->
                hook.get("InstanceId").equals(host.id())
                    && hook.get("LifecycleHookName").equals("terminate")
                    && hook.get("LifecycleActionResult").equals("CONTINUE"));
  }

  @Test
  void hostsThatBootAtTheSameFirstMomentAgreeOnTheirHostKeys() {
    assertThat(missing).extracting(Supplier::get).containsOnly(0L);
    for (String type : HOST_KEYS) {
      Parameter stored = lab.parameters().find("host-keys/" + type).orElseThrow();
      // Written once, and never over.
      assertThat(stored.version()).isEqualTo(1);
      assertThat(hosts)
          .extracting(host -> host.text("/etc/dbt-bastion/ssh_host_%s_key".formatted(type)).strip())
          .containsOnly(stored.value().strip());
    }
    for (BootedHost host : hosts) {
      for (String algorithm : List.of("ssh-ed25519", "rsa-sha2-512")) {
        tunnelBy(host, "-o", "HostKeyAlgorithms=" + algorithm).close();
      }
    }
  }

  @Test
  void noHostSignalsBeforeTheBalancerFindsItHealthy() {
    assertThat(signalsWithoutHealth).isEmpty();
    assertThat(lab.aws().signals())
        .extracting(signal -> signal.get("UniqueId"))
        .contains(hosts.get(0).id(), hosts.get(1).id());
  }

  @Test
  void aHostThatIsToEndKeepsItsTunnelsAndEndsAfterTheLast() {
    BootedHost old = lab.launch("bastion-c").powerOn().awaitBootstrapped();
    try (Logins logins = new Logins();
        Tunnel tunnel = tunnelBy(old)) {
      Session session = tunnel.connect("old");
      int number = session.number();

      lab.retire(old);
      awaitDrain(old, 1);

      int before = lab.forwardedBy(old);
      logins.awaitMore(4);
      assertThat(lab.forwardedBy(old)).isEqualTo(before);
      assertThat(isLetGo(old)).isFalse();
      assertThat(session.number()).isEqualTo(number);

      tunnel.client().close();
      awaitDrain(old, 0);
      assertThat(isLetGo(old)).isTrue();
      lab.terminate(old);

      logins.awaitMore(4);
      assertThat(logins.failures()).isZero();
    }
  }

  @Test
  void aTunnelThatStaysEndsWithTheHostWhenTheHooksTimeIsOver() {
    BootedHost old = lab.launch("bastion-d").powerOn().awaitBootstrapped();
    old.write(
        "/etc/systemd/system/network-stand-in.service", NETWORK.getBytes(StandardCharsets.UTF_8));
    old.ask("systemctl daemon-reload && systemctl start network-stand-in.service");
    try (Tunnel tunnel = tunnelBy(old)) {
      lab.retire(old);
      awaitDrain(old, 1);
      assertThat(isLetGo(old)).isFalse();

      // The bound is the hook's: the group then ends the host, whatever the host says.
      assertThat(terminateHook().get("HeartbeatTimeout").asInt()).isEqualTo(45 * 60);
      assertThat(terminateHook().get("DefaultResult").asText()).isEqualTo("CONTINUE");
      old.shutDown();

      // dbt is told so, and has not to find out by itself, for which it takes 300 seconds.
      assertThat(tunnel.client().awaitExit(Duration.ofSeconds(10))).isEqualTo(255);
    } finally {
      lab.terminate(old);
    }
  }

  private static JsonNode terminateHook() {
    for (JsonNode hook :
        lab.template("AWS::AutoScaling::AutoScalingGroup").get("LifecycleHookSpecificationList")) {
      if (hook.get("LifecycleHookName").asText().equals("terminate")) {
        return hook;
      }
    }
    throw new IllegalStateException("the group has no such hook");
  }

  /** dbt, which logs in again and again. */
  private static final class Logins implements AutoCloseable {

    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicInteger successes = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private final Thread thread = Thread.startVirtualThread(this::run);

    private void run() {
      while (!ended.get()) {
        try {
          assertThat(dbt.letsIn(key)).isTrue();
          successes.incrementAndGet();
        } catch (RuntimeException | AssertionError e) {
          failures.incrementAndGet();
        }
      }
    }

    int failures() {
      return failures.get();
    }

    void awaitMore(int number) {
      int before = successes.get();
      Await.until(
          number + " more logins",
          Duration.ofSeconds(60),
          () -> successes.get() >= before + number);
    }

    @Override
    public void close() {
      ended.set(true);
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
