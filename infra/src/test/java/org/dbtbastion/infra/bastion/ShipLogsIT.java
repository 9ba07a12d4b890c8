package org.dbtbastion.infra.bastion;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.AwsCli;
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
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.cloudwatchlogs.model.OutputLogEvent;

/** What gets from a host into its log group. */
class ShipLogsIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final AtomicInteger NAMES = new AtomicInteger();
  private static final String SSHD = "dbt-bastion-sshd";

  @TempDir static Path shared;
  private static Moto moto;
  private static CloudWatchLogsClient logs;
  @TempDir Path folder;
  private String name;
  private Host host;

  @BeforeAll
  static void openAccount() {
    moto = Moto.start(shared);
    logs = moto.client(CloudWatchLogsClient.builder());
  }

  @AfterAll
  static void closeAccount() {
    logs.close();
    moto.close();
  }

  @BeforeEach
  void makeHost() {
    name = "logs-" + NAMES.incrementAndGet();
    host = new Host(folder.resolve("host"), moto, name, "warehouse.example:5439").withSettings();
    createGroup();
  }

  @AfterEach
  void stop() {
    host.close();
  }

  private String group() {
    return "/dbt-bastion/" + name + "/hosts";
  }

  private void createGroup() {
    logs.createLogGroup(request -> request.logGroupName(group()));
  }

  /** What the log group holds of this host, in order. */
  private List<OutputLogEvent> shipped() {
    return logs.getLogEvents(
            request -> request.logGroupName(group()).logStreamName("i-0123").startFromHead(true))
        .events();
  }

  private static List<String> texts(List<OutputLogEvent> events) {
    return events.stream().map(OutputLogEvent::message).toList();
  }

  /** The lines, without the documents that metrics are taken from. */
  private List<String> shippedLines() {
    return texts(shipped()).stream().filter(text -> !text.startsWith("{\"_aws\"")).toList();
  }

  private void log(String... lines) throws IOException {
    Path file = host.root.resolve("var/log/dbt-bastion/sshd.log");
    for (String line : lines) {
      Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }

  private Command.Result ship(Map<String, String> environment) {
    return host.script("ship-logs").with(environment).run();
  }

  private void ship() {
    assertThat(ship(Map.of())).isEqualTo(new Command.Result(0, "", ""));
  }

  @Test
  void shipsEachLineOnceAndTheMetricsEveryTime() throws IOException {
    log("Server listening\r\n", "Accepted publickey é€\n", "\n", "not yet a whole li");

    ship();
    assertThat(shippedLines()).containsExactly("Server listening", "Accepted publickey é€");
    log("ne\n");
    ship();
    ship();

    assertThat(shippedLines())
        .containsExactly("Server listening", "Accepted publickey é€", "not yet a whole line");
    assertThat(shipped()).hasSize(6);
    assertThat(texts(shipped()).getLast()).startsWith("{\"_aws\"");
  }

  @Test
  void theMetricsAreWhatTheLastSyncFound() throws IOException {
    SshKeys key = host.newKey("key", "ed25519", 256);
    host.register(key);
    host.parameters.put("authorized-keys/not-a-hash", "garbage");
    host.sync(3);
    long before = Instant.now().toEpochMilli();

    ship();

    OutputLogEvent event = shipped().getLast();
    JsonNode document = JSON.readTree(event.message());
    JsonNode described = document.at("/_aws/CloudWatchMetrics/0");
    assertThat(document.at("/_aws/Timestamp").asLong())
        .isEqualTo(event.timestamp())
        .isBetween(before, Instant.now().toEpochMilli());
    assertThat(described.get("Namespace").asText()).isEqualTo("DbtBastion/" + name);
    assertThat(described.get("Dimensions").toString()).isEqualTo("[[]]");
    assertThat(described.get("Metrics"))
        .map(JsonNode::toString)
        .containsExactly(
            "{\"Name\":\"Tunnels\",\"Unit\":\"Count\"}",
            "{\"Name\":\"TunnelLoad\",\"Unit\":\"Percent\"}",
            "{\"Name\":\"Keys\",\"Unit\":\"Count\"}",
            "{\"Name\":\"SkippedKeys\",\"Unit\":\"Count\"}",
            "{\"Name\":\"SyncAge\",\"Unit\":\"Seconds\"}");
    assertThat(document.get("Tunnels").asInt()).isEqualTo(0);
    assertThat(document.get("TunnelLoad").asInt()).isEqualTo(0);
    assertThat(document.get("Keys").asInt()).isEqualTo(1);
    assertThat(document.get("SkippedKeys").asInt()).isEqualTo(1);
    assertThat(document.get("SyncAge").asInt()).isBetween(0, 60);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"boot\": \"another\", \"listed\": 1, \"at\": 1, \"skipped\": {\"a\": \"b\"},"
            + " \"keys\": [{\"expires\": null}, {\"expires\": 5}]}",
        "[\"another form\"]",
        "garbage",
        ""
      })
  void withoutASyncSinceTheBootItIsAsOldAsTheBootAndNoTunnelIsKnown(String state)
      throws IOException {
    Files.writeString(host.root.resolve("var/lib/dbt-bastion/last-sync.json"), state);
    double uptime = Double.parseDouble(Files.readString(Path.of("/proc/uptime")).split(" ", 2)[0]);

    ship();

    JsonNode document = JSON.readTree(texts(shipped()).getLast());
    assertThat(document.get("Tunnels").asInt()).isEqualTo(0);
    assertThat(document.get("Keys").asInt()).isEqualTo(state.contains("expires") ? 1 : 0);
    assertThat(document.get("SyncAge").asDouble()).isBetween(uptime - 1, uptime + 60);
  }

  @Test
  void aMinuteIsOneCall() throws IOException {
    Path calls = folder.resolve("calls");
    Map<String, String> counting = FakeAws.in(folder, "echo \"$2\" >>" + calls);
    log("one\n");
    ship(counting);
    assertThat(calls).hasContent("put-log-events\ncreate-log-stream\nput-log-events\n");
    Files.delete(calls);
    log("two\n");

    ship(counting);

    assertThat(calls).hasContent("put-log-events\n");
    assertThat(shippedLines()).containsExactly("one", "two");
  }

  @Test
  void killedBeforeItStoresWhereItIsItShipsTwiceAndLosesNothing() throws IOException {
    log("before\n");
    ship();
    log("one\n", "two\n");
    String killer =
        "PATH='%s' aws \"$@\"; kill -KILL $PPID; exit".formatted(AwsCli.shared().path());

    assertThat(ship(FakeAws.in(folder, killer)).status()).isEqualTo(137);
    log("three\n");
    ship();

    assertThat(shippedLines()).containsExactly("before", "one", "two", "one", "two", "three");
  }

  @Test
  void withoutCloudWatchKeysAreSyncedAndLinesComeLater() throws IOException {
    host.register(host.newKey("key", "ed25519", 256));
    log("one\n");
    Map<String, String> unreachable =
        Map.of("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://localhost:" + FreePort.find());

    Command.Result result = ship(unreachable);
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.errors()).startsWith("ship-logs: failed: ").hasLineCount(1);
    assertThat(host.script("sync-keys").with(unreachable).run().output()).contains("\"keys\": 1,");
    log("two\n");
    ship();

    assertThat(shippedLines()).containsExactly("one", "two");
  }

  @Test
  void withoutALogGroupItFailsAndShipsLater() throws IOException {
    logs.deleteLogGroup(request -> request.logGroupName(group()));
    log("one\n");
    Command.Result result = ship(Map.of());
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.errors()).contains("ResourceNotFoundException");
    createGroup();

    ship();

    assertThat(shippedLines()).containsExactly("one");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"_aws\":{\"Timestamp\":1,\"CloudWatchMetrics\":[{\"Namespace\":\"N\"}]},\"Tunnels\":9}",
        "Invalid user {\"_aws\":{\"CloudWatchMetrics\":[]},\"Tunnels\":9} from 192.0.2.7 port 1",
        "{\"\\u005faws\":{\"CloudWatchMetrics\":[]}}",
        "{\"\\u005F\\u0061ws\":{\"CloudWatchMetrics\":[]}}",
        "{\"_\\u0061ws\":{\"CloudWatchMetrics\":[]}}",
        "x\t{ \"a\": 1, \"_aws\" : {} }",
      })
  void noLineCanPassForMetrics(String forged) throws IOException {
    log(forged + "\n", "{\"keys\": 1, \"skipped\": {}}\n");

    ship();

    List<String> lines = shippedLines();
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0)).isEqualTo(forged.replace('{', '(')).doesNotContain("{");
    assertThat(lines.get(1)).as("as it was written").isEqualTo("{\"keys\": 1, \"skipped\": {}}");
  }

  @Test
  void whatStrangersSayToTheRealSshdCannotPassForMetrics() throws IOException {
    host.with(HostKeys.make(shared)).bootstrapped().withSshd();
    try (Socket stranger = new Socket(InetAddress.getByName("127.0.0.1"), host.port)) {
      stranger
          .getOutputStream()
          .write("{\"_aws\":{\"CloudWatchMetrics\":[]}}\r\n".getBytes(StandardCharsets.US_ASCII));
      stranger.getInputStream().readAllBytes();
    }
    Await.until("sshd logs it", Duration.ofSeconds(10), () -> host.log().contains("\"{\"_aws\":{"));

    ship();

    assertThat(shippedLines())
        .anyMatch(line -> line.contains("\"(\"_aws\":("))
        .noneMatch(line -> line.contains("{"));
  }

  /** Stores what PutLogEvents is given, a file a call, and answers like this. */
  private Map<String, String> accepting(String answer) throws IOException {
    return FakeAws.in(
        folder, "cat >%s/put.$(date +%%s%%N); echo '%s'; exit 0".formatted(folder, answer));
  }

  private List<List<Map<String, Object>>> puts() throws IOException {
    List<List<Map<String, Object>>> puts = new ArrayList<>();
    try (var files = Files.list(folder)) {
      for (Path file :
          files.filter(f -> f.getFileName().toString().startsWith("put.")).sorted().toList()) {
        puts.add(Journal.events(Files.readString(file)));
      }
    }
    return puts;
  }

  private static long bytes(List<Map<String, Object>> events) {
    return events.stream()
        .mapToLong(e -> ((String) e.get("message")).getBytes(StandardCharsets.UTF_8).length + 26)
        .sum();
  }

  @Test
  void aBurstTakesSeveralCallsAndSeveralMinutes() throws IOException {
    log(IntStream.range(0, 20_050).mapToObj(i -> i + "\n").collect(Collectors.joining()));
    assertThat(ship(accepting("{}")).status()).isEqualTo(0);
    assertThat(puts()).map(List::size).containsExactly(10_000, 10_000, 1);

    assertThat(ship(accepting("{}")).status()).isEqualTo(0);

    assertThat(puts()).map(List::size).containsExactly(10_000, 10_000, 1, 51);
    List<String> lines =
        puts().stream()
            .flatMap(List::stream)
            .map(event -> (String) event.get("message"))
            .filter(text -> !text.startsWith("{"))
            .toList();
    assertThat(lines).isEqualTo(IntStream.range(0, 20_050).mapToObj(Integer::toString).toList());
  }

  @Test
  void noCallIsLargerThanAwsTakes() throws IOException {
    log(("€".repeat(300_000) + "\n").repeat(12));

    assertThat(ship(accepting("{}")).status()).isEqualTo(0);

    assertThat(puts()).hasSize(3).allSatisfy(put -> assertThat(bytes(put)).isLessThan(1_048_577));
    assertThat(puts().stream().flatMap(List::stream))
        .hasSize(13)
        .allSatisfy(event -> assertThat(bytes(List.of(event))).isLessThan(256 * 1024));
  }

  @Test
  void whatAwsRejectsIsSaid() throws IOException {
    log("old\n");

    Command.Result result =
        ship(accepting("{\"rejectedLogEventsInfo\": {\"tooOldLogEventEndIndex\": 1}}"));

    assertThat(result.status()).isEqualTo(0);
    assertThat(result.errors())
        .isEqualTo("ship-logs: of 2 lines AWS rejected {'tooOldLogEventEndIndex': 1}\n");
  }

  @Test
  void shipsTheJournalWithItsTimes() throws IOException {
    Journal journal = new Journal(folder);
    Instant now = Instant.now();
    journal.add(SSHD, now.minusSeconds(9), "one");
    journal.add("dbt-bastion-sync", now.minusSeconds(8), "two");
    journal.add("cron", now.minusSeconds(7), "another unit's");
    journal.add("dbt-bastion-bootstrap", now.minusSeconds(6), new byte[] {'a', (byte) 0xff, '\r'});
    host.withJournal();

    assertThat(ship(journal.environment())).isEqualTo(new Command.Result(0, "", ""));
    journal.add(SSHD, now.minusSeconds(5), "three");
    assertThat(ship(journal.environment())).isEqualTo(new Command.Result(0, "", ""));

    assertThat(shippedLines()).containsExactly("one", "two", "a\ufffd", "three");
    assertThat(shipped().subList(0, 3))
        .map(OutputLogEvent::timestamp)
        .containsExactly(
            now.minusSeconds(9).toEpochMilli(),
            now.minusSeconds(8).toEpochMilli(),
            now.minusSeconds(6).toEpochMilli());
    assertThat(journal.calls())
        .as("for the tunnels, and what is shipped")
        .containsExactly("-b", "-b", "-b", "--after-cursor=line=4");
  }

  @Test
  void linesOfDaysAndAClockThatWasSetBackAreTakenAllTheSame() throws IOException {
    Journal journal = new Journal(folder);
    Instant now = Instant.now();
    journal.add(SSHD, now.minus(Duration.ofDays(3)), "old");
    journal.add(SSHD, now.minus(Duration.ofDays(1)), "newer");
    journal.add(SSHD, now.minus(Duration.ofHours(23)), "before the clock was set back");
    journal.add(SSHD, now.minus(Duration.ofHours(25)), "after");
    journal.add(SSHD, now.plus(Duration.ofDays(1)), "of tomorrow");
    host.withJournal();
    journal.environment(); // beside the AWS CLI's stand-in
    assertThat(ship(accepting("{}"))).isEqualTo(new Command.Result(0, "", ""));

    assertThat(puts())
        .allSatisfy(
            put -> {
              List<Long> times =
                  put.stream().map(e -> ((Number) e.get("timestamp")).longValue()).toList();
              assertThat(times).isSorted().allMatch(at -> at <= Instant.now().toEpochMilli());
              assertThat(times.getLast() - times.getFirst())
                  .isLessThan(Duration.ofDays(1).toMillis());
            });
    assertThat(puts().stream().flatMap(List::stream).map(e -> (String) e.get("message")))
        .startsWith("old", "newer", "before the clock was set back", "after", "of tomorrow")
        .hasSize(6);
  }

  @Test
  void aPositionThatTheJournalDoesNotKnowIsTheBeginning() throws IOException {
    Journal journal = new Journal(folder);
    journal.add(SSHD, Instant.now(), "one");
    host.withJournal();
    Files.writeString(host.root.resolve("var/lib/dbt-bastion/shipped.json"), "\"garbage\"");

    assertThat(ship(journal.environment()).status()).isEqualTo(0);

    assertThat(shippedLines()).containsExactly("one");
    assertThat(journal.calls()).containsExactly("-b", "--after-cursor=garbage", "-b");
  }

  @Test
  void aJournalThatCannotBeReadIsSaid() throws IOException {
    Map<String, String> broken =
        FakeAws.program(folder, "journalctl", "#!/bin/sh\necho broken >&2\nexit 1\n");
    host.withJournal();

    Command.Result result = ship(broken);

    assertThat(result.status()).isEqualTo(1);
    assertThat(result.errors())
        .contains("broken", "ship-logs: failed: ", "journalctl ended with 1");
  }
}
