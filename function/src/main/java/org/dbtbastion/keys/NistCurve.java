package org.dbtbastion.keys;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.EllipticCurve;
import java.util.Arrays;

/**
 * The curves of ECDSA keys, y² = x³ + ax + b over a prime field (FIPS 186-4, appendix D.1.2). Their
 * cofactor is 1, so that each of their points but infinity has the curve's order.
 */
enum NistCurve {
  P256("nistp256", "secp256r1"),
  P384("nistp384", "secp384r1"),
  P521("nistp521", "secp521r1");

  private static final byte UNCOMPRESSED = 4;

  private final String sshName;
  private final BigInteger prime;
  private final EllipticCurve curve;
  private final BigInteger order;

  /**
   * @param name what the JDK calls it (SEC 2)
   */
  NistCurve(String sshName, String name) {
    ECParameterSpec parameters = parameters(name);
    this.sshName = sshName;
    this.curve = parameters.getCurve();
    this.prime = ((ECFieldFp) curve.getField()).getP();
    this.order = parameters.getOrder();
  }

  private static ECParameterSpec parameters(String name) {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(name));
      return parameters.getParameterSpec(ECParameterSpec.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has " + name, e);
    }
  }

  String sshName() {
    return sshName;
  }

  int bits() {
    return prime.bitLength();
  }

  BigInteger prime() {
    return prime;
  }

  BigInteger b() {
    return curve.getB();
  }

  /**
   * Checks an encoded point (SEC 1, section 2.3.3) as OpenSSH does: uncompressed, on the curve, and
   * with coordinates that are neither suspiciously small nor as large as the order (sshkey.c,
   * sshkey_ec_validate_public).
   */
  void checkPoint(byte[] encoded) throws Refusal {
    if (encoded.length == 0 || encoded[0] != UNCOMPRESSED) {
      throw new Refusal(KeyProblem.INVALID_KEY, "The key's point is not in uncompressed form.");
    }
    int width = (bits() + Byte.SIZE - 1) / Byte.SIZE;
    if (encoded.length != 1 + 2 * width) {
      throw new Refusal(
          KeyProblem.INVALID_KEY,
          "The key's point has %d bytes, but a point of %s has %d."
              .formatted(encoded.length, sshName, 1 + 2 * width));
    }
    BigInteger x = new BigInteger(1, Arrays.copyOfRange(encoded, 1, 1 + width));
    BigInteger y = new BigInteger(1, Arrays.copyOfRange(encoded, 1 + width, encoded.length));
    if (x.compareTo(prime) >= 0 || y.compareTo(prime) >= 0 || !onCurve(x, y)) {
      throw new Refusal(KeyProblem.INVALID_KEY, "The key's point does not lie on " + sshName + ".");
    }
    if (!plausible(x) || !plausible(y)) {
      throw new Refusal(
          KeyProblem.INVALID_KEY, "The key's point has a coordinate that OpenSSH refuses.");
    }
  }

  private boolean onCurve(BigInteger x, BigInteger y) {
    BigInteger right = x.pow(2).add(curve.getA()).multiply(x).add(curve.getB());
    return y.pow(2).subtract(right).mod(prime).signum() == 0;
  }

  private boolean plausible(BigInteger coordinate) {
    return coordinate.bitLength() > order.bitLength() / 2
        && coordinate.compareTo(order.subtract(BigInteger.ONE)) < 0;
  }
}
