package org.dbtbastion.local.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Repository;
import org.junit.jupiter.api.Test;

class LinkTest {

  private static final String SANDBOX = Repository.script("sandbox").toString();

  @Test
  void theHelpOfTheSandboxNamesEveryLink() {
    assertThat(Command.of(SANDBOX, "--help").run().output())
        .contains(Arrays.stream(Link.values()).map(Link::id).toList());
  }

  @Test
  void theSandboxRefusesAnotherLinkBeforeItBuildsAndNamesThemAll() {
    Command.Result outcome = Command.of(SANDBOX, "--once", "--break", "no-such-link").run();

    assertThat(outcome.status()).isEqualTo(64);
    assertThat(outcome.errors())
        .contains("no-such-link")
        .contains(Arrays.stream(Link.values()).map(Link::id).toList());
  }
}
