package org.dbtbastion.local.preflight;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.dbtbastion.standins.process.Repository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The table of what a preflight can find, in scripts/README.md. After a change: {@code mvn -pl
 * scripts/local -am test -Dtest=CausesTest -Dreadme=write -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class CausesTest {

  private static final Path README = Repository.root().resolve("scripts/README.md");
  private static final String BEGIN = "<!-- preflight: written by CausesTest -->\n";
  private static final String END = "<!-- end of preflight -->\n";

  @Test
  void theTableIsAsTheCodeSays() throws IOException {
    StringBuilder table =
        new StringBuilder("\n| code | what it means | what to do |\n|---|---|---|\n");
    for (Cause cause : Cause.values()) {
      table.append("| `%s` | %s | %s |\n".formatted(cause.id(), cause.meaning(), cause.remedy()));
    }
    table.append('\n');
    String readme = Files.readString(README);
    assertThat(readme).contains(BEGIN, END);
    int begin = readme.indexOf(BEGIN) + BEGIN.length();
    int end = readme.indexOf(END);
    if ("write".equals(System.getProperty("readme"))) {
      Files.writeString(README, readme.substring(0, begin) + table + readme.substring(end));
      return;
    }

    assertThat(readme.substring(begin, end)).isEqualTo(table.toString());
  }

  @ParameterizedTest
  @EnumSource
  void saysWhatItMeansAndWhatToDoInOneSentenceEach(Cause cause) {
    assertThat(cause.meaning()).matches("[A-Z].*[^.]");
    assertThat(cause.remedy()).matches("[A-Z][^.]*\\.");
  }

  @Test
  void whatIsNotKnownComesLast() {
    assertThat(List.of(Cause.values()).getLast().severity()).isEqualTo(Cause.Severity.UNKNOWN);
    assertThat(List.of(Cause.values()))
        .filteredOn(cause -> cause.severity() == Cause.Severity.UNKNOWN)
        .hasSize(1)
        .isSortedAccordingTo(Comparator.naturalOrder());
  }
}
