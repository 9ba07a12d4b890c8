package org.dbtbastion.infra.bastion;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dbtbastion.standins.account.InstanceMetadata;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When a host lets its Auto Scaling group end it. */
class DrainIT {

  private static final String STATE = "var/lib/dbt-bastion/last-sync.json";
  @TempDir static Path shared;
  private static Moto moto;
  private static Target target;
  private static Host host;
  private static SshKeys key;
  @TempDir Path folder;
  private InstanceMetadata metadata;

  @BeforeAll
  static void startBastion() {
    moto = Moto.start(shared);
    target = new Target();
    host = new Host(shared.resolve("host"), moto, "drain", "127.0.0.1:" + target.port());
    host.with(HostKeys.make(shared)).askingOnce().bootstrapped();
    key = host.newKey("key", "ed25519", 256);
    host.register(key);
    host.sync(0);
  }

  @AfterAll
  static void stopBastion() {
    host.close();
    target.close();
    moto.close();
  }

  @BeforeEach
  void startSshd() {
    host.withSshd();
    metadata = new InstanceMetadata("Terminated");
  }

  @AfterEach
  void stopSshd() {
    host.stopSshd();
    metadata.close();
  }

  /** With a program {@code aws} whose Auto Scaling does this; the rest of it is moto's. */
  private Command drain(String scaling) throws IOException {
    Map<String, String> environment = new HashMap<>(metadata.environment());
    environment.putAll(
        FakeAws.in(
            folder,
            "echo \"$*\" >>%s; if [[ $1 == autoscaling ]]; then %s; fi"
                .formatted(calls(), scaling)));
    return host.script("drain").with(environment);
  }

  private Path calls() {
    return folder.resolve("calls");
  }

  private List<String> completed() throws IOException {
    return Files.exists(calls())
        ? Files.readAllLines(calls()).stream().filter(c -> c.startsWith("autoscaling")).toList()
        : List.of();
  }

  @Test
  void aHostThatIsWantedAsksForNothing() throws IOException {
    metadata.target("InService");

    assertThat(drain("exit 0").run()).isEqualTo(new Command.Result(0, "", ""));

    assertThat(calls()).doesNotExist();
  }

  @Test
  void endsOnlyAfterTheLastTunnel() throws IOException {
    ChildProcess tunnel = host.tunnel(key, target.port());

    assertThat(drain("exit 0").run())
        .satisfies(result -> assertThat(result.output()).contains("\"tunnels\": 1,"))
        .returns(0, Command.Result::status);
    assertThat(completed()).isEmpty();
    assertThat(tunnel.alive()).isTrue();

    tunnel.close();
    Await.until(
        "the tunnel is gone",
        Duration.ofSeconds(10),
        () -> host.sync(0).contains("\"tunnels\": 0,"));
    assertThat(drain("exit 0").run().status()).isEqualTo(0);
    assertThat(completed()).hasSize(1);
    assertThat(completed().getFirst())
        .startsWith(
            "autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE"
                + " --lifecycle-hook-name terminate --auto-scaling-group-name dbt-bastion-drain"
                + " --instance-id i-0123 ");
  }

  @Test
  void connectionsThatAreNotLoggedInAreNoTunnels() throws IOException {
    try (Socket check = new Socket(InetAddress.getByName("127.0.0.1"), host.port)) {
      assertThat(check.getInputStream().read()).isEqualTo('S');

      assertThat(drain("exit 0").run().status()).isEqualTo(0);

      assertThat(completed()).hasSize(1);
    }
  }

  @Test
  void whatAnEarlierSyncFoundIsNotBelieved() throws IOException {
    assertThat(host.sync(0)).contains("\"tunnels\": 0,");
    host.tunnel(key, target.port());
    assertThat(host.text(STATE)).contains("\"tunnels\": 0,");

    assertThat(drain("exit 0").run().status()).isEqualTo(0);

    assertThat(completed()).isEmpty();
  }

  @Test
  void aSyncThatFailsEndsNothing() throws IOException {
    assertThat(host.sync(0)).contains("\"tunnels\": 0,");
    // It wins over the endpoint that the host's settings name.
    Map<String, String> unreachable =
        Map.of("AWS_ENDPOINT_URL_SSM", "http://localhost:" + FreePort.find());

    Command.Result result = drain("exit 0").with(unreachable).run();

    assertThat(result.status()).isNotEqualTo(0);
    assertThat(result.errors()).contains("sync-keys: failed", "drain: error at ");
    assertThat(completed()).isEmpty();
  }

  @Test
  void aHostThatWasNeverReadyEndsAtOnce() throws IOException {
    Path ready = host.root.resolve("var/lib/dbt-bastion/bootstrapped");
    Files.delete(ready);
    try {
      Command.Result result =
          drain("exit 0").with(Map.of("AWS_ENDPOINT_URL_SSM", "http://localhost:1")).run();

      assertThat(result.status()).isEqualTo(0);
      assertThat(calls()).content().contains("autoscaling complete-lifecycle-action");
    } finally {
      Files.createFile(ready);
    }
  }

  @Test
  void withoutABalancerNoGroupWaits() throws IOException {
    Path settings = host.root.resolve("etc/dbt-bastion/environment");
    String before = Files.readString(settings);
    Files.writeString(settings, before.replace("network-load-balancer", "elastic-ip"));
    try {
      assertThat(drain("exit 0").run().status()).isEqualTo(0);
      assertThat(calls()).doesNotExist();
    } finally {
      Files.writeString(settings, before);
    }
  }

  @Test
  void oneBadValueKeepsNoHostAlive() throws IOException {
    host.parameters.put("authorized-keys/not-a-hash", "garbage");
    try {
      assertThat(drain("exit 0").run().status()).isEqualTo(0);

      assertThat(completed()).hasSize(1);
    } finally {
      host.parameters.delete("authorized-keys/not-a-hash");
    }
  }

  @Test
  void aRefusedCompletionIsSaidAndTriedAgain() throws IOException {
    Command.Result result = drain("echo 'No active Lifecycle Action found' >&2; exit 254").run();

    assertThat(result.status()).isNotEqualTo(0);
    assertThat(result.errors()).contains("No active Lifecycle Action found", "drain: error at ");
    assertThat(drain("exit 0").run().status()).isEqualTo(0);
    assertThat(completed()).hasSize(2);
  }

  @Test
  void withoutInstanceMetadataItEndsNothing() throws IOException {
    Command drain = drain("exit 0");
    metadata.close();

    Command.Result result = drain.run();

    assertThat(result.status()).isNotEqualTo(0);
    assertThat(result.errors()).contains("curl: ", "drain: error at ");
    assertThat(calls()).doesNotExist();
  }
}
