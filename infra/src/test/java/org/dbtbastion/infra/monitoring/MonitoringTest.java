package org.dbtbastion.infra.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.entrance.LoadBalancerNames;
import org.dbtbastion.infra.functions.MissedRuns;
import org.dbtbastion.infra.monitoring.Monitoring.Props;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awscdk.Stack;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.logs.LogGroup;

class MonitoringTest {

  private static final BastionName BASTION = new BastionName("default");
  private static final List<String> CONNECTIONS = List.of("sales", "finance");
  private static final LoadBalancerNames BALANCER =
      new LoadBalancerNames("net/dbt/0a1b2c3d4e5f6071", "targetgroup/dbt/1a2b3c4d5e6f7081");

  // Of CloudWatch and CloudFormation.
  private static final int DESCRIPTION_LIMIT = 1024;
  private static final int WIDGETS_LIMIT = 500;
  private static final int METRICS_LIMIT = 2500;
  private static final int ALARMS_LIMIT = 100;

  private static final class Holder {

    private static final Synthesized WITH_BALANCER =
        synthesize(CONNECTIONS, Duration.ofMinutes(5), BALANCER, "team@example.com");
  }

  private static Synthesized synthesize(
      List<String> connections, Duration interval, LoadBalancerNames balancer, String alarmEmail) {
    return Synthesized.of(
        (stack, _) ->
            new Monitoring(
                stack, "Monitoring", props(stack, connections, interval, balancer, alarmEmail)));
  }

  private static Props props(
      Stack stack,
      List<String> connections,
      Duration interval,
      LoadBalancerNames balancer,
      String alarmEmail) {
    return new Props(
        BASTION,
        new Monitoring.Checks(
            connections,
            interval,
            Optional.empty(),
            "dbt-bastion-default-check",
            Function.fromFunctionName(stack, "Check", BASTION.connectionCheckFunction())),
        new Monitoring.Hosts(
            2,
            "the-group",
            LogGroup.fromLogGroupName(stack, "HostLog", "/dbt-bastion/default/hosts"),
            Optional.ofNullable(balancer)),
        Function.fromFunctionName(stack, "Registry", BASTION.keyRegistryFunction()),
        new MissedRuns(stack, "MissedRuns", BASTION).queue(),
        Optional.ofNullable(alarmEmail));
  }

  private static List<JsonNode> alarms(Synthesized stack) {
    return stack.resources("AWS::CloudWatch::Alarm").values().stream()
        .map(resource -> resource.get("Properties"))
        .toList();
  }

  /** What an alarm waits for, on one line, by its name after the bastion's. */
  private static Map<String, String> conditions(Synthesized stack) {
    Map<String, String> conditions = new TreeMap<>();
    for (JsonNode alarm : alarms(stack)) {
      String dimensions =
          StreamSupport.stream(alarm.path("Dimensions").spliterator(), false)
              .map(dimension -> dimension.get("Value"))
              .map(value -> value.isTextual() ? value.asText() : "?")
              .collect(Collectors.joining(", "));
      conditions.put(
          alarm.get("AlarmName").asText().replaceFirst("^dbt-bastion-default-", ""),
          "%s %s(%s) %s of %d s %s %s, %s of %s, missing is %s"
              .formatted(
                  alarm.get("Namespace").asText(),
                  alarm.get("MetricName").asText(),
                  dimensions,
                  alarm.get("Statistic").asText(),
                  alarm.get("Period").asInt(),
                  switch (alarm.get("ComparisonOperator").asText()) {
                    case "LessThanThreshold" -> "<";
                    case "GreaterThanThreshold" -> ">";
                    case "GreaterThanOrEqualToThreshold" -> ">=";
                    default -> "?";
                  },
                  alarm.get("Threshold"),
                  alarm.get("DatapointsToAlarm"),
                  alarm.get("EvaluationPeriods"),
                  alarm.get("TreatMissingData").asText()));
    }
    return conditions;
  }

  private static String text(JsonNode value) {
    if (!value.has("Fn::Join")) {
      return value.isTextual() ? value.asText() : "";
    }
    StringBuilder text = new StringBuilder();
    // What CloudFormation puts in stands in a JSON string here.
    value
        .at("/Fn::Join/1")
        .forEach(
            part ->
                text.append(part.isTextual() ? part.asText() : part.toString().replace("\"", "'")));
    return text.toString();
  }

  private static JsonNode dashboard(Synthesized stack) {
    try {
      return new ObjectMapper()
          .readTree(
              text(
                  stack
                      .properties("AWS::CloudWatch::Dashboard", "Monitoring")
                      .get("DashboardBody")));
    } catch (JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  private static List<JsonNode> widgets(JsonNode dashboard, String type) {
    List<JsonNode> widgets = new ArrayList<>();
    dashboard
        .get("widgets")
        .forEach(
            widget -> {
              if (widget.get("type").asText().equals(type)) {
                widgets.add(widget.get("properties"));
              }
            });
    return widgets;
  }

  private static JsonNode graph(JsonNode dashboard, String titleStart) {
    return widgets(dashboard, "metric").stream()
        .filter(widget -> widget.get("title").asText().startsWith(titleStart))
        .findFirst()
        .orElseThrow();
  }

  private static List<String> labels(JsonNode graph) {
    List<String> labels = new ArrayList<>();
    for (JsonNode metric : graph.get("metrics")) {
      JsonNode options = metric.get(metric.size() - 1);
      if (options.path("visible").asBoolean(true)) {
        labels.add(options.path("label").asText());
      }
    }
    return labels;
  }

  @Test
  void hostsAndTheAlarmCallTheSameSyncTooOld() throws IOException {
    assertThat(Files.readString(Path.of("bastion/usr/bin/dbt-bastion")))
        .contains("\nSYNC_AGE_LIMIT = %d\n".formatted(HostAlarms.SYNC_AGE_LIMIT.toSeconds()))
        .contains("older than %d minutes".formatted(HostAlarms.SYNC_AGE_LIMIT.toMinutes()));
  }

  @Test
  void everyLinkOfTheWayToTheWarehouseHasAnAlarm() {
    assertThat(conditions(Holder.WITH_BALANCER))
        .containsExactlyInAnyOrderEntriesOf(
            Map.ofEntries(
                Map.entry("check-sales-direct", check("sales", "direct")),
                Map.entry("check-sales-tunnel", check("sales", "tunnel")),
                Map.entry("check-finance-direct", check("finance", "direct")),
                Map.entry("check-finance-tunnel", check("finance", "tunnel")),
                Map.entry(
                    "checks-stopped",
                    "DbtBastion/default Checks() Sum of 300 s < 1, 3 of 3, missing is breaching"),
                Map.entry(
                    "no-host-in-service",
                    "AWS/AutoScaling GroupInServiceInstances(the-group) Minimum of 60 s < 1, 3 of"
                        + " 3, missing is ignore"),
                Map.entry(
                    "hosts-silent",
                    "DbtBastion/default Tunnels() SampleCount of 60 s < 2, 5 of 5, missing is"
                        + " breaching"),
                Map.entry(
                    "no-healthy-target",
                    "AWS/NetworkELB HealthyHostCount(net/dbt/0a1b2c3d4e5f6071,"
                        + " targetgroup/dbt/1a2b3c4d5e6f7081) Maximum of 60 s < 1, 5 of 5, missing"
                        + " is breaching"),
                Map.entry(
                    "tunnels-near-limit",
                    "DbtBastion/default TunnelLoad() Maximum of 60 s >= 80, 5 of 5, missing is"
                        + " ignore"),
                Map.entry(
                    "keys-not-delivered",
                    "DbtBastion/default KeysNotDelivered() Sum of 300 s >= 1, 1 of 1, missing is"
                        + " notBreaching"),
                Map.entry(
                    "keys-out-of-date",
                    "DbtBastion/default SyncAge() Maximum of 60 s > 300, 1 of 1, missing is"
                        + " ignore"),
                Map.entry(
                    "runs-missed",
                    "AWS/SQS ApproximateNumberOfMessagesVisible(?) Maximum of 300 s >= 1, 1 of 1,"
                        + " missing is notBreaching"),
                Map.entry("connection-check-errors", lambda("Errors", "connection-check")),
                Map.entry("connection-check-throttles", lambda("Throttles", "connection-check")),
                Map.entry("key-registry-errors", lambda("Errors", "key-registry")),
                Map.entry("key-registry-throttles", lambda("Throttles", "key-registry")),
                Map.entry("dropped-logins", logged("DroppedLogins", 300, 1)),
                Map.entry("refused-forwards", logged("RefusedForwards", 300, 1)),
                Map.entry("refused-algorithms", logged("RefusedAlgorithms", 300, 1)),
                Map.entry("silent-clients", logged("SilentClients", 900, 3))));
  }

  private static String check(String connection, String route) {
    return "DbtBastion/default Success(%s, %s) Minimum of 300 s < 1, 2 of 3, missing is ignore"
        .formatted(connection, route);
  }

  private static String lambda(String metric, String function) {
    return "AWS/Lambda %s(dbt-bastion-default-%s) Sum of 300 s >= 1, 1 of 1, missing is notBreaching"
        .formatted(metric, function);
  }

  private static String logged(String metric, int seconds, int lines) {
    return "DbtBastion/default %s() Sum of %d s >= %d, 1 of 1, missing is notBreaching"
        .formatted(metric, seconds, lines);
  }

  @Test
  void everyAlarmTellsTheTopicWhenItBeginsAndWhenItEnds() {
    String topic =
        "[{\"Ref\":\"%s\"}]"
            .formatted(
                Holder.WITH_BALANCER.resources("AWS::SNS::Topic").keySet().iterator().next());

    assertThat(alarms(Holder.WITH_BALANCER))
        .allSatisfy(
            alarm -> {
              assertThat(alarm.get("AlarmActions").toString()).isEqualTo(topic);
              assertThat(alarm.get("OKActions").toString()).isEqualTo(topic);
              assertThat(alarm.has("InsufficientDataActions")).isFalse();
            });
  }

  @Test
  void everyAlarmSaysWhatToRunNext() {
    assertThat(alarms(Holder.WITH_BALANCER))
        .allSatisfy(
            alarm ->
                assertThat(text(alarm.get("AlarmDescription")))
                    .hasSizeBetween(100, DESCRIPTION_LIMIT)
                    .containsPattern("scripts/check --name default|aws [a-z0-9]+ [a-z-]+"));
    assertThat(alarms(Holder.WITH_BALANCER))
        .extracting(alarm -> text(alarm.get("AlarmDescription")))
        .anySatisfy(
            description ->
                assertThat(description)
                    .endsWith("scripts/check --name default --connection finance --route tunnel"))
        .anySatisfy(
            description ->
                assertThat(description)
                    .contains(
                        "--target-group-arn arn:aws:elasticloadbalancing:us-east-1:123456789012:"
                            + "targetgroup/dbt/1a2b3c4d5e6f7081"))
        .anySatisfy(
            description ->
                assertThat(description)
                    .contains("asked for with failOnError")
                    .contains("aws logs tail /aws/lambda/dbt-bastion-default-connection-check"))
        .anySatisfy(
            description ->
                assertThat(description)
                    .endsWith(
                        "aws logs tail /dbt-bastion/default/hosts --since 1h --filter-pattern"
                            + " '?\"drop connection #\" ?\"fork: Resource temporarily unavailable\""
                            + " ?\"fork of unprivileged child failed\"'"));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 59, 60, 61, 1440})
  void periodsOfChecksFitCloudWatchForEveryInterval(int minutes) {
    Synthesized stack = synthesize(List.of("sales"), Duration.ofMinutes(minutes), null, null);

    assertThat(conditions(stack))
        .hasEntrySatisfying(
            "check-sales-tunnel",
            condition -> assertThat(condition).contains(" of %d s ".formatted(minutes * 60)))
        .hasEntrySatisfying(
            "checks-stopped",
            condition -> assertThat(condition).contains(" of %d s ".formatted(minutes * 60)));
    assertThat(alarms(stack))
        .allSatisfy(
            alarm -> {
              Duration period = Duration.ofSeconds(alarm.get("Period").asInt());
              Duration range = period.multipliedBy(alarm.get("EvaluationPeriods").asInt());
              assertThat(period.toSeconds() % 60).isZero();
              assertThat(range).isLessThanOrEqualTo(Duration.ofDays(period.toHours() < 1 ? 1 : 7));
            });
    assertThat(dashboard(stack).toString()).contains("'Minimum', %d)".formatted(minutes * 60));
  }

  @Test
  void whatCannotBeWatchedIsRefused() {
    BiFunction<List<String>, Duration, Synthesized> synthesize =
        (connections, interval) -> synthesize(connections, interval, null, null);

    for (Duration interval :
        List.of(Duration.ZERO, Duration.ofSeconds(90), Duration.ofMinutes(1441))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> synthesize.apply(CONNECTIONS, interval))
          .withMessage("not 1 to 1440 whole minutes: " + interval);
    }
    for (List<String> connections : List.of(List.<String>of(), List.of("sales", "sales"))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> synthesize.apply(connections, Duration.ofMinutes(5)))
          .withMessage("not the names of connections: " + connections);
    }
  }

  @Test
  void withoutABalancerNothingIsSaidAboutOne() {
    Synthesized stack = synthesize(List.of("sales"), Duration.ofMinutes(5), null, null);

    assertThat(conditions(stack)).doesNotContainKey("no-healthy-target");
    assertThat(stack.template().toString()).doesNotContain("NetworkELB");
    assertThat(labels(graph(dashboard(stack), "Hosts"))).containsExactly("in service", "reporting");
  }

  @Test
  void alarmsOfThisBastionAloneMayPublishAndOnlyByTls() {
    Synthesized stack = Holder.WITH_BALANCER;
    String topic = stack.resources("AWS::SNS::Topic").keySet().iterator().next();

    assertThat(stack.properties("AWS::SNS::Topic", "Monitoring").has("KmsMasterKeyId")).isFalse();
    assertThat(
            stack.properties("AWS::SNS::TopicPolicy", "Monitoring").at("/PolicyDocument/Statement"))
        .extracting(JsonNode::toString)
        .containsExactlyInAnyOrder(
            ("{\"Action\":\"sns:Publish\",\"Condition\":{\"Bool\":{\"aws:SecureTransport\":"
                    + "\"false\"}},\"Effect\":\"Deny\",\"Principal\":\"*\",\"Resource\":{\"Ref\":"
                    + "\"%s\"},\"Sid\":\"AllowPublishThroughSSLOnly\"}")
                .formatted(topic),
            ("{\"Action\":\"sns:Publish\",\"Condition\":{\"ArnLike\":{\"aws:SourceArn\":"
                    + "\"arn:aws:cloudwatch:us-east-1:123456789012:alarm:dbt-bastion-default-*\"},"
                    + "\"StringEquals\":{\"aws:SourceAccount\":\"123456789012\"}},\"Effect\":"
                    + "\"Allow\",\"Principal\":{\"Service\":\"cloudwatch.amazonaws.com\"},"
                    + "\"Resource\":{\"Ref\":\"%s\"},\"Sid\":\"PublishAlarms\"}")
                .formatted(topic));
    assertThat(alarms(stack))
        .allSatisfy(
            alarm ->
                assertThat(alarm.get("AlarmName").asText()).startsWith("dbt-bastion-default-"));
  }

  @Test
  void somebodyIsToldByMailIfTheyWant() {
    JsonNode subscription = Holder.WITH_BALANCER.properties("AWS::SNS::Subscription", "Monitoring");
    assertThat(subscription.get("Protocol").asText()).isEqualTo("email");
    assertThat(subscription.get("Endpoint").asText()).isEqualTo("team@example.com");

    assertThat(
            synthesize(List.of("sales"), Duration.ofMinutes(5), null, null)
                .resources("AWS::SNS::Subscription"))
        .isEmpty();
  }

  @Test
  void linesOfSshdAreCounted() {
    Map<String, String> filters = new TreeMap<>();
    Holder.WITH_BALANCER
        .resources("AWS::Logs::MetricFilter")
        .forEach(
            (_, resource) -> {
              JsonNode filter = resource.get("Properties");
              assertThat(filter.get("LogGroupName").asText())
                  .isEqualTo("/dbt-bastion/default/hosts");
              JsonNode metric = filter.at("/MetricTransformations/0");
              assertThat(metric.get("MetricNamespace").asText()).isEqualTo("DbtBastion/default");
              assertThat(metric.get("MetricValue").asText()).isEqualTo("1");
              filters.put(metric.get("MetricName").asText(), filter.get("FilterPattern").asText());
            });

    assertThat(filters)
        .isEqualTo(
            Map.of(
                "DroppedLogins",
                "?\"drop connection #\" ?\"fork: Resource temporarily unavailable\""
                    + " ?\"fork of unprivileged child failed\"",
                "RefusedForwards",
                "?\"but the request was denied\" ?\"refused streamlocal port forward\"",
                "RefusedAlgorithms",
                "?\"not in PubkeyAcceptedAlgorithms\" ?\"no matching cipher found\""
                    + " ?\"no matching MAC found\" ?\"no matching host key type found\""
                    + " ?\"no matching key exchange method found\"",
                "SilentClients",
                "?\"Timeout before authentication\" ?\"Timeout, client not responding\""));
  }

  @Test
  void dashboardShowsEveryConnectionAndRoute() {
    JsonNode dashboard = dashboard(Holder.WITH_BALANCER);

    for (String metric : List.of("'Minimum'", "'Maximum'")) {
      String name = metric.equals("'Minimum'") ? "Success" : "Duration";
      assertThat(widgets(dashboard, "metric"))
          .extracting(widget -> widget.at("/metrics/0/0/expression").asText())
          .contains(
              "SEARCH('{\"DbtBastion/default\",Connection,Route} MetricName=\"%s\"', %s, 300)"
                  .formatted(name, metric));
    }
    assertThat(labels(graph(dashboard, "Checks: 1 passed")))
        .containsExactly("${PROP('Dim.Connection')} ${PROP('Dim.Route')}");
  }

  @Test
  void stagesOfTheChosenConnectionAreStackedInTheirOrder() {
    JsonNode dashboard = dashboard(Holder.WITH_BALANCER);

    JsonNode variable = dashboard.at("/variables/0");
    assertThat(variable.get("type").asText()).isEqualTo("property");
    assertThat(variable.get("property").asText()).isEqualTo("Connection");
    assertThat(variable.get("defaultValue").asText()).isEqualTo("sales");
    assertThat(variable.get("values"))
        .extracting(value -> value.get("value").asText())
        .isEqualTo(CONNECTIONS);
    for (Route route : Route.values()) {
      JsonNode stages = graph(dashboard, "Stages, " + route.id());
      assertThat(stages.get("stacked").asBoolean()).isTrue();
      assertThat(labels(stages)).isEqualTo(route.stages().stream().map(Stage::id).toList());
      assertThat(stages.get("metrics"))
          .extracting(JsonNode::toString)
          .allSatisfy(
              metric ->
                  assertThat(metric)
                      .startsWith("[\"DbtBastion/default\",")
                      .contains(
                          "Duration\",\"Connection\",\"sales\",\"Route\",\"%s\","
                              .formatted(route.id())));
    }
  }

  @Test
  void dashboardShowsEveryAlarmThatThereIs() {
    List<String> shown = new ArrayList<>();
    for (JsonNode widget : widgets(dashboard(Holder.WITH_BALANCER), "alarm")) {
      widget.get("alarms").forEach(alarm -> shown.add(alarm.asText()));
    }

    assertThat(shown)
        .containsExactlyInAnyOrderElementsOf(
            alarms(Holder.WITH_BALANCER).stream()
                .map(alarm -> alarm.get("AlarmName").asText())
                .map("arn:aws:cloudwatch:us-east-1:123456789012:alarm:"::concat)
                .toList());
    assertThat(shown.subList(0, 4)).allMatch(alarm -> alarm.contains("-check-"));
  }

  @Test
  void dashboardShowsHostsTunnelsKeysLogAndFunctions() {
    JsonNode dashboard = dashboard(Holder.WITH_BALANCER);

    assertThat(labels(graph(dashboard, "Hosts")))
        .containsExactly("in service", "reporting", "healthy targets", "unhealthy targets");
    assertThat(labels(graph(dashboard, "Live tunnels")))
        .containsExactly("tunnels", "% of what memory holds");
    assertThat(labels(graph(dashboard, "Keys")))
        .containsExactly("let in", "no keys", "seconds since");
    assertThat(labels(graph(dashboard, "What sshd logged")))
        .containsExactly("DroppedLogins", "RefusedForwards", "RefusedAlgorithms", "SilentClients");
    assertThat(widgets(dashboard, "log"))
        .singleElement()
        .extracting(widget -> widget.get("query").asText())
        .asString()
        .startsWith("SOURCE '/dbt-bastion/default/hosts'")
        .contains("@message like \"but the request was denied\" or ");
    assertThat(labels(graph(dashboard, "Functions: calls"))).hasSize(4);
    assertThat(labels(graph(dashboard, "Functions: the longest call")))
        .containsExactly("check", "registry", "cold starts");
    assertThat(labels(graph(dashboard, "What did not arrive")))
        .containsExactly("scheduled runs", "keys at hosts");
    assertThat(widgets(dashboard, "text"))
        .singleElement()
        .extracting(widget -> widget.get("markdown").asText())
        .asString()
        .contains("scripts/check --name default");
  }

  @Test
  void fiftyConnectionsStayWithinTheLimitsOfCloudWatch() {
    List<String> connections =
        IntStream.rangeClosed(1, 51).mapToObj("connection-%02d"::formatted).toList();
    Synthesized stack = synthesize(connections, Duration.ofMinutes(1), BALANCER, null);
    JsonNode dashboard = dashboard(stack);

    assertThat(stack.template().get("Resources").size()).isLessThan(500);
    assertThat(dashboard.get("widgets").size())
        .isLessThan(WIDGETS_LIMIT)
        // One more: its alarms do not fit into one.
        .isEqualTo(dashboard(Holder.WITH_BALANCER).get("widgets").size() + 1);
    assertThat(widgets(dashboard, "alarm"))
        .allSatisfy(widget -> assertThat(widget.get("alarms").size()).isBetween(1, ALARMS_LIMIT));
    assertThat(
            widgets(dashboard, "metric").stream()
                .mapToInt(widget -> widget.get("metrics").size())
                .sum())
        .isLessThan(METRICS_LIMIT / 10);
    assertThat(dashboard.toString().length()).isLessThan(50_000);
  }

  @Test
  void hundredsOfConnectionsHaveAnAlarmForEachRoute() {
    List<String> connections =
        IntStream.rangeClosed(1, 380).mapToObj("connection-%03d"::formatted).toList();
    Synthesized stack = synthesize(connections, Duration.ofHours(1), BALANCER, null);

    List<JsonNode> ofChecks =
        alarms(stack).stream()
            .filter(
                alarm -> alarm.get("AlarmName").asText().matches(".*-checks?-.*(direct|tunnel)"))
            .toList();
    assertThat(ofChecks)
        .extracting(alarm -> alarm.get("AlarmName").asText())
        .containsExactlyInAnyOrder(
            "dbt-bastion-default-checks-direct", "dbt-bastion-default-checks-tunnel");
    assertThat(ofChecks)
        .allSatisfy(
            alarm -> {
              String route = alarm.get("AlarmName").asText().replaceFirst(".*-", "");
              JsonNode query = alarm.at("/Metrics/0");
              assertThat(query.get("Expression").asText())
                  .isEqualTo(
                      "SELECT MIN(Success) FROM SCHEMA(\"DbtBastion/default\", Connection, Route)"
                          + " WHERE Route = '%s'".formatted(route));
              assertThat(query.get("Period").asInt()).isEqualTo(3600);
              assertThat(alarm.get("Threshold").asInt()).isEqualTo(1);
              assertThat(alarm.get("ComparisonOperator").asText()).isEqualTo("LessThanThreshold");
              assertThat(alarm.get("DatapointsToAlarm").asInt()).isEqualTo(2);
              assertThat(alarm.get("EvaluationPeriods").asInt()).isEqualTo(3);
              assertThat(alarm.get("TreatMissingData").asText()).isEqualTo("ignore");
              assertThat(alarm.get("AlarmDescription").asText())
                  .contains("scripts/check --name default --route " + route);
            });
    // With a parameter for each connection, and what else a stack has.
    assertThat(stack.template().get("Resources").size()).isLessThan(60);
    assertThat(dashboard(stack).toString().length()).isLessThan(100_000);
  }

  @Test
  void queriesOfHundredsOfConnectionsLookBackThreeHours() {
    List<String> connections =
        IntStream.rangeClosed(1, 101).mapToObj("connection-%03d"::formatted).toList();

    assertThatIllegalArgumentException()
        .isThrownBy(() -> synthesize(connections, Duration.ofMinutes(61), null, null))
        .withMessageContaining("an hour at most with more than 100 connections");
  }

  @Test
  void twoSynthsAreByteEqual() {
    assertThat(
            synthesize(CONNECTIONS, Duration.ofMinutes(5), BALANCER, "team@example.com")
                .template()
                .toString())
        .isEqualTo(Holder.WITH_BALANCER.template().toString());
  }
}
