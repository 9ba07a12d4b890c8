package org.dbtbastion.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptionsTest {

  @Test
  void takesTheLongestHoldAndTheMostLogins() {
    assertThat(new Options(true, Optional.of(Duration.ofMinutes(14)), 500).logins()).isEqualTo(500);
  }

  @ParameterizedTest
  @ValueSource(strings = {"PT0S", "PT-1S", "PT14M0.001S"})
  void refusesOtherHolds(Duration hold) {
    assertThatIllegalArgumentException().isThrownBy(() -> new Options(true, Optional.of(hold), 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 501})
  void refusesOtherNumbersOfLogins(int logins) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Options(true, Optional.empty(), logins));
  }
}
