package org.dbtbastion.local.benchmark.cold;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dbtbastion.local.benchmark.report.Breakdown.Part;
import org.dbtbastion.local.benchmark.report.Unit;

/** Where a JVM's classes came from, by its {@code -Xlog:class+load}. */
final class LoadedClasses {

  private static final Pattern LINE = Pattern.compile("class,load\\s*] \\S+ source: (.+)");
  private static final int MOST_JARS = 10;

  private LoadedClasses() {}

  static List<Part> in(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      return of(lines);
    }
  }

  static List<Part> of(Stream<String> log) {
    Map<String, Long> sources =
        log.map(LINE::matcher)
            .filter(Matcher::find)
            .map(match -> source(match.group(1)))
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    long all = sources.values().stream().mapToLong(Long::longValue).sum();
    return Stream.concat(
            Stream.of(new Part("classes loaded", Unit.COUNT, all)),
            sources.entrySet().stream()
                .sorted(
                    Map.Entry.<String, Long>comparingByValue()
                        .reversed()
                        .thenComparing(Comparator.comparing(Map.Entry::getKey)))
                .limit(MOST_JARS)
                .map(
                    source ->
                        new Part("classes " + source.getKey(), Unit.COUNT, source.getValue())))
        .toList();
  }

  private static String source(String source) {
    if (source.startsWith("shared objects file")) {
      return "from the CDS or AOT archive";
    }
    if (source.startsWith("jrt:/")) {
      return "from the JDK's modules";
    }
    if (source.startsWith("file:")) {
      return "from " + source.replaceFirst("/$", "").replaceFirst(".*/", "");
    }
    return "made while it runs";
  }
}
