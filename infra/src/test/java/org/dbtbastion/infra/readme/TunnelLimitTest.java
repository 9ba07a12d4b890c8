package org.dbtbastion.infra.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.readme.Readme;
import org.junit.jupiter.api.Test;

/** README.md and the hosts calculate the same number of tunnels. */
class TunnelLimitTest {

  private static final String SECTION =
      Readme.in(Repository.infra()).section("How many tunnels a host holds");

  private static int kib(String name) throws IOException {
    String rule = Files.readString(Path.of("bastion/opt/dbt-bastion/tunnels.py"));
    Matcher matcher =
        Pattern.compile("(?m)^%s = (\\d+)( \\* 1024)?$".formatted(name)).matcher(rule);
    assertThat(matcher.find()).isTrue();
    return Integer.parseInt(matcher.group(1)) * (matcher.group(2) == null ? 1 : 1024);
  }

  private static int number(String cell) {
    return Integer.parseInt(cell.replaceAll("\\D", ""));
  }

  @Test
  void everyTypeHoldsWhatItsMemoryIsEnoughFor() throws IOException {
    List<List<String>> rows =
        SECTION
            .lines()
            .filter(line -> line.startsWith("| `"))
            .map(line -> Arrays.asList(line.split("\\|")))
            .toList();
    int reserved = kib("RESERVED");
    int tunnel = kib("PER_TUNNEL");

    assertThat(rows).hasSize(4);
    assertThat(rows)
        .allSatisfy(
            row ->
                assertThat(number(row.get(4)))
                    .isEqualTo((number(row.get(3)) * 1024 - reserved) / tunnel));
    assertThat(SECTION)
        .contains("%d MiB are for".formatted(reserved / 1024))
        .contains("takes %s MiB".formatted(tunnel / 1024.0));
  }
}
