package org.dbtbastion.aws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.registry.HostSync;
import org.dbtbastion.registry.KeyChange;
import org.dbtbastion.standins.account.AwsAccount;
import org.dbtbastion.standins.account.SystemsManagerFront.Agent;
import org.dbtbastion.standins.account.SystemsManagerFront.AgentResult;
import org.dbtbastion.standins.net.HttpServers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.ssm.model.DocumentDescription;

class RunCommandPushIT {

  private static final String DOCUMENT = "dbt-bastion-test-sync-keys";
  private static final AtomicInteger BASTIONS = new AtomicInteger();

  @TempDir private static Path folder;
  private static AwsAccount account;
  private static AwsClients clients;
  private static final Map<String, Agent> AGENTS = new ConcurrentHashMap<>();
  private static final Map<String, List<String>> RAN = new ConcurrentHashMap<>();

  private final String bastion = "b" + BASTIONS.incrementAndGet();
  private static final KeyChange CHANGE = new KeyChange("0a1b2c3d" + "0".repeat(56), true);

  private final Deadline deadline = Deadline.in(Duration.ofSeconds(30));

  @BeforeAll
  static void start() {
    account = AwsAccount.start(folder, new ObedientAgent());
    account.createSyncDocument(DOCUMENT);
    account.useInThisJvm();
    clients = new AwsClients();
  }

  @AfterAll
  static void stop() {
    account.close();
  }

  @AfterEach
  void mend() {
    account.systemsManager().dropCommands(false);
    account.useInThisJvm();
  }

  @Test
  void makesEveryHostOfTheBastionSynchronizeAndNoOther() {
    String first = account.runHost(bastion);
    String second = account.runHost(bastion);
    String stopped = account.runHost(bastion);
    account.stopHost(stopped);
    String other = account.runHost(bastion + "-other");

    assertThat(push(deadline))
        .containsExactlyInAnyOrder(
            new HostSync(first, HostSync.State.APPLIED, ""),
            new HostSync(second, HostSync.State.APPLIED, ""));
    assertThat(RAN)
        .containsEntry(first, List.of("/opt/dbt-bastion/sync-keys"))
        .containsEntry(second, List.of("/opt/dbt-bastion/sync-keys"))
        .doesNotContainKey(other);
  }

  @Test
  void runsTheNewestVersionOfTheDocumentWhateverTheDefaultIs() {
    String document = "updated-sync-keys";
    account.createSyncDocument(document);
    clients
        .ssm()
        .updateDocument(
            request ->
                request
                    .name(document)
                    .documentVersion("$LATEST")
                    .content(
                        """
                        {"schemaVersion": "2.2", "mainSteps": [{"action": "aws:runShellScript",
                         "name": "sync", "inputs": {"runCommand": ["the newest"]}}]}
                        """));
    String host = account.runHost(bastion);

    assertThat(
            new RunCommandPush(clients, new Hosts(clients, bastion), bastion, document)
                .push(CHANGE, deadline))
        .containsExactly(new HostSync(host, HostSync.State.APPLIED, ""));

    assertThat(clients.ssm().describeDocument(request -> request.name(document)).document())
        .extracting(DocumentDescription::defaultVersion, DocumentDescription::latestVersion)
        .containsExactly("1", "2");
    assertThat(RAN).containsEntry(host, List.of("the newest"));
  }

  @Test
  void tellsWhatTheHostSaidWhereItFailed() {
    String good = account.runHost(bastion);
    String bad = account.runHost(bastion);
    AGENTS.put(
        bad,
        (_, _) ->
            new AgentResult(1, "", "Traceback\nsync-keys: failed: \u001b[31mno space left\n"));

    assertThat(push(deadline))
        .containsExactlyInAnyOrder(
            new HostSync(good, HostSync.State.APPLIED, ""),
            new HostSync(
                bad, HostSync.State.FAILED, "Failed: sync-keys: failed: ?[31mno space left"));
  }

  @Test
  void countsAHostThatLeftOutOtherParametersAsApplied() {
    String host = account.runHost(bastion);
    AGENTS.put(host, (_, _) -> new AgentResult(3, "{\"keys\":1}", "1 value is no key"));

    assertThat(push(deadline))
        .containsExactly(
            new HostSync(
                host,
                HostSync.State.APPLIED,
                "other parameters are no keys and were left out: 1 value is no key"));
  }

  @Test
  void aHostThatListsTheKeyHasApplied() {
    String host = account.runHost(bastion);
    AGENTS.put(host, (_, _) -> new AgentResult(0, "{\"applied\":\"00000000 0a1b2c3d\"}", ""));

    assertThat(push(deadline)).containsExactly(new HostSync(host, HostSync.State.APPLIED, ""));
  }

  @Test
  void aHostThatListedTooEarlyListsOnceMore() {
    String host = account.runHost(bastion);
    AtomicInteger runs = new AtomicInteger();
    AGENTS.put(
        host,
        (_, _) ->
            new AgentResult(
                0,
                runs.incrementAndGet() < 3 ? "{\"applied\":\"\"}" : "{\"applied\":\"0a1b2c3d\"}",
                ""));

    assertThat(push(deadline)).containsExactly(new HostSync(host, HostSync.State.APPLIED, ""));
    assertThat(runs).hasValue(3);
  }

  @Test
  void aHostThatNeverSeesTheChangeIsPending() {
    String host = account.runHost(bastion);
    AGENTS.put(host, (_, _) -> new AgentResult(0, "{\"applied\":\"0a1b2c3d\"}", ""));
    KeyChange revoked = new KeyChange(CHANGE.sha256Hex(), false);

    assertThat(
            new RunCommandPush(clients, new Hosts(clients, bastion), bastion, DOCUMENT)
                .push(revoked, deadline))
        .extracting(HostSync::host, HostSync::state)
        .containsExactly(tuple(host, HostSync.State.PENDING));
  }

  @Test
  void aHostThatRefusesTheKeyHasFailed() {
    String host = account.runHost(bastion);
    String output =
        "{\"applied\":\"\",\"skipped\":{\"%s\":\"refused by ssh-keygen\"}}"
            .formatted(CHANGE.sha256Hex());
    AGENTS.put(host, (_, _) -> new AgentResult(3, output, ""));

    assertThat(push(deadline))
        .containsExactly(
            new HostSync(
                host, HostSync.State.FAILED, "it refuses this key: refused by ssh-keygen"));
  }

  @Test
  void doesNotWaitForAnAgentBeyondTheDeadline() {
    String host = account.runHost(bastion);
    account.systemsManager().dropCommands(true);

    assertPendingInTime(host, "Run Command: Pending");
  }

  @Test
  void doesNotWaitForAHostThatHangsBeyondTheDeadline() {
    String host = account.runHost(bastion);
    AGENTS.put(
        host,
        (_, _) -> {
          new CountDownLatch(1).await();
          return null;
        });

    assertPendingInTime(host, "Run Command: InProgress");
  }

  @Test
  void doesNotWaitForAHostThatRunCommandDoesNotKnowBeyondTheDeadline() {
    String host = account.runHost(bastion);
    AGENTS.put(host, new Unmanaged());

    assertPendingInTime(host, "its agent has not taken the command yet");
  }

  @Test
  void doesNotWaitForAnAwsThatFallsSilentBeyondTheDeadline() {
    String host = account.runHost(bastion);
    HttpServer silent = HttpServers.start(0, RunCommandPushIT::takeTheCommandAndFallSilent);
    System.setProperty("aws.endpointUrlSsm", "http://localhost:" + silent.getAddress().getPort());
    try {
      AwsClients others = new AwsClients();

      assertPendingInTime(others, host, "no word from Run Command: AWS did not answer in time");
    } finally {
      silent.stop(0);
    }
  }

  @Test
  void waitsUntilRunCommandKnowsOfTheCommand() {
    String host = account.runHost(bastion);
    account.systemsManager().hideInvocationsFromNext(3);

    assertThat(push(deadline)).containsExactly(new HostSync(host, HostSync.State.APPLIED, ""));
  }

  @Test
  void triesThrottledCallsAgain() {
    String host = account.runHost(bastion);
    account.systemsManager().throttleNext(2);

    assertThat(push(deadline)).containsExactly(new HostSync(host, HostSync.State.APPLIED, ""));
  }

  @Test
  void pushesToNobodyWhereNoHostRuns() {
    String stopped = account.runHost(bastion);
    account.stopHost(stopped);

    assertThat(push(deadline)).isEmpty();
    assertThat(RAN).doesNotContainKey(stopped);
  }

  @Test
  void tellsForEachHostThatTheCommandCouldNotBeSent() {
    String host = account.runHost(bastion);

    assertThat(
            new RunCommandPush(clients, new Hosts(clients, bastion), bastion, "no-such-document")
                .push(CHANGE, deadline))
        .singleElement()
        .satisfies(
            sync -> {
              assertThat(sync.host()).isEqualTo(host);
              assertThat(sync.state()).isEqualTo(HostSync.State.PENDING);
              assertThat(sync.detail())
                  .startsWith("Run Command could not be sent: Ssm: InvalidDocument");
            });
  }

  private List<HostSync> push(Deadline by) {
    return push(clients, by);
  }

  private List<HostSync> push(AwsClients with, Deadline by) {
    return new RunCommandPush(with, new Hosts(with, bastion), bastion, DOCUMENT).push(CHANGE, by);
  }

  private void assertPendingInTime(String host, String detail) {
    assertPendingInTime(clients, host, detail);
  }

  private void assertPendingInTime(AwsClients with, String host, String detail) {
    Deadline soon = Deadline.in(Duration.ofSeconds(2));
    long begin = System.nanoTime();

    List<HostSync> syncs = push(with, soon);

    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofMillis(2500));
    assertThat(syncs)
        .singleElement()
        .satisfies(
            sync -> {
              assertThat(sync.host()).isEqualTo(host);
              assertThat(sync.state()).isEqualTo(HostSync.State.PENDING);
              assertThat(sync.detail())
                  .startsWith(detail)
                  .endsWith("; the host fetches the keys by itself every minute");
            });
  }

  private static void takeTheCommandAndFallSilent(HttpExchange exchange) throws IOException {
    if ("AmazonSSM.SendCommand".equals(exchange.getRequestHeaders().getFirst("X-Amz-Target"))) {
      HttpServers.answer(
          exchange,
          200,
          "application/x-amz-json-1.1",
          "{\"Command\":{\"CommandId\":\"0831bf56-9b2f-4ad8-9f1e-5a1b4f7e0d42\"}}"
              .getBytes(StandardCharsets.UTF_8));
      return;
    }
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Does what a test told it for the host, and notes which commands it was to run. */
  private static final class ObedientAgent implements Agent {
    @Override
    public AgentResult run(String host, List<String> commands) throws Exception {
      RAN.put(host, commands);
      Agent told = AGENTS.get(host);
      return told == null ? new AgentResult(0, "", "") : told.run(host, commands);
    }

    @Override
    public boolean manages(String host) {
      return !(AGENTS.get(host) instanceof Unmanaged);
    }
  }

  /** An instance whose agent is not connected to Systems Manager. */
  private static final class Unmanaged implements Agent {
    @Override
    public AgentResult run(String host, List<String> commands) {
      throw new UnsupportedOperationException("nobody can reach " + host);
    }
  }
}
