package org.dbtbastion.infra.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dbtbastion.standins.process.Repository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The front page stays short, and every link in Markdown files leads to a file and a heading. */
class ReadmesTest {

  private static final Path ROOT = Repository.root();
  private static final int FRONT_PAGE_BYTES = 20_000;
  private static final Set<String> NOT_OURS = Set.of(".git", "node_modules", "target");

  // What is in a block is no Markdown.
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```.*?^```$");
  private static final Pattern HEADING = Pattern.compile("(?m)^(#+) (.+)$");
  private static final Pattern LINK = Pattern.compile("\\[[^]]*]\\(([^)\\s]+)\\)");
  private static final Pattern ELSEWHERE = Pattern.compile("[a-z]+:.*");

  @TempDir private Path folder;

  static List<Path> files() throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        ROOT,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            return NOT_OURS.contains(directory.getFileName().toString())
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (file.toString().endsWith(".md")) {
              files.add(file);
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return files;
  }

  @Test
  void frontPageIsShort() {
    assertThat(ROOT.resolve("README.md").toFile().length()).isLessThanOrEqualTo(FRONT_PAGE_BYTES);
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyLinkLeadsSomewhere(Path file) throws IOException {
    assertThat(brokenLinks(file)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"function", "infra", "scripts"})
  void contentsListEverySection(String module) throws IOException {
    Path readme = ROOT.resolve(module).resolve("README.md");

    assertThat(links(readme))
        .containsAll(headings(readme, 2).map(heading -> "#" + heading).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"gone.md", "#gone", "other.md#gone", "other.md#no-heading"})
  void aLinkThatLeadsNowhereWouldBeFound(String link) throws IOException {
    Files.writeString(folder.resolve("other.md"), "# Other\n\n```\n# No heading\n```\n");
    Path file = folder.resolve("file.md");
    Files.writeString(
        file, "# A `file`, here\n[a](other.md#other) [b](#a-file-here) [c](%s)\n".formatted(link));

    assertThat(brokenLinks(file)).containsExactly(link);
  }

  private static List<String> brokenLinks(Path file) throws IOException {
    List<String> broken = new ArrayList<>();
    for (String link : links(file)) {
      String[] parts = link.split("#", 2);
      Path target = parts[0].isEmpty() ? file : file.resolveSibling(parts[0]);
      if (!Files.exists(target)
          || parts.length > 1 && headings(target, 1).noneMatch(parts[1]::equals)) {
        broken.add(link);
      }
    }
    return broken;
  }

  /** Where the links of a file lead, but for those to other sites. */
  private static List<String> links(Path file) throws IOException {
    return LINK.matcher(prose(file))
        .results()
        .map(found -> found.group(1))
        .filter(link -> !ELSEWHERE.matcher(link).matches())
        .toList();
  }

  /** The anchors that GitHub gives to the headings of this level and those below it. */
  private static Stream<String> headings(Path file, int level) throws IOException {
    return HEADING
        .matcher(prose(file))
        .results()
        .filter(found -> found.group(1).length() >= level)
        .map(found -> found.group(2).toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N}_ -]", "").replace(' ', '-'));
  }

  private static String prose(Path file) throws IOException {
    return BLOCK.matcher(Files.readString(file)).replaceAll("");
  }
}
