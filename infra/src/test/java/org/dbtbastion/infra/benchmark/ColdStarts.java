package org.dbtbastion.infra.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.dbtbastion.infra.benchmark.Breakdown.Part;
import org.dbtbastion.testing.FunctionSettings;
import org.dbtbastion.testing.LambdaService;
import org.dbtbastion.testing.LambdaService.ColdStart;

/** First answers of new execution environments, beside those of an empty handler. */
final class ColdStarts {

  private static final Rounds ROUNDS = new Rounds(1, 12, Duration.ofSeconds(30));

  private final Row row;
  private final Ground ground;
  private final LambdaService lambda;
  private final String name;
  private final Path folder;
  private final String request;
  private final Callable<?> between;

  /**
   * @param name a deployed function
   * @param request what it is to answer
   * @param between what is done, untimed, after each answer
   */
  ColdStarts(Row row, Ground ground, String name, String request, Callable<?> between)
      throws IOException {
    this.row = row;
    this.ground = ground;
    this.lambda = ground.sandbox().lambda();
    this.name = name;
    this.request = request;
    this.between = between;
    this.folder = Files.createDirectories(ground.folder().resolve(row.id()));
    FunctionSettings settings = lambda.settings(name);
    lambda.deploy(
        settings
            .named(empty())
            .running(EmptyHandler.zip(folder.resolve("empty.zip")), EmptyHandler.HANDLER));
    lambda.deploy(
        settings
            .named(traced())
            // Not among what is timed: writing the log takes time.
            .withJvmOptions("-Xlog:class+load:file=" + classLog()));
  }

  private String empty() {
    return name + "-empty";
  }

  private String traced() {
    return name + "-traced";
  }

  private Path classLog() {
    return folder.resolve("classes.log");
  }

  /**
   * Measures.
   *
   * @param what the line's title
   * @param requirement throws where an answer is not as it should be
   */
  Findings measure(String what, Consumer<String> requirement) throws Exception {
    List<ColdStart> starts = new ArrayList<>();
    List<Series> sides =
        ground
            .rounds(ROUNDS)
            .alternate(
                Unit.MILLISECONDS,
                List.of(
                    () -> {
                      ColdStart start = lambda.coldStart(name, request, _ -> {});
                      requirement.accept(start.answer());
                      between.call();
                      starts.add(start);
                      return Unit.MILLISECONDS.of(start.total());
                    },
                    () -> Unit.MILLISECONDS.of(lambda.coldStart(empty(), "{}", _ -> {}).total())));
    Line line =
        Line.of(row, what, sides.getFirst())
            .beside("an empty handler", sides.getLast())
            .goal(new Goal.RatioAtMost(6));
    return new Findings(List.of(line), List.of(new Breakdown(row.id(), what, parts(starts))));
  }

  private List<Part> parts(List<ColdStart> starts) throws Exception {
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
    lambda.coldStart(traced(), request, process -> counters.addAll(JvmCounters.of(process)));
    between.call();
    parts.addAll(counters);
    parts.addAll(LoadedClasses.in(classLog()));
    return parts;
  }

  private static double median(List<Duration> times) {
    return Series.of(Unit.MILLISECONDS, times).median();
  }
}
