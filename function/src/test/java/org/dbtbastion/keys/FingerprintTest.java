package org.dbtbastion.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FingerprintTest {

  private static final String HEX =
      "dd2c6572f7001d3703767fbef57dd671e27" + "9d9df3ef5650ca9c5e08f6d843ea0";

  @Test
  void readsBothForms() {
    Fingerprint fingerprint = Fingerprint.parse(KeyLine.ED25519_FINGERPRINT).orElseThrow();
    assertThat(fingerprint).hasToString(KeyLine.ED25519_FINGERPRINT);
    assertThat(fingerprint.sha256Hex()).isEqualTo(HEX);
    assertThat(Fingerprint.parse(HEX)).contains(fingerprint);
    assertThat(Fingerprint.parse(HEX.toUpperCase(Locale.ROOT))).contains(fingerprint);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "SHA256:",
        "3SxlcvcAHTcDdn++9X3WceJ52d8+9WUMqcXgj22EPqA",
        "sha256:3SxlcvcAHTcDdn++9X3WceJ52d8+9WUMqcXgj22EPqA",
        "SHA256:3SxlcvcAHTcDdn++9X3WceJ52d8+9WUMqcXgj22EPqA=",
        "SHA256:3SxlcvcAHTcDdn++9X3WceJ52d8+9WUMqcXgj22EPqB",
        "SHA256:3SxlcvcAHTcDdn++9X3WceJ52d8+9WUMqcXgj22EPq",
        " SHA256:3SxlcvcAHTcDdn++9X3WceJ52d8+9WUMqcXgj22EPqA",
        "SHA256:3SxlcvcAHTcDdn++9X3WceJ52d8+9WUMqcXgj22EPqA\n",
        "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
        "dd2c6572f7001d3703767fbef57dd671e279d9df3ef5650ca9c5e08f6d843ea",
        "../dd2c6572f7001d3703767fbef57dd671e279d9df3ef5650ca9c5e08f6d843",
      })
  void refusesEverythingElse(String text) {
    assertThat(Fingerprint.parse(text)).isEmpty();
  }

  @Test
  void isAlwaysSixtyFourLowerCaseDigits() {
    assertThatThrownBy(() -> new Fingerprint(HEX.toUpperCase(Locale.ROOT)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Fingerprint("../x")).isInstanceOf(IllegalArgumentException.class);
  }
}
