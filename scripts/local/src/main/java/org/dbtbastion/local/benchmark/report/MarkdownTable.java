package org.dbtbastion.local.benchmark.report;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Tables of GitHub's Markdown, aligned for those who read them as they are. */
final class MarkdownTable {

  private MarkdownTable() {}

  /** Lays cells out; the first row has the headings. */
  static String of(List<List<String>> rows) {
    List<Integer> widths =
        IntStream.range(0, rows.getFirst().size())
            .mapToObj(
                column -> rows.stream().mapToInt(row -> width(row.get(column))).max().orElseThrow())
            .toList();
    return rows.stream()
        .map(row -> line(row, widths))
        .collect(
            Collectors.collectingAndThen(
                Collectors.toList(),
                lines -> {
                  lines.add(1, line(widths.stream().map("-"::repeat).toList(), widths));
                  return String.join("", lines);
                }));
  }

  private static String line(List<String> cells, List<Integer> widths) {
    return IntStream.range(0, cells.size())
        .mapToObj(
            column ->
                escaped(cells.get(column))
                    + " ".repeat(widths.get(column) - width(cells.get(column))))
        .collect(Collectors.joining(" | ", "| ", " |\n"));
  }

  private static int width(String cell) {
    String text = escaped(cell);
    return text.codePointCount(0, text.length());
  }

  private static String escaped(String cell) {
    return cell.replace("|", "\\|");
  }
}
