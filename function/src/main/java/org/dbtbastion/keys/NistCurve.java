package org.dbtbastion.keys;

import java.math.BigInteger;
import java.util.Arrays;

/**
 * The curves of ECDSA keys, y² = x³ - 3x + b over a prime field (FIPS 186-4, appendix D.1.2). Their
 * cofactor is 1, so that each of their points but infinity has the curve's order.
 */
enum NistCurve {
  P256(
      "nistp256",
      256,
      "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
      "5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
      "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
  P384(
      "nistp384",
      384,
      "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000"
          + "ffffffff",
      "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8ed"
          + "d3ec2aef",
      "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196a"
          + "ccc52973"),
  P521(
      "nistp521",
      521,
      "1" + "f".repeat(130),
      "51953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0"
          + "bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
      "1" + "f".repeat(65) + "a51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409");

  private static final byte UNCOMPRESSED = 4;

  private final String sshName;
  private final int bits;
  private final BigInteger prime;
  private final BigInteger b;
  private final BigInteger order;

  NistCurve(String sshName, int bits, String prime, String b, String order) {
    this.sshName = sshName;
    this.bits = bits;
    this.prime = new BigInteger(prime, 16);
    this.b = new BigInteger(b, 16);
    this.order = new BigInteger(order, 16);
  }

  String sshName() {
    return sshName;
  }

  int bits() {
    return bits;
  }

  BigInteger prime() {
    return prime;
  }

  BigInteger b() {
    return b;
  }

  BigInteger order() {
    return order;
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
    int width = (bits + Byte.SIZE - 1) / Byte.SIZE;
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
    BigInteger right = x.pow(2).subtract(BigInteger.valueOf(3)).multiply(x).add(b);
    return y.pow(2).subtract(right).mod(prime).signum() == 0;
  }

  private boolean plausible(BigInteger coordinate) {
    return coordinate.bitLength() > order.bitLength() / 2
        && coordinate.compareTo(order.subtract(BigInteger.ONE)) < 0;
  }
}
