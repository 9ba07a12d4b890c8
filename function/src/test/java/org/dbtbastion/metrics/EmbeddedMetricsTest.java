package org.dbtbastion.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.groups.Tuple;
import org.dbtbastion.registry.HostSync;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.Stage;
import org.dbtbastion.report.StageResult;
import org.dbtbastion.report.StageResult.Outcome;
import org.dbtbastion.standins.lambda.MetricsDocument;
import org.dbtbastion.standins.lambda.MetricsDocument.Metric;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EmbeddedMetricsTest {

  private static final Outcome PASSED = new Outcome.Passed("canary-7391");
  private static final Outcome WARNED =
      new Outcome.Warned(Code.PUBLIC_ADDRESS, "canary-7391", "canary-7391");
  private static final Outcome FAILED =
      new Outcome.Failed(Code.TLS_FAILED, "canary-7391", "canary-7391");

  private final List<Throwable> unexpected = new ArrayList<>();
  private final EmbeddedMetrics metrics = new EmbeddedMetrics("emea-1", unexpected::add);
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final PrintStream console = System.out;

  @BeforeEach
  void watch() {
    System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
  }

  @AfterEach
  void restore() {
    System.setOut(console);
  }

  @Test
  void writesADocumentForEachResultAndOneForTheirNumber() {
    metrics.checked(
        new Report(
            Duration.ofSeconds(9),
            List.of(
                new RouteResult(
                    "analytics",
                    Route.DIRECT,
                    Optional.empty(),
                    List.of(
                        stage(Stage.DNS, 5, WARNED),
                        stage(Stage.TCP, 6, PASSED),
                        stage(Stage.TLS, 700, PASSED))),
                new RouteResult(
                    "analytics",
                    Route.TUNNEL,
                    Optional.of("i-1"),
                    List.of(
                        stage(Stage.BASTION_DNS, 1, PASSED),
                        stage(Stage.SSH_AUTH, 20, FAILED),
                        stage(Stage.FORWARD, 0, skipped()))))));

    List<MetricsDocument> documents = documents();
    assertThat(documents)
        .extracting(MetricsDocument::namespace)
        .containsOnly("DbtBastion/emea-1")
        .hasSize(3);
    assertThat(documents)
        .extracting(MetricsDocument::dimensions)
        .containsExactly(
            Map.of("Connection", "analytics", "Route", "direct"),
            Map.of("Connection", "analytics", "Route", "tunnel"),
            Map.of());
    assertThat(documents)
        .extracting(MetricsDocument::metrics)
        .containsExactly(
            Map.of(
                "Success", new Metric(1, "Count"),
                "Duration", new Metric(711, "Milliseconds"),
                "DnsDuration", new Metric(5, "Milliseconds"),
                "TcpDuration", new Metric(6, "Milliseconds"),
                "TlsDuration", new Metric(700, "Milliseconds")),
            Map.of(
                "Success", new Metric(0, "Count"),
                "Duration", new Metric(21, "Milliseconds"),
                "BastionDnsDuration", new Metric(1, "Milliseconds"),
                "SshAuthDuration", new Metric(20, "Milliseconds")),
            Map.of("Checks", new Metric(2, "Count")));
    assertThat(documents.get(0).members()).doesNotContainKey("Host");
    assertThat(documents.get(1).members().get("Host").textValue()).isEqualTo("i-1");
  }

  @Test
  void howLongATunnelWasHeldIsNoLatency() {
    metrics.checked(
        new Report(
            Duration.ofMinutes(14),
            List.of(
                new RouteResult(
                    "analytics",
                    Route.TUNNEL,
                    Optional.of("i-1"),
                    List.of(
                        stage(Stage.SSH_AUTH, 20, PASSED), stage(Stage.HOLD, 840_000, FAILED))))));

    assertThat(documents().getFirst().metrics())
        .isEqualTo(
            Map.of(
                "Success", new Metric(0, "Count"),
                "Duration", new Metric(20, "Milliseconds"),
                "SshAuthDuration", new Metric(20, "Milliseconds")));
  }

  /** Only a check that came as far says something of logins. */
  @Test
  void countsWhatFailedOfTheChecksThatLoggedIn() {
    RouteResult loggedIn =
        new RouteResult(
            "a",
            Route.DIRECT,
            Optional.empty(),
            List.of(stage(Stage.CREDENTIALS, 1, PASSED), stage(Stage.LOGIN, 1, PASSED)));
    RouteResult refused =
        new RouteResult(
            "b",
            Route.DIRECT,
            Optional.empty(),
            List.of(stage(Stage.CREDENTIALS, 1, PASSED), stage(Stage.LOGIN, 1, FAILED)));
    RouteResult without =
        new RouteResult(
            "c",
            Route.DIRECT,
            Optional.empty(),
            List.of(stage(Stage.TLS, 1, FAILED), stage(Stage.CREDENTIALS, 0, skipped())));

    metrics.checked(new Report(Duration.ZERO, List.of(loggedIn, refused, without)));

    assertThat(documents().getLast().metrics())
        .isEqualTo(
            Map.of("Checks", new Metric(3, "Count"), "LoginsFailed", new Metric(1, "Count")));
  }

  @Test
  void tellsNothingOfWhatStagesSaw() {
    metrics.checked(report("analytics"));

    assertThat(text()).contains("analytics").doesNotContain("canary");
  }

  @Test
  void aCheckOfNothingHasItsNumber() {
    metrics.checked(new Report(Duration.ZERO, List.of()));

    assertThat(documents())
        .extracting(MetricsDocument::metrics)
        .containsExactly(Map.of("Checks", new Metric(0, "Count")));
  }

  @Test
  void aLargeCheckIsManySmallDocuments() {
    List<RouteResult> results =
        IntStream.range(0, 200)
            .mapToObj("connection-%d"::formatted)
            .flatMap(name -> Stream.of(Route.values()).map(route -> everyStage(name, route)))
            .toList();

    metrics.checked(new Report(Duration.ofSeconds(30), results));

    List<MetricsDocument> documents = documents();
    assertThat(documents).hasSize(401);
    assertThat(documents.stream().map(MetricsDocument::dimensions)).doesNotHaveDuplicates();
    assertThat(documents.getFirst().metrics()).hasSize(9);
    assertThat(documents.get(1).metrics()).hasSize(12);
    assertThat(documents.getLast().metrics()).containsEntry("Checks", new Metric(400, "Count"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", ":", "two words", "\"}\n{", "käse", "\u0000", "😀"})
  void anOddNameBreaksNoDocument(String name) {
    metrics.checked(report(name));

    assertThat(documents()).hasSize(2);
    assertThat(unexpected).isEmpty();
  }

  @Test
  void aNameThatIsTooLongBreaksNoDocument() {
    metrics.checked(report("x".repeat(2000)));

    assertThat(documents().getFirst().dimensions().get("Connection")).hasSize(255);
    assertThat(unexpected).isEmpty();
  }

  @Test
  void onlyTheFirstCallOfAnEnvironmentIsAColdStart() {
    metrics.called();
    metrics.called();

    assertThat(documents())
        .extracting(MetricsDocument::dimensions, MetricsDocument::metrics)
        .containsExactly(tuple(Map.of(), Map.of("ColdStart", new Metric(1, "Count"))));
  }

  @Test
  void countsTheHostsThatFailedToApplyAChange() {
    metrics.pushed(
        List.of(
            new HostSync("i-1", HostSync.State.APPLIED, ""),
            new HostSync("i-2", HostSync.State.FAILED, "canary-7391"),
            new HostSync("i-3", HostSync.State.PENDING, ""),
            new HostSync("i-4", HostSync.State.FAILED, "")));
    metrics.pushed(List.of(new HostSync("i-1", HostSync.State.APPLIED, "")));
    metrics.pushed(List.of());

    assertThat(documents())
        .extracting(MetricsDocument::dimensions, MetricsDocument::metrics)
        .containsExactly(keysNotDelivered(2), keysNotDelivered(0), keysNotDelivered(0));
    assertThat(text()).doesNotContain("canary");
  }

  @Test
  void severalThreadsDoNotMixTheirDocuments() throws InterruptedException {
    try (ExecutorService executor = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 100; i++) {
        String name = "connection-" + i;
        executor.submit(() -> metrics.checked(report(name)));
      }
    }

    List<MetricsDocument> documents = documents();
    assertThat(documents).hasSize(200);
    assertThat(documents.stream().map(document -> document.dimensions().get("Connection")))
        .containsAll(IntStream.range(0, 100).mapToObj("connection-%d"::formatted).toList());
    assertThat(documents)
        .allSatisfy(document -> assertThat(document.metrics()).hasSizeBetween(1, 3));
    assertThat(unexpected).isEmpty();
  }

  @Test
  void whatCannotBeWrittenIsLostAndToldOf() {
    IllegalStateException full = new IllegalStateException("no space left");
    System.setOut(
        new PrintStream(written, true, StandardCharsets.UTF_8) {
          @Override
          public void println(String line) {
            throw full;
          }
        });

    metrics.checked(report("analytics"));
    metrics.pushed(List.of());

    assertThat(unexpected).containsExactly(full, full, full);
  }

  private static Tuple keysNotDelivered(int hosts) {
    return tuple(Map.of(), Map.of("KeysNotDelivered", new Metric(hosts, "Count")));
  }

  private static Report report(String connection) {
    return new Report(
        Duration.ofMillis(5),
        List.of(
            new RouteResult(
                connection,
                Route.DIRECT,
                Optional.empty(),
                List.of(stage(Stage.DNS, 5, FAILED), stage(Stage.TCP, 0, skipped())))));
  }

  private static RouteResult everyStage(String connection, Route route) {
    return new RouteResult(
        connection,
        route,
        route == Route.TUNNEL ? Optional.of("i-0123456789abcdef0") : Optional.empty(),
        route.stages().stream().map(stage -> stage(stage, 12, PASSED)).toList());
  }

  private static StageResult stage(Stage stage, int millis, Outcome outcome) {
    return new StageResult(stage, Duration.ofMillis(millis), outcome);
  }

  private static Outcome skipped() {
    return new Outcome.Skipped(Optional.empty());
  }

  private String text() {
    return written.toString(StandardCharsets.UTF_8);
  }

  /** Nothing else was written, either. */
  private List<MetricsDocument> documents() {
    List<MetricsDocument> documents = MetricsDocument.in(text());
    assertThat(text().lines()).hasSameSizeAs(documents);
    return documents;
  }
}
