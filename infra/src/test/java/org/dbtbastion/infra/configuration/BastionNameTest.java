package org.dbtbastion.infra.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.nio.file.Files;
import org.dbtbastion.standins.process.Repository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BastionNameTest {

  /** Whoever takes a name by itself, each in a language or a module of its own. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "scripts/lib/name.sh",
        "infra/bastion/opt/dbt-bastion/write-settings",
        "function/src/main/java/org/dbtbastion/handler/Settings.java"
      })
  void everybodyTakesTheSameNames(String file) throws IOException {
    assertThat(Files.readString(Repository.root().resolve(file)))
        .contains(BastionName.SYNTAX.pattern());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Finance", "1a", "-a", "a_b", "a/b", "a b"})
  void refusesWhatAwsOrAPathWouldNotTake(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> new BastionName(name));
  }

  @Test
  void theLongestNameFitsASchedule() {
    BastionName longest = new BastionName("a".repeat(31));

    // The longest name that is made of it. Source: the EventBridge Scheduler API reference,
    // CreateSchedule.
    assertThat(longest.stack() + "-renew-check-key").hasSizeLessThanOrEqualTo(64);
  }
}
