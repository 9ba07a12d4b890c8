package org.dbtbastion.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.0.5, 10.0.0.5/32",
    "10.0.0.5/24, 10.0.0.0/24",
    "0.0.0.0/0, 0.0.0.0/0",
    "255.255.255.255/32, 255.255.255.255/32"
  })
  void readsBlocksAndAddresses(String text, String block) {
    assertThat(Cidr.of(text)).hasToString(block);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10.0.0", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/", "::1", "a.b.c.d"})
  void refusesWhatIsNone(String text) {
    assertThatIllegalArgumentException().isThrownBy(() -> Cidr.of(text));
  }

  @Test
  void holdsWhatIsBetweenFirstAndLast() {
    Cidr block = Cidr.of("20.10.67.192/26");

    assertThat(block.contains(Cidr.of("20.10.67.192").first())).isTrue();
    assertThat(block.contains(Cidr.of("20.10.67.255").first())).isTrue();
    assertThat(block.contains(Cidr.of("20.10.68.0").first())).isFalse();
    assertThat(block.contains(Cidr.of("20.10.67.191").first())).isFalse();
    assertThat(Cidr.of("0.0.0.0/0").last()).isEqualTo(0xffff_ffffL);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.3.7, true, false",
    "100.64.0.1, true, false",
    "172.31.255.255, true, false",
    "192.168.1.0/24, true, false",
    "127.0.0.1, false, false",
    "169.254.169.254, false, false",
    "172.32.0.0, false, true",
    "100.128.0.0, false, true",
    "3.4.5.6, false, true"
  })
  void knowsWhereAnAddressIsRouted(String address, boolean inPrivate, boolean inPublic) {
    assertThat(Cidr.of(address).isPrivate()).isEqualTo(inPrivate);
    assertThat(Cidr.of(address).isPublic()).isEqualTo(inPublic);
  }
}
