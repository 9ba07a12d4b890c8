package org.dbtbastion.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dbtbastion.report.LoginsResult.Dropped;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoginsResultTest {

  @ParameterizedTest
  @CsvSource({
    "1,0,1",
    "1,95,1",
    "2,50,1",
    "3,50,2",
    "20,95,19",
    "100,95,95",
    "101,95,96",
    "7,100,7"
  })
  void percentilesAreLatenciesThatWereSeen(int logins, int percent, int millis) {
    List<Duration> latencies =
        IntStream.rangeClosed(1, logins).mapToObj(Duration::ofMillis).collect(Collectors.toList());
    Collections.reverse(latencies);

    assertThat(result(latencies, List.of()).percentile(percent))
        .isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void withoutAnAcceptedLoginThereIsNone() {
    assertThatIllegalStateException().isThrownBy(() -> result(List.of(), List.of()).percentile(50));
  }

  @Test
  void oneDroppedLoginMakesTheReportBad() {
    RouteResult passed = new RouteResult("analytics", Route.TUNNEL, Optional.of("i-1"), List.of());
    List<Duration> one = List.of(Duration.ofMillis(1));

    assertThat(new Report(Duration.ZERO, List.of(passed), List.of(result(one, List.of()))).ok())
        .isTrue();
    assertThat(
            new Report(
                    Duration.ZERO,
                    List.of(passed),
                    List.of(result(one, List.of(new Dropped(Code.SSH_CLOSED, 1, "", "")))))
                .ok())
        .isFalse();
  }

  private static LoginsResult result(List<Duration> latencies, List<Dropped> dropped) {
    return new LoginsResult(Optional.of("i-1"), latencies.size(), latencies, dropped);
  }
}
