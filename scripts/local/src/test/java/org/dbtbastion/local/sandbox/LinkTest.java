package org.dbtbastion.local.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import org.dbtbastion.local.sandbox.Scripts.Outcome;
import org.dbtbastion.standins.process.Repository;
import org.junit.jupiter.api.Test;

class LinkTest {

  private final Scripts scripts = new Scripts(Repository.root(), Map.of());

  @Test
  void theHelpOfTheSandboxNamesEveryLink() {
    assertThat(scripts.run("sandbox", "--help").out())
        .contains(Arrays.stream(Link.values()).map(Link::id).toList());
  }

  @Test
  void theSandboxRefusesAnotherLinkBeforeItBuildsAndNamesThemAll() {
    Outcome outcome = scripts.run("sandbox", "--once", "--break", "no-such-link");

    assertThat(outcome.status()).isEqualTo(64);
    assertThat(outcome.error())
        .contains("no-such-link")
        .contains(Arrays.stream(Link.values()).map(Link::id).toList());
  }
}
