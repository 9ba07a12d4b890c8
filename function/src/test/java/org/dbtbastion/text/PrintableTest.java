package org.dbtbastion.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.EOFException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrintableTest {

  @Test
  void leavesWhatPeopleWrite() {
    String text = "Größe 日本 \ud83d\ude80 'a' \"b\" {c} \\n <d>";

    assertThat(Printable.of(text)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(
      chars = {
        '\0', '\t', '\n', '\r', '\u001b', '\u007f', '\u0085', '\u009b', '\u00ad', '\u200b',
        '\u2028', '\u2029', '\u202e', '\u2066', '\ud800', '\udc00', '\ue000', '\ufeff', '\uffff'
      })
  void replacesWhatIsNotToBeSeenOrMoves(char unprintable) {
    assertThat(Printable.of("a" + unprintable + "b")).isEqualTo("a?b");
  }

  @Test
  void cutsWhatIsLong() {
    assertThat(Printable.of("abcdef", 3)).isEqualTo("abc");
    assertThat(Printable.of("ab\ud83d\ude80", 3)).isEqualTo("ab?");
    assertThat(Printable.of("abc", 3)).isEqualTo("abc");
  }

  @Test
  void namesAnExceptionThatSaysNothing() {
    assertThat(Printable.message(new EOFException())).isEqualTo("EOFException");
    assertThat(Printable.message(new EOFException("the\nend"))).isEqualTo("the?end");
  }

  @Test
  void keepsSecretsOutOfWhatAnotherSideRepeats() {
    assertThat(Printable.message(" refused: s3cret\n", "", "s3cret")).isEqualTo("refused: ***");
  }

  @Test
  void cutsMessagesOfOtherSides() {
    assertThat(Printable.message("x".repeat(301))).hasSize(300);
  }
}
