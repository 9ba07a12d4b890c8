package org.dbtbastion.check;

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
import org.junit.jupiter.api.Test;

/**
 * README's table of codes is what the codes themselves say.
 *
 * <p>After a change of a code: {@code mvn -pl function test -Dtest=TroubleshootingTableTest
 * -Dreadme=write}.
 */
class TroubleshootingTableTest {

  private static final Path README = Path.of("..", "README.md");
  private static final String BEGIN = "<!-- codes: written by TroubleshootingTableTest -->\n";
  private static final String END = "<!-- end of codes -->\n";

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

  @Test
  void isAsTheCodesSay() throws IOException {
    String readme = Files.readString(README);
    int begin = readme.indexOf(BEGIN) + BEGIN.length();
    int end = readme.indexOf(END);
    assertThat(readme).contains(BEGIN, END);
    if ("write".equals(System.getProperty("readme"))) {
      Files.writeString(README, readme.substring(0, begin) + table() + readme.substring(end));
      return;
    }

    assertThat(readme.substring(begin, end)).isEqualTo(table());
  }

  private static String table() {
    return Stream.of(Code.values())
        .map(
            code ->
                "| `%s` | %s | %s |\n"
                    .formatted(code.id(), cell(code.meaning()), cell(code.remedy(NAMES))))
        .collect(Collectors.joining("", "\n| code | cause | fix |\n|---|---|---|\n", "\n"));
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("<", "&lt;");
  }
}
