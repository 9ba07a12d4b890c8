package org.dbtbastion.local.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.dbtbastion.local.benchmark.ground.Ground;
import org.dbtbastion.local.benchmark.ground.Row;
import org.dbtbastion.local.benchmark.report.Breakdown;
import org.dbtbastion.local.benchmark.report.Findings;
import org.dbtbastion.local.benchmark.report.Goal;
import org.dbtbastion.local.benchmark.report.Line;
import org.dbtbastion.local.benchmark.report.Series;
import org.dbtbastion.local.benchmark.report.Unit;

/** How large the functions' deployment package is. */
final class ZipSize implements Row {

  /** Given for comparison; nothing here builds or measures it. */
  private static final double NAIVE_MEGABYTES = 19.7;

  private static final double GOAL_MEGABYTES = 12;
  private static final int LARGEST = 10;

  @Override
  public String id() {
    return "zip";
  }

  @Override
  public Findings measure(Ground ground) throws IOException {
    Line line =
        Line.of(
                id(),
                "function.zip",
                Series.of(Unit.MEGABYTES, Files.size(ground.functionZip()) / 1e6))
            .besideEarlier("naive build, as given", Series.of(Unit.MEGABYTES, NAIVE_MEGABYTES))
            .goal(new Goal.AtMost(Unit.MEGABYTES, GOAL_MEGABYTES));
    try (ZipFile zip = new ZipFile(ground.functionZip().toFile())) {
      List<Breakdown.Part> largest =
          zip.stream()
              .sorted(Comparator.comparingLong(ZipEntry::getCompressedSize).reversed())
              .limit(LARGEST)
              .map(
                  entry ->
                      new Breakdown.Part(
                          entry.getName(), Unit.MEGABYTES, entry.getCompressedSize() / 1e6))
              .toList();
      return new Findings(
          List.of(line),
          List.of(new Breakdown(id(), "function.zip: its largest entries", largest)));
    }
  }
}
