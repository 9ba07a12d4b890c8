package org.dbtbastion.standins.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CommandTest {

  @TempDir private Path folder;

  @Test
  void handsOverEnvironmentFolderAndInput() throws Exception {
    Command command = Command.of("sh", "-c", "pwd; echo $WHO; cat; echo no >&2; exit 7");

    assertThat(command.with(Map.of("WHO", "me")).in(folder).reading("typed").run())
        .isEqualTo(new Command.Result(7, folder.toRealPath() + "\nme\ntyped", "no\n"));
  }

  /** As in the C locale too, in which these tests may run. */
  @Test
  void handsOverArgumentsAsTheyAre() {
    String argument = "a \"b\" 'c' $HOME `id` \\n Größe 日本";

    assertThat(Command.of("printf", "%s", argument).runOrThrow()).isEqualTo(argument);
  }

  @Test
  void whatMustSucceedSaysWhyItDidNot() {
    Path log = folder.resolve("log");
    Command failing = Command.of("sh", "-c", "echo so; echo why >&2; exit 3");

    assertThatThrownBy(failing::runOrThrow)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("sh -c", "exit status 3", "so", "why");
    assertThatThrownBy(() -> failing.runOrThrow(log))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContainingAll("sh -c", "exit status 3", log.toString(), "why");
    assertThat(log).hasContent("so\nwhy");
  }

  @Test
  void aProgramThatIsNotThereIsNoSuccess() {
    Command command = Command.of(folder.resolve("nothing").toString());

    assertThat(command.succeeds()).isFalse();
    assertThatThrownBy(command::run).isInstanceOf(UncheckedIOException.class);
  }
}
