package org.dbtbastion.local.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.dbtbastion.local.benchmark.ground.Rounds;
import org.dbtbastion.local.benchmark.report.Series;
import org.dbtbastion.local.benchmark.report.Unit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeriesTest {

  @Test
  void medianIsTheOneInTheMiddleOrTheMeanOfTwo() {
    assertThat(Series.of(Unit.SECONDS, 9.0, 1.0, 2.0).median()).isEqualTo(2);
    assertThat(Series.of(Unit.SECONDS, 9.0, 1.0, 2.0, 4.0).median()).isEqualTo(3);
    assertThat(Series.of(Unit.SECONDS, 7.0).median()).isEqualTo(7);
  }

  @Test
  void saysHowFarApartTheRunsWere() {
    Series series = Series.of(Unit.MILLISECONDS, 250.0, 95.5, 100.25);

    assertThat(series.least()).isEqualTo(95.5);
    assertThat(series.most()).isEqualTo(250);
    assertThat(series.text()).isEqualTo("100 ms (95.5–250, n = 3)");
    assertThat(Series.of(Unit.MEGABYTES, 11.5).text()).isEqualTo("11.5 MB");
  }

  @Test
  void whatIsAddedIsTheDifferenceInEachPair() {
    Series ours = Series.of(Unit.SECONDS, 7.0, 10.0);

    assertThat(ours.less(Series.of(Unit.SECONDS, 1.0, 4.5)))
        .isEqualTo(Series.of(Unit.SECONDS, 6.0, 5.5));
  }

  @Test
  void ratioIsThatOfPairsAsTheMachineSlowsDown() {
    Series ours = Series.of(Unit.SECONDS, 1.0, 10.0, 100.0);
    Series theirs = Series.of(Unit.SECONDS, 2.0, 40.0, 50.0);

    assertThat(ours.ratioInPairs(theirs)).isEqualTo(0.5);
    assertThat(ours.ratioOfMedians(theirs)).as("not of pairs").isEqualTo(0.25);
  }

  @Test
  void nothingIsNoSeries() {
    assertThatThrownBy(() -> new Series(Unit.COUNT, List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({"0,0", "3,3", "0.123,0.12", "9.99,9.99", "12.345,12.3", "99.5,99.5", "1234.5,1235"})
  void threeDigitsAreEnough(double value, String text) {
    assertThat(Unit.number(value)).isEqualTo(text);
  }

  @Test
  void timesHaveTheUnitsLength() {
    assertThat(Unit.MILLISECONDS.of(Duration.ofNanos(1_500_000))).isEqualTo(1.5, within(1e-9));
    assertThat(Unit.SECONDS.of(Duration.ofMillis(1_500))).isEqualTo(1.5, within(1e-9));
    assertThatThrownBy(() -> Unit.MEGABYTES.of(Duration.ZERO))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void sidesTakeTurnsAndSoDoesTheirOrder() throws Exception {
    List<String> calls = new ArrayList<>();

    List<Series> sides =
        new Rounds(1, 2, Duration.ofMinutes(1))
            .alternate(
                Unit.COUNT,
                List.of(
                    () -> calls.add("a") ? calls.size() : 0,
                    () -> calls.add("b") ? calls.size() : 0));

    assertThat(calls).containsExactly("b", "a", "a", "b", "b", "a");
    assertThat(sides.getFirst().values()).as("without the warm-up").containsExactly(3.0, 6.0);
    assertThat(sides.getLast().values()).containsExactly(4.0, 5.0);
  }

  @Test
  void whatTakesTooLongIsMeasuredOnce() throws Exception {
    Series series = new Rounds(0, 100, Duration.ZERO).of(Unit.COUNT, () -> 1);

    assertThat(series.values()).hasSize(1);
  }
}
