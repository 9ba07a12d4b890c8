package org.dbtbastion.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.math.BigInteger;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NistCurveTest {

  @ParameterizedTest
  @EnumSource
  void takesThePointsOfTheJdksKeysAndNoOthers(NistCurve curve) throws Exception {
    ECPublicKey key = key(curve);
    byte[] point = point(curve, key);

    assertThatCode(() -> curve.checkPoint(point)).doesNotThrowAnyException();
    point[point.length - 1] ^= 1;
    assertThatExceptionOfType(Refusal.class).isThrownBy(() -> curve.checkPoint(point));
  }

  /** So that each of its points but infinity has the curve's order. */
  @ParameterizedTest
  @EnumSource
  void hasCofactorOne(NistCurve curve) throws Exception {
    assertThat(key(curve).getParams().getCofactor()).isEqualTo(1);
  }

  private static ECPublicKey key(NistCurve curve) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp%dr1".formatted(curve.bits())));
    return (ECPublicKey) generator.generateKeyPair().getPublic();
  }

  private static byte[] point(NistCurve curve, ECPublicKey key) {
    int width = (curve.bits() + 7) / 8;
    byte[] point = new byte[1 + 2 * width];
    point[0] = 4;
    put(key.getW().getAffineX(), point, 1 + width);
    put(key.getW().getAffineY(), point, 1 + 2 * width);
    return point;
  }

  private static void put(BigInteger coordinate, byte[] point, int end) {
    BigInteger rest = coordinate;
    for (int i = end - 1; rest.signum() > 0; i--) {
      point[i] = rest.byteValue();
      rest = rest.shiftRight(Byte.SIZE);
    }
  }
}
