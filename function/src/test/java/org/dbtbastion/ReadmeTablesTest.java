package org.dbtbastion;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.AbstractMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dbtbastion.audit.Cause;
import org.dbtbastion.check.Code;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * README's tables of a check's codes and the audit's findings are what these themselves say.
 *
 * <p>After a change of one: {@code mvn -pl function test -Dtest=ReadmeTablesTest -Dreadme=write}.
 */
class ReadmeTablesTest {

  private static final Path README = Path.of("..", "README.md");

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
    CODES {
      @Override
      Stream<String> rows() {
        return Stream.of(Code.values())
            .map(code -> row(code.id(), code.meaning(), code.remedy(NAMES)));
      }
    },
    FINDINGS {
      @Override
      Stream<String> rows() {
        return Stream.of(Cause.values())
            .map(cause -> row(cause.id(), cause.meaning(), cause.remedy()));
      }
    };

    abstract Stream<String> rows();

    private String begin() {
      return "<!-- %s: written by ReadmeTablesTest -->\n"
          .formatted(name().toLowerCase(Locale.ROOT));
    }

    private String end() {
      return "<!-- end of %s -->\n".formatted(name().toLowerCase(Locale.ROOT));
    }

    private String text() {
      return rows()
          .collect(Collectors.joining("", "\n| code | cause | fix |\n|---|---|---|\n", "\n"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void isAsTheCodesSay(Table table) throws IOException {
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

  private static String row(String id, String meaning, String remedy) {
    return "| `%s` | %s | %s |\n".formatted(id, cell(meaning), cell(remedy));
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("<", "&lt;");
  }
}
