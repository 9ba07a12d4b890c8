package org.dbtbastion.handler;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.time.Duration;
import java.util.Optional;
import org.dbtbastion.check.Options;
import org.dbtbastion.deadline.Deadline;
import org.junit.jupiter.api.Test;

class OptionFieldsTest {

  private static final Optional<Duration> TEN_MINUTES = Optional.of(Duration.ofMinutes(10));

  @Test
  void aHoldLeavesTimeForTheOtherStages() {
    Options hold = new Options(true, TEN_MINUTES, 0);

    assertThatNoException()
        .isThrownBy(
            () -> OptionFields.refuseWithoutRoom(hold, 1, Deadline.in(Duration.ofSeconds(635))));
    assertThatExceptionOfType(RequestRefused.class)
        .isThrownBy(
            () -> OptionFields.refuseWithoutRoom(hold, 1, Deadline.in(Duration.ofSeconds(625))))
        .withMessageContaining("hold-too-long")
        .withMessageContaining("of which the other stages need 30 s");
  }

  @Test
  void aHoldLeavesTimeForTheLoginsAfterIt() {
    Options both = new Options(true, TEN_MINUTES, 500);

    assertThatNoException()
        .isThrownBy(
            () -> OptionFields.refuseWithoutRoom(both, 1, Deadline.in(Duration.ofSeconds(695))));
    assertThatExceptionOfType(RequestRefused.class)
        .isThrownBy(
            () -> OptionFields.refuseWithoutRoom(both, 1, Deadline.in(Duration.ofSeconds(685))))
        .withMessageContaining("hold-too-long")
        .withMessageContaining("of which the other stages and logins need 90 s");
  }
}
