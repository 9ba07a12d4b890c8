package org.dbtbastion.infra.bastion;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.dbtbastion.standins.account.ListingFault;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.account.NoKeys;
import org.dbtbastion.standins.account.ParameterStore;
import org.dbtbastion.standins.account.SystemsManagerFront;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.ssm.model.Parameter;

class SyncKeysIT {

  private static final AtomicInteger NAMES = new AtomicInteger();
  @TempDir static Path shared;
  private static Moto moto;
  private static HostKeys stored;
  @TempDir Path folder;
  private Host host;
  private Target target;

  @BeforeAll
  static void openAccount() {
    moto = Moto.start(shared);
    stored = HostKeys.make(shared);
  }

  @AfterAll
  static void closeAccount() {
    moto.close();
  }

  @BeforeEach
  void makeHost() {
    target = new Target();
    host =
        new Host(
            folder.resolve("host"),
            moto,
            "sync-" + NAMES.incrementAndGet(),
            "127.0.0.1:%d warehouse.example:5439".formatted(target.port()));
    host.withSettings();
  }

  @AfterEach
  void stop() {
    host.close();
    target.close();
  }

  private SshKeys registered(String label) {
    SshKeys key = host.newKey(label, "ed25519", 256);
    host.register(key);
    return key;
  }

  @Test
  void writesTheLineItselfWithTheHostsOwnTargets() throws IOException {
    SshKeys key = registered("key");

    assertThat(host.sync(0)).contains("\"keys\": 1, \"added\": 1, \"removed\": 0");

    assertThat(host.keysText())
        .startsWith(
            "restrict,port-forwarding,permitopen=\"127.0.0.1:%d\",permitopen=\"warehouse.example:5439\" %s SHA256:"
                .formatted(target.port(), key.publicKeyLine()))
        .hasLineCount(1);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(host.authorizedKeys())))
        .isEqualTo("rw-------");
  }

  @Test
  void undoesWhatWasWrittenByHand() throws IOException {
    registered("key");
    host.sync(0);
    String text = host.keysText();
    Files.writeString(host.authorizedKeys(), "ssh-ed25519 AAAA\n", StandardOpenOption.APPEND);

    host.sync(0);

    assertThat(host.keysText()).isEqualTo(text);
  }

  @Test
  void unchangedKeysAreNotWrittenAgain() throws IOException {
    registered("key");
    host.sync(0);
    Object inode = Files.getAttribute(host.authorizedKeys(), "unix:ino");

    host.sync(0);

    assertThat(Files.getAttribute(host.authorizedKeys(), "unix:ino")).isEqualTo(inode);
  }

  @Test
  void lastKeyCanBeRevoked() {
    SshKeys key = registered("key");
    host.sync(0);
    host.revoke(key);

    assertThat(host.sync(0)).contains("\"keys\": 0, \"added\": 0, \"removed\": 1");

    assertThat(host.keysText()).isEmpty();
  }

  @Test
  void valuesThatAreNoKeysAddNothingAndTakeNothingAway() {
    SshKeys good = registered("good");
    SshKeys weak = host.newKey("weak", "rsa", 1024);
    SshKeys stray = host.newKey("stray", "ed25519", 256);
    host.parameters.put(
        ParameterStore.keyPath(weak), ParameterStore.registration(weak.publicKeyLine()));
    host.parameters.put(
        "authorized-keys/not-a-hash", ParameterStore.registration(stray.publicKeyLine()));
    // As many at once as the summary gives reasons for, with the two above.
    List<SshKeys> others =
        IntStream.range(0, 7).mapToObj(i -> host.newKey("other" + i, "ed25519", 256)).toList();
    int values = NoKeys.of(stray.publicKeyLine(), good.publicKeyLine()).size();
    for (int from = 0; from < values; from += others.size()) {
      Map<SshKeys, String> batch = new LinkedHashMap<>();
      for (SshKeys other : others) {
        batch.put(
            other, NoKeys.of(other.publicKeyLine(), good.publicKeyLine()).get(from + batch.size()));
      }
      batch.forEach((other, value) -> host.parameters.put(ParameterStore.keyPath(other), value));

      String summary = host.sync(3);

      assertThat(summary)
          .as("%s", batch.values())
          .contains("\"keys\": 1,", "\"skippedValues\": 9", "not-a-hash", weak.sha256());
      batch.forEach((other, value) -> assertThat(summary).as(value).contains(other.sha256()));
      assertThat(host.keysText())
          .as("%s", batch.values())
          .contains(good.publicKeyLine())
          .hasLineCount(1);
    }
  }

  @Test
  void expiredKeysAreLeftOutAndOthersExpireInSshdToo() {
    SshKeys past = host.newKey("past", "ed25519", 256);
    SshKeys future = host.newKey("future", "ed25519", 256);
    host.parameters.put(
        ParameterStore.keyPath(past),
        ParameterStore.registration(past.publicKeyLine())
            .replace("}", ",\"expires\":\"2020-01-01T00:00:00Z\"}"));
    host.parameters.put(
        ParameterStore.keyPath(future),
        ParameterStore.registration(future.publicKeyLine())
            .replace("}", ",\"expires\":\"2037-06-30T12:34:56Z\"}"));

    assertThat(host.script("sync-keys").with(Map.of("TZ", "America/New_York")).run().status())
        .isEqualTo(0);

    // sshd of OpenSSH 8.7 reads the host's own time zone.
    assertThat(host.keysText())
        .contains("expiry-time=\"20370630083456\" " + future.publicKeyLine())
        .hasLineCount(1);
  }

  @ParameterizedTest
  @EnumSource(ListingFault.class)
  void aListingThatFailsChangesNothing(ListingFault fault) throws IOException {
    SshKeys key = registered("key");
    host.sync(0);
    String before = host.keysText();
    host.revoke(key);
    host.parameters.registerStrangers(ListingFault.PAGE + 1);
    try (SystemsManagerFront front = front()) {
      fault.breakIn(front);
      useEndpoint(front.endpoint().toString());

      assertThat(host.sync(1)).contains("sync-keys: failed", fault.error());
      assertThat(host.keysText()).isEqualTo(before).isNotEmpty();

      fault.mendIn(front);
      assertThat(host.sync(0)).contains("\"keys\": 11, \"added\": 11, \"removed\": 1");
    }
  }

  /** Systems Manager with its faults; nobody sends commands. */
  private static SystemsManagerFront front() {
    return SystemsManagerFront.start(
        moto,
        (instance, commands) -> {
          throw new IllegalStateException("no agent runs on " + instance);
        });
  }

  @Test
  void unreachableAccountChangesNothing() throws IOException {
    registered("key");
    host.sync(0);
    String before = host.keysText();
    useEndpoint("http://localhost:" + FreePort.find());

    assertThat(host.sync(1)).contains("sync-keys: failed");

    assertThat(host.keysText()).isEqualTo(before).isNotEmpty();
  }

  private void useEndpoint(String endpoint) throws IOException {
    Files.writeString(
        host.root.resolve("etc/dbt-bastion/environment"),
        "AWS_ENDPOINT_URL='%s'\nAWS_MAX_ATTEMPTS=1\n".formatted(endpoint),
        StandardOpenOption.APPEND);
  }

  @Test
  void emptyPagesWithATokenAreNotTheEnd() throws IOException {
    host.parameters.registerStrangers(ListingFault.PAGE + 1);
    try (SystemsManagerFront front = front()) {
      front.insertEmptyPages(true);
      useEndpoint(front.endpoint().toString());

      assertThat(host.sync(0)).contains("\"keys\": 11,");
    }
  }

  @Test
  void killedAnywhereItLeavesTheOldKeysOrTheNew() throws Exception {
    registered("first");
    host.sync(0);
    String one = host.keysText();
    SshKeys second = registered("second");
    host.sync(0);
    String two = host.keysText();
    for (int turn = 0; turn < 14; turn++) {
      if (turn % 2 == 0) {
        host.revoke(second);
      } else {
        host.register(second);
      }
      try (ChildProcess process = host.script("sync-keys").start(folder.resolve("output"))) {
        killAfter(150 + 60L * turn, process);
      }

      assertThat(host.keysText()).isIn(one, two);
    }
    host.register(second);
    host.sync(0);
    assertThat(host.keysText()).isEqualTo(two);
  }

  private static void killAfter(long millis, ChildProcess process) {
    process.onExit().completeOnTimeout(0, millis, TimeUnit.MILLISECONDS).join();
    process.kill();
  }

  @Test
  void killedWhileItWritesItLeavesAWholeFile() throws Exception {
    Path file = host.authorizedKeys();
    String writer =
        "import sys\n"
            + "sys.path.insert(0, sys.argv[1])\n"
            + "sys.dont_write_bytecode = True\n"
            + "from pathlib import Path\n"
            + "from host import replace_file\n"
            + "while True:\n"
            + "    for letter in 'ab':\n"
            + "        replace_file(Path(sys.argv[2]), (letter * 99 + chr(10)) * 5000)\n";
    for (int turn = 0; turn < 15; turn++) {
      Object before = inode(file);
      try (ChildProcess process =
          Command.of(
                  "python3",
                  "-c",
                  writer,
                  host.root.resolve("opt/dbt-bastion").toString(),
                  file.toString())
              .start(folder.resolve("output"))) {
        process.awaitReady(
            "it has written once", Duration.ofSeconds(20), () -> !inode(file).equals(before));
        killAfter(7L * turn, process);
      }

      String text = Files.readString(file);
      assertThat(text).matches("((a{99}\n)*+|(b{99}\n)*+)");
      assertThat(text.length()).isIn(0, 500_000);
    }
    assertThat(file).isNotEmptyFile();
  }

  private static Object inode(Path file) throws IOException {
    return Files.exists(file) ? Files.getAttribute(file, "unix:ino") : "none";
  }

  @Test
  void concurrentSyncsAllSucceed() throws Exception {
    registered("key");
    List<ChildProcess> processes =
        Stream.of("1", "2", "3")
            .map(i -> host.script("sync-keys").start(folder.resolve("output" + i)))
            .toList();

    for (ChildProcess process : processes) {
      assertThat(process.awaitExit(Duration.ofMinutes(2))).isEqualTo(0);
    }
    assertThat(host.keysText()).hasLineCount(1);
  }

  @Test
  void manyAtOnceShareAFewListingsAndEachSawWhatWasStoredBeforeIt() throws Exception {
    List<SshKeys> keys =
        IntStream.range(0, 30).mapToObj(i -> host.newKey("key" + i, "ed25519", 256)).toList();
    AtomicInteger listings = new AtomicInteger();
    HttpServer counter = counter(listings);
    useEndpoint("http://localhost:" + counter.getAddress().getPort());
    List<ChildProcess> processes = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      host.register(keys.get(i));
      processes.add(host.script("sync-keys").start(folder.resolve("out" + i)));
    }

    for (int i = 0; i < keys.size(); i++) {
      assertThat(processes.get(i).awaitExit(Duration.ofMinutes(1))).isEqualTo(0);
      assertThat(folder.resolve("out" + i))
          .content()
          .hasLineCount(1)
          .contains(keys.get(i).sha256().substring(0, 8));
    }
    counter.stop(0);
    assertThat(listings).hasValueBetween(1, 10);
  }

  /** Passes listings on to the account and counts their first pages. */
  private static HttpServer counter(AtomicInteger calls) throws IOException {
    URI endpoint = URI.create(moto.environment().get("AWS_ENDPOINT_URL"));
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext(
        "/",
        exchange -> {
          HttpRequest.Builder request = HttpRequest.newBuilder(endpoint);
          for (String name : List.of("Authorization", "Content-Type", "X-Amz-Target")) {
            request.header(name, exchange.getRequestHeaders().getFirst(name));
          }
          byte[] body = exchange.getRequestBody().readAllBytes();
          if (!new String(body, StandardCharsets.UTF_8).contains("NextToken")) {
            calls.incrementAndGet();
          }
          try (HttpClient client = HttpClient.newHttpClient();
              OutputStream answer = exchange.getResponseBody()) {
            HttpResponse<byte[]> response =
                client.send(
                    request.POST(HttpRequest.BodyPublishers.ofByteArray(body)).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
            exchange.sendResponseHeaders(response.statusCode(), response.body().length);
            answer.write(response.body());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    server.start();
    return server;
  }

  @Test
  void whoWaitedEndsAsTheRunThatItWaitedFor() throws Exception {
    host.parameters.put("authorized-keys/not-a-hash", "garbage");
    List<ChildProcess> processes = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      processes.add(host.script("sync-keys").start(folder.resolve("out" + i)));
    }

    for (int i = 0; i < processes.size(); i++) {
      assertThat(processes.get(i).awaitExit(Duration.ofMinutes(1))).isEqualTo(3);
      assertThat(folder.resolve("out" + i)).content().contains("\"skippedValues\": 1");
    }
  }

  @Test
  void aRunThatBeganLaterListsAnew() {
    SshKeys key = registered("key");
    host.sync(0);
    host.revoke(key);

    assertThat(host.sync(0)).contains("\"keys\": 0,");
  }

  @Test
  void namesTheKeysThatAreNowApplied() {
    SshKeys one = registered("one");
    SshKeys other = registered("other");
    SshKeys past = host.newKey("past", "ed25519", 256);
    host.parameters.put(
        ParameterStore.keyPath(past),
        ParameterStore.registration(past.publicKeyLine())
            .replace("}", ",\"expires\":\"2020-01-01T00:00:00Z\"}"));
    String applied =
        Stream.of(one, other)
            .map(key -> key.sha256().substring(0, 8))
            .sorted()
            .collect(Collectors.joining(" "));

    assertThat(host.sync(0)).endsWith("\"applied\": \"%s\"}\n".formatted(applied));

    host.revoke(one);
    assertThat(host.sync(0))
        .endsWith("\"applied\": \"%s\"}\n".formatted(other.sha256().substring(0, 8)));
  }

  @Test
  void revocationEndsThatKeysTunnelsAndNoOther() {
    SshKeys kept = registered("kept");
    SshKeys revoked = registered("revoked");
    host.with(stored).bootstrapped().withSshd();
    ChildProcess keptTunnel = host.tunnel(kept, target.port());
    ChildProcess revokedTunnel = host.tunnel(revoked, target.port());
    ChildProcess secondRevokedTunnel = host.tunnel(revoked, target.port());
    // A sync in between has read the log: what it learned must be kept.
    assertThat(host.sync(0)).contains("\"tunnels\": 3, \"tunnelsEnded\": 0");
    host.revoke(revoked);

    assertThat(host.sync(0)).contains("\"removed\": 1, \"tunnels\": 1, \"tunnelsEnded\": 2");

    Await.until(
        "the revoked key's tunnels end",
        Duration.ofSeconds(10),
        () -> !revokedTunnel.alive() && !secondRevokedTunnel.alive());
    assertThat(keptTunnel.alive()).isTrue();
    assertThat(host.ssh(kept, "-W", "127.0.0.1:" + target.port()).run().output())
        .isEqualTo(Target.HELLO);
    assertThat(host.ssh(revoked, "-W", "127.0.0.1:" + target.port()).run().errors())
        .contains("Permission denied (publickey)");
    assertThat(host.sync(0)).contains("\"tunnels\": 1, \"tunnelsEnded\": 0");
  }

  @Test
  void tunnelsAreFoundInTheJournalOfARealHost() throws IOException {
    SshKeys kept = registered("kept");
    SshKeys revoked = registered("revoked");
    host.with(stored).bootstrapped().withSshd().withJournal();
    Journal journal = new Journal(folder);
    Command sync = host.script("sync-keys").with(journal.environment());
    ChildProcess keptTunnel = host.tunnel(kept, target.port());
    ChildProcess revokedTunnel = host.tunnel(revoked, target.port());
    for (String line : host.log().lines().toList()) {
      journal.add("dbt-bastion-sshd", Instant.now(), line);
      journal.add("dbt-bastion-sync", Instant.now(), "Accepted publickey for another unit");
    }
    assertThat(sync.run().output()).contains("\"tunnels\": 2, \"tunnelsEnded\": 0");
    host.revoke(revoked);

    assertThat(sync.run().output()).contains("\"tunnels\": 1, \"tunnelsEnded\": 1");

    Await.until("the tunnel ends", Duration.ofSeconds(10), () -> !revokedTunnel.alive());
    assertThat(keptTunnel.alive()).isTrue();
    assertThat(journal.calls()).first().isEqualTo("-b");
    assertThat(journal.calls()).last().asString().startsWith("--after-cursor=line=");
  }

  @Test
  void tunnelsAreFoundAfterSshdBeganItsLogAnew() {
    SshKeys key = registered("key");
    host.with(stored).bootstrapped().withSshd();
    for (int i = 0; i < 4; i++) {
      host.tunnel(key, target.port());
    }
    assertThat(host.sync(0)).contains("\"tunnels\": 4, ");
    host.stopSshd();
    host.withSshd();
    host.tunnel(key, target.port());
    host.revoke(key);

    assertThat(host.sync(0)).contains("\"tunnels\": 0, \"tunnelsEnded\": 1");
  }

  @Test
  void recordsAKeysLastUseOnceAnHour() {
    SshKeys used = registered("used");
    SshKeys unused = registered("unused");
    host.with(stored).bootstrapped().withSshd();
    host.tunnel(used, target.port());

    // A push does not wait for that.
    host.sync(0);
    assertThat(host.parameters.find("last-seen/" + used.sha256())).isEmpty();
    host.syncByTimer();
    host.syncByTimer();

    Parameter lastSeen = host.parameters.find("last-seen/" + used.sha256()).orElseThrow();
    assertThat(lastSeen.value()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
    assertThat(lastSeen.version()).isEqualTo(1);
    assertThat(host.parameters.find("last-seen/" + unused.sha256())).isEmpty();
  }
}
