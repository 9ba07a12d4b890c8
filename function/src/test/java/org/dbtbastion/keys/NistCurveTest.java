package org.dbtbastion.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class NistCurveTest {

  @ParameterizedTest
  @EnumSource
  void hasTheConstantsThatTheJdkHas(NistCurve curve) throws Exception {
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec("secp%dr1".formatted(curve.bits())));
    ECParameterSpec expected = parameters.getParameterSpec(ECParameterSpec.class);

    BigInteger prime = ((ECFieldFp) expected.getCurve().getField()).getP();
    assertThat(curve.prime()).isEqualTo(prime);
    assertThat(curve.b()).isEqualTo(expected.getCurve().getB());
    assertThat(curve.order()).isEqualTo(expected.getOrder());
    assertThat(expected.getCurve().getA()).isEqualTo(prime.subtract(BigInteger.valueOf(3)));
    assertThat(expected.getCofactor()).isEqualTo(1);
  }
}
