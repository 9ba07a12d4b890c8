package org.dbtbastion.local.benchmark.cold;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Rounds;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.ground.Stages;
import org.dbtbastion.local.benchmark.report.Breakdown;
import org.dbtbastion.local.benchmark.report.Breakdown.Part;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.benchmark.report.Goal;
import org.dbtbastion.local.benchmark.report.Line;
import org.dbtbastion.local.benchmark.report.Series;
import org.dbtbastion.local.benchmark.report.Unit;
import org.dbtbastion.standins.lambda.FunctionSettings;
import org.dbtbastion.standins.lambda.LambdaService;
import org.dbtbastion.standins.lambda.LambdaService.ColdStart;

/**
 * First answers of new execution environments as Lambda's managed runtime starts them, of the same
 * with an AOT cache and with their code on the JVM's own class path too, beside those of an empty
 * handler.
 */
final class ColdStarts {

  private static final Rounds ROUNDS = new Rounds(1, 12, Duration.ofSeconds(25));
  private static final Goal GOAL = new Goal.RatioAtMost(6);

  private final Row row;
  private final Ground ground;
  private final LambdaService lambda;
  private final String request;
  private final Callable<?> between;
  private final Path folder;
  private final String empty;
  private final FunctionSettings snapshot;
  private final List<Function> functions;

  /**
   * A deployed function, and the same once more with a log of its classes.
   *
   * @param with what it has that others do not, for titles
   */
  private record Function(String with, String name, String traced, Path classLog) {}

  /**
   * @param name a deployed function
   * @param request what it is to answer, and then all is well
   * @param between what is done, untimed, after each answer
   */
  ColdStarts(Row row, Ground ground, String name, String request, Callable<?> between)
      throws Exception {
    this.row = row;
    this.ground = ground;
    this.lambda = ground.sandbox().lambda();
    this.request = request;
    this.between = between;
    this.folder = Files.createDirectories(ground.folder().resolve(row.id()));
    this.empty = name + "-empty";
    FunctionSettings settings = lambda.settings(name);
    Path emptyZip = EmptyHandler.zip(folder.resolve("empty.zip"));
    lambda.deploy(settings.named(empty).running(emptyZip, EmptyHandler.HANDLER));
    this.snapshot =
        settings
            .named(name + "-snapshot")
            .withEnvironment("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start");
    FunctionSettings onClassPath =
        settings
            .running(emptyZip, settings.handler())
            .withClassPath(
                AotCache.jars(settings.zip(), Files.createDirectories(folder.resolve("jars"))));
    this.functions =
        List.of(
            traced("", settings),
            traced(", AOT cache", cached(settings.named(name + "-aot"))),
            traced(
                ", AOT cache, own class path",
                cached(onClassPath.named(name + "-aot-class-path"))));
  }

  private FunctionSettings cached(FunctionSettings settings) throws Exception {
    FunctionSettings cached =
        AotCache.train(
            lambda, settings, folder.resolve(settings.name()), request, Ground::requireOk);
    between.call();
    lambda.deploy(cached);
    return cached;
  }

  private Function traced(String with, FunctionSettings settings) {
    String traced = settings.name() + "-traced";
    Path classLog = folder.resolve(traced + ".classes");
    // Not among what is timed: writing the log takes time.
    lambda.deploy(settings.named(traced).withJvmOptions("-Xlog:class+load:file=" + classLog));
    return new Function(with, settings.name(), traced, classLog);
  }

  /**
   * Measures.
   *
   * @param what the line's title
   * @param requirement throws where an answer is not as it should be
   */
  Findings measure(String what, Consumer<String> requirement) throws Exception {
    List<List<ColdStart>> starts =
        functions.stream().<List<ColdStart>>map(_ -> new ArrayList<>()).toList();
    List<Rounds.Side> sides = new ArrayList<>();
    for (int i = 0; i < functions.size(); i++) {
      Function function = functions.get(i);
      List<ColdStart> itsStarts = starts.get(i);
      sides.add(() -> start(function, requirement, itsStarts));
    }
    sides.add(() -> restore(requirement));
    sides.add(() -> Unit.MILLISECONDS.of(lambda.coldStart(empty, "{}", _ -> {}).total()));
    List<Series> series = ground.rounds(ROUNDS).alternate(Unit.MILLISECONDS, sides);
    List<Line> lines = new ArrayList<>();
    List<Breakdown> breakdowns = new ArrayList<>();
    for (int i = 0; i < functions.size(); i++) {
      String title = what + functions.get(i).with();
      lines.add(
          Line.of(row.id(), title, series.get(i))
              .beside("an empty handler", series.getLast())
              .goal(GOAL));
      breakdowns.add(new Breakdown(row.id(), title, parts(functions.get(i), starts.get(i))));
    }
    lines.add(
        Line.of(row.id(), what + ", SnapStart", series.get(functions.size()))
            .beside("an empty handler", series.getLast())
            .goal(GOAL));
    return new Findings(lines, breakdowns);
  }

  private double start(Function function, Consumer<String> requirement, List<ColdStart> starts)
      throws Exception {
    ColdStart start = lambda.coldStart(function.name(), request, _ -> {});
    requirement.accept(start.answer());
    between.call();
    starts.add(start);
    return Unit.MILLISECONDS.of(start.total());
  }

  /** From where a restored snapshot goes on to the answer. */
  private double restore(Consumer<String> requirement) throws Exception {
    lambda.deploy(snapshot);
    long begin = System.nanoTime();
    String answer = lambda.invoke(snapshot.name(), request).text();
    Duration took = Duration.ofNanos(System.nanoTime() - begin);
    requirement.accept(answer);
    between.call();
    return Unit.MILLISECONDS.of(took);
  }

  private List<Part> parts(Function function, List<ColdStart> starts) throws Exception {
    List<Part> parts = new ArrayList<>();
    parts.add(
        new Part(
            "until the runtime client asks for an event",
            Unit.MILLISECONDS,
            median(starts.stream().map(ColdStart::initialization).toList())));
    parts.add(
        new Part(
            "the first event",
            Unit.MILLISECONDS,
            median(
                starts.stream()
                    .map(start -> start.total().minus(start.initialization()))
                    .toList())));
    parts.addAll(Stages.medians(starts.stream().map(ColdStart::answer).toList()));
    List<Part> counters = new ArrayList<>();
    lambda.coldStart(
        function.traced(), request, process -> counters.addAll(JvmCounters.of(process)));
    between.call();
    parts.addAll(counters);
    parts.addAll(LoadedClasses.in(function.classLog()));
    return parts;
  }

  private static double median(List<Duration> times) {
    return Series.of(Unit.MILLISECONDS, times).median();
  }
}
