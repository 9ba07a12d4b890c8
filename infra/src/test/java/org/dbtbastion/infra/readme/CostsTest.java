package org.dbtbastion.infra.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.readme.Readme;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The calculations in README.md are right. */
class CostsTest {

  private static final String AMOUNT = "\\d[\\d,]*(?:\\.\\d+)?";
  private static final Pattern NUMBER = Pattern.compile(AMOUNT);
  private static final Pattern PRODUCT =
      Pattern.compile(
          "%1$s(?: [A-Za-z-]+)?(?:\\s+× \\$?%1$s(?: [A-Za-z-]+)?)+ = \\$%1$s".formatted(AMOUNT));

  private static final String SECTION = Readme.in(Repository.infra()).section("What it costs");

  @Test
  void productsAreRight() {
    List<String> products = PRODUCT.matcher(SECTION).results().map(found -> found.group()).toList();

    assertThat(products).hasSize((int) SECTION.chars().filter(each -> each == '=').count());
    assertThat(products)
        .allSatisfy(
            product -> {
              List<BigDecimal> numbers = numbers(product).toList();
              assertThat(
                      numbers.subList(0, numbers.size() - 1).stream()
                          .reduce(BigDecimal.ONE, BigDecimal::multiply)
                          .setScale(2, RoundingMode.HALF_UP))
                  .isEqualTo(numbers.getLast());
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void columnsAddUp(int column) {
    List<List<String>> rows =
        SECTION
            .lines()
            .filter(line -> line.startsWith("| "))
            .skip(1)
            .map(line -> List.of(line.substring(1).split("\\|")))
            .toList();

    assertThat(
            rows.subList(0, rows.size() - 1).stream()
                .flatMap(row -> numbers(row.get(column)))
                .reduce(BigDecimal.ZERO, BigDecimal::add))
        .isEqualTo(numbers(rows.getLast().get(column)).findFirst().orElseThrow());
  }

  private static Stream<BigDecimal> numbers(String text) {
    Matcher matcher = NUMBER.matcher(text);
    return matcher.results().map(found -> new BigDecimal(found.group().replace(",", "")));
  }
}
