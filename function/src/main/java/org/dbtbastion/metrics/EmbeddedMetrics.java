package org.dbtbastion.metrics;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.dbtbastion.registry.HostSync;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.report.Stage;
import org.dbtbastion.report.StageResult;
import org.dbtbastion.report.StageResult.Outcome;
import software.amazon.cloudwatchlogs.emf.config.EnvironmentConfigurationProvider;
import software.amazon.cloudwatchlogs.emf.environment.Environments;
import software.amazon.lambda.powertools.metrics.Metrics;
import software.amazon.lambda.powertools.metrics.model.DimensionSet;
import software.amazon.lambda.powertools.metrics.model.MetricUnit;
import software.amazon.lambda.powertools.metrics.provider.EmfMetricsProvider;

/**
 * Writes metrics to standard output in the embedded metric format, out of which CloudWatch Logs
 * makes metrics. Metrics that cannot be written are lost, and nothing else.
 *
 * <p>Thread-safe. From one call to the next it keeps only that there was one; so a snapshot that is
 * taken before the first holds it as new.
 *
 * @see MetricNames
 */
public final class EmbeddedMetrics {

  /** A member that is no dimension, for who reads the log: a dimension would cost a metric each. */
  private static final String HOST = "Host";

  private static final DimensionSet NO_DIMENSIONS = DimensionSet.of(Map.of());

  private final String namespace;
  private final Consumer<Throwable> unexpected;
  private final AtomicBoolean warm = new AtomicBoolean();

  /**
   * @param bastion the bastion's name
   * @param unexpected is told why metrics could not be written, for the log
   */
  public EmbeddedMetrics(String bastion, Consumer<Throwable> unexpected) {
    this.namespace = MetricNames.namespace(bastion);
    this.unexpected = unexpected;
    // Otherwise the library first calls the metadata services that EC2 and ECS would have.
    EnvironmentConfigurationProvider.getConfig().setEnvironmentOverride(Environments.Lambda);
  }

  /** Writes that a call has begun in a new execution environment, if it has. */
  public void called() {
    if (!warm.getAndSet(true)) {
      write(
          NO_DIMENSIONS,
          document -> document.addMetric(MetricNames.COLD_START, 1, MetricUnit.COUNT));
    }
  }

  /** Writes what came of a check: a document for each result, and one for how many there were. */
  public void checked(Report report) {
    for (RouteResult result : report.results()) {
      write(
          DimensionSet.of(
              MetricNames.CONNECTION,
              MetricNames.dimensionValue(result.connection()),
              MetricNames.ROUTE,
              result.route().id()),
          document -> add(document, result));
    }
    List<RouteResult> withLogin =
        report.results().stream().filter(EmbeddedMetrics::hasLogin).toList();
    long failed = withLogin.stream().filter(result -> !result.ok()).count();
    write(
        NO_DIMENSIONS,
        document -> {
          document.addMetric(MetricNames.CHECKS, report.results().size(), MetricUnit.COUNT);
          if (!withLogin.isEmpty()) {
            document.addMetric(MetricNames.LOGINS_FAILED, failed, MetricUnit.COUNT);
          }
        });
  }

  /** Writes how a change of the keys came to the hosts. */
  public void pushed(List<HostSync> hosts) {
    long failed = hosts.stream().filter(host -> host.state() == HostSync.State.FAILED).count();
    write(
        NO_DIMENSIONS,
        document -> document.addMetric(MetricNames.KEYS_NOT_DELIVERED, failed, MetricUnit.COUNT));
  }

  /** Whether it came as far as the login. */
  private static boolean hasLogin(RouteResult result) {
    return result.stages().stream()
        .anyMatch(
            stage ->
                stage.stage() == Stage.CREDENTIALS
                    && !(stage.outcome() instanceof Outcome.Skipped));
  }

  private static void add(Metrics document, RouteResult result) {
    document.addMetric(MetricNames.SUCCESS, result.ok() ? 1 : 0, MetricUnit.COUNT);
    Duration whole = Duration.ZERO;
    for (StageResult stage : result.stages()) {
      // How long somebody wanted a tunnel to be idle tells nothing of the links.
      if (!(stage.outcome() instanceof Outcome.Skipped) && stage.stage() != Stage.HOLD) {
        addDuration(document, MetricNames.stageDuration(stage.stage().id()), stage.took());
        whole = whole.plus(stage.took());
      }
    }
    addDuration(document, MetricNames.DURATION, whole);
    result.host().ifPresent(host -> document.addMetadata(HOST, host));
  }

  private static void addDuration(Metrics document, String name, Duration duration) {
    document.addMetric(name, duration.toMillis(), MetricUnit.MILLISECONDS);
  }

  /**
   * By a logger of its own for each document. Powertools' shared one takes the dimension Service
   * from the environment, and keeps an entry for every invocation that it is not flushed in.
   */
  private void write(DimensionSet dimensions, Consumer<Metrics> content) {
    try {
      Metrics document = new EmfMetricsProvider().getMetricsInstance();
      document.setNamespace(namespace);
      // An empty set means a metric without dimensions; no set at all would mean no metric.
      document.setDefaultDimensions(dimensions);
      content.accept(document);
      document.flush();
    } catch (RuntimeException e) {
      unexpected.accept(e);
    }
  }
}
