package org.dbtbastion;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dbtbastion.audit.Cause;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Stage;
import org.dbtbastion.standins.readme.Readme;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * README's tables of codes, findings and packages are what these themselves say.
 *
 * <p>After a change of one: {@code mvn -pl function -am test -Dtest=ReadmeTablesTest -Dreadme=write
 * -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class ReadmeTablesTest {

  private static final Path README = Path.of("README.md");
  private static final Path SOURCES = Path.of("src/main/java/org/dbtbastion");

  /** In place of what differs from bastion to bastion stand names, as elsewhere in README. */
  private static final Map<String, String> NAMES =
      new AbstractMap<>() {
        @Override
        public String get(Object name) {
          return name.toString().replaceAll("(?=[A-Z])", "_").toUpperCase(Locale.ROOT);
        }

        @Override
        public Set<Entry<String, String>> entrySet() {
          return Set.of();
        }
      };

  /** The tables, by the names in their markers. */
  private enum Table {
    CODES("code", "cause", "fix") {
      @Override
      Stream<String> rows() {
        return Stream.of(Code.values())
            .map(code -> row(code.id(), code.meaning(), code.remedy(NAMES)));
      }
    },
    FINDINGS("code", "cause", "fix") {
      @Override
      Stream<String> rows() {
        return Stream.of(Cause.values())
            .map(cause -> row(cause.id(), cause.meaning(), cause.remedy()));
      }
    },
    PACKAGES("package", "what it is") {
      @Override
      Stream<String> rows() throws IOException {
        try (Stream<Path> folders = Files.list(SOURCES)) {
          List<String> rows = new ArrayList<>();
          for (Path folder : folders.filter(Files::isDirectory).sorted().toList()) {
            rows.add(row(folder.getFileName().toString(), firstSentence(folder)));
          }
          return rows.stream();
        }
      }
    };

    private final List<String> columns;

    Table(String... columns) {
      this.columns = List.of(columns);
    }

    abstract Stream<String> rows() throws IOException;

    private String begin() {
      return "<!-- %s: written by ReadmeTablesTest -->\n"
          .formatted(name().toLowerCase(Locale.ROOT));
    }

    private String end() {
      return "<!-- end of %s -->\n".formatted(name().toLowerCase(Locale.ROOT));
    }

    private String text() throws IOException {
      String header =
          "\n| %s |\n|%s\n".formatted(String.join(" | ", columns), "---|".repeat(columns.size()));
      return rows().collect(Collectors.joining("", header, "\n"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void isAsTheCodeSays(Table table) throws IOException {
    String readme = Files.readString(README);
    assertThat(readme).contains(table.begin(), table.end());
    int begin = readme.indexOf(table.begin()) + table.begin().length();
    int end = readme.indexOf(table.end());
    if ("write".equals(System.getProperty("readme"))) {
      Files.writeString(README, readme.substring(0, begin) + table.text() + readme.substring(end));
      return;
    }

    assertThat(readme.substring(begin, end)).isEqualTo(table.text());
  }

  @ParameterizedTest
  @EnumSource
  void saysHowLongAStageMayTake(Stage stage) {
    assertThat(Readme.in(Path.of("")).section("Stages").lines())
        .filteredOn(line -> line.startsWith("| `%s` |".formatted(stage.id())))
        .singleElement()
        .asString()
        .contains("| %d s".formatted(stage.limit().toSeconds()));
  }

  /** Of what a package's Javadoc says of it. */
  private static String firstSentence(Path folder) throws IOException {
    String javadoc =
        Files.readString(folder.resolve("package-info.java"))
            .replaceAll("(?s)^/\\*\\*(.*?)\\*/.*$", "$1")
            .replaceAll("\\s*\\n \\*?\\s*", " ")
            .strip();
    return javadoc.replaceAll("\\{@\\w+ ([^}]*)}", "`$1`").split("(?<=\\.)(\\s|$)", 2)[0];
  }

  private static String row(String id, String... texts) {
    return "| `%s` | %s |\n"
        .formatted(
            id, Stream.of(texts).map(ReadmeTablesTest::cell).collect(Collectors.joining(" | ")));
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("<", "&lt;");
  }
}
