package org.dbtbastion.local.benchmark.cold;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dbtbastion.local.benchmark.report.Breakdown.Part;
import org.dbtbastion.local.benchmark.report.Unit;
import org.dbtbastion.standins.process.Command;

/**
 * What HotSpot counts of its own work, by {@code jcmd PerfCounter.print}. Times of different
 * threads overlap: the compiler's is beside the others.
 */
final class JvmCounters {

  private JvmCounters() {}

  static List<Part> of(ProcessHandle process) {
    Map<String, String> counters = new HashMap<>();
    Command.of(
            Path.of(System.getProperty("java.home"), "bin/jcmd").toString(),
            Long.toString(process.pid()),
            "PerfCounter.print")
        .runOrThrow()
        .lines()
        .map(line -> line.split("=", 2))
        .filter(pair -> pair.length == 2)
        .forEach(pair -> counters.put(pair[0], pair[1]));
    double millisecond = Double.parseDouble(counters.get("sun.os.hrt.frequency")) / 1000;
    List<Part> parts = new ArrayList<>();
    time(
        parts,
        "JVM: finding and reading classes",
        counters,
        millisecond,
        "sun.cls.appClassLoadTime.self",
        "sun.cls.sysClassLoadTime");
    time(parts, "JVM: defining classes", counters, millisecond, "sun.cls.defineAppClassTime.self");
    time(parts, "JVM: verifying classes", counters, millisecond, "sun.cls.classVerifyTime.self");
    time(parts, "JVM: linking classes", counters, millisecond, "sun.cls.classLinkedTime.self");
    time(parts, "JVM: static initializers", counters, millisecond, "sun.cls.classInitTime.self");
    time(parts, "JVM: compiling (a thread of its own)", counters, millisecond, "java.ci.totalTime");
    time(
        parts,
        "JVM: collecting garbage",
        counters,
        millisecond,
        "sun.gc.collector.0.time",
        "sun.gc.collector.1.time");
    count(parts, "methods compiled", counters, "sun.ci.totalCompiles");
    return parts;
  }

  private static void time(
      List<Part> parts,
      String what,
      Map<String, String> counters,
      double millisecond,
      String... names) {
    double ticks = 0;
    for (String name : names) {
      ticks += Double.parseDouble(counters.getOrDefault(name, "0"));
    }
    parts.add(new Part(what, Unit.MILLISECONDS, ticks / millisecond));
  }

  private static void count(
      List<Part> parts, String what, Map<String, String> counters, String name) {
    parts.add(new Part(what, Unit.COUNT, Double.parseDouble(counters.getOrDefault(name, "0"))));
  }
}
