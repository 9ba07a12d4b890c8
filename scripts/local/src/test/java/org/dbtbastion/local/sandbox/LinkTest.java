package org.dbtbastion.local.sandbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.util.Arrays;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Repository;
import org.junit.jupiter.api.Test;

class LinkTest {

  private static final String SANDBOX = Repository.script("sandbox").toString();

  @Test
  void theListOfTheScriptIsThatOfTheCode() throws IOException {
    assertThat(Files.readAllLines(Repository.script("lib/links.txt")))
        .containsExactlyElementsOf(
            Arrays.stream(Link.values())
                .map(link -> "%-26s  %s".formatted(link.id(), link.description()))
                .toList());
  }

  @Test
  void theHelpOfTheSandboxSaysWhatEachLinkIs() throws IOException {
    assertThat(Command.of(SANDBOX, "--help").run().output())
        .contains(Files.readAllLines(Repository.script("lib/links.txt")));
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
