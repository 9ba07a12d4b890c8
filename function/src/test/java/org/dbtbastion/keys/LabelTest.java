package org.dbtbastion.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "prod",
        "prod: analytics (dbt) #2",
        "a.b_c-d/e@f:g+h",
        "Büro Köln",
        "生産環境",
        "производство",
        "उत्पादन",
        "การผลิต",
        "e\u0301",
        "0",
      })
  void acceptsLettersOfAnyScriptAndSomePunctuation(String text) {
    assertThat(Label.parse(text)).isEqualTo(new Label.Parsed.Accepted(new Label(text)));
  }

  @Test
  void countsCharactersNotTheirParts() {
    accepted("x".repeat(100));
    accepted("\uD835\uDC00".repeat(100));
    assertThat(refused("x".repeat(101))).contains("101 characters");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ",
        " x",
        "x ",
        "x\n",
        "a\tb",
        "a\nb",
        "a\0b",
        "{{x}}",
        "{",
        "a{{b",
        "a\"b",
        "a'b",
        "a\\b",
        "a$b",
        "a`b",
        "a;b",
        "a|b",
        "a&b",
        "<b>",
        "a,b",
        "a=b",
        "a\u00a0b",
        "a\u200bb",
        "a\u202eb",
        "a\u3164b",
        "a\ufe0fb",
        "a\ud800b",
        "😀",
        "\u2028",
      })
  void refusesEverythingElseAndSaysWhatIsAllowed(String text) {
    assertThat(refused(text)).contains("letters, digits, spaces").endsWith(".");
    assertThatThrownBy(() -> new Label(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void namesTheCharacterThatIsWrong() {
    assertThat(refused("a{b")).contains("'{'");
    assertThat(refused("a\u202eb")).contains("U+202E").doesNotContain("\u202e");
    assertThat(refused("")).contains("empty");
  }

  private static void accepted(String text) {
    assertThat(Label.parse(text)).isInstanceOf(Label.Parsed.Accepted.class);
  }

  private static String refused(String text) {
    Label.Parsed parsed = Label.parse(text);
    assertThat(parsed).isInstanceOf(Label.Parsed.Refused.class);
    return ((Label.Parsed.Refused) parsed).detail();
  }
}
