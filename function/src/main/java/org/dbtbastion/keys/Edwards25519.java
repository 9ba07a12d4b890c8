package org.dbtbastion.keys;

import java.math.BigInteger;

/** The curve of Ed25519 keys, -x² + y² = 1 + dx²y² (RFC 8032, section 5.1). */
final class Edwards25519 {

  private static final int ENCODED_BYTES = 32;

  private static final BigInteger TWO = BigInteger.TWO;
  private static final BigInteger P = TWO.pow(255).subtract(BigInteger.valueOf(19));
  private static final BigInteger D =
      BigInteger.valueOf(-121_665).multiply(BigInteger.valueOf(121_666).modInverse(P)).mod(P);
  private static final BigInteger SQRT_OF_MINUS_ONE =
      TWO.modPow(P.subtract(BigInteger.ONE).shiftRight(2), P);
  private static final int COFACTOR_DOUBLINGS = 3;

  private Edwards25519() {}

  private record Point(BigInteger x, BigInteger y) {

    Point doubled() {
      BigInteger xx = x.multiply(x);
      BigInteger yy = y.multiply(y);
      BigInteger dxxyy = D.multiply(xx).multiply(yy);
      return new Point(
          quotient(x.multiply(y).shiftLeft(1), BigInteger.ONE.add(dxxyy)),
          quotient(yy.add(xx), BigInteger.ONE.subtract(dxxyy)));
    }

    boolean isNeutral() {
      return x.signum() == 0 && y.equals(BigInteger.ONE);
    }
  }

  /**
   * Checks an encoded point. OpenSSH only counts the bytes when it reads a key; but what is no
   * point can never log in, and with a point of small order everybody can: a signature that holds
   * under it needs no private key.
   */
  static void checkPoint(byte[] encoded) throws Refusal {
    if (encoded.length != ENCODED_BYTES) {
      throw new Refusal(
          KeyProblem.INVALID_KEY,
          "The key has %d bytes, but an Ed25519 key has %d."
              .formatted(encoded.length, ENCODED_BYTES));
    }
    byte[] bigEndian = new byte[ENCODED_BYTES];
    for (int i = 0; i < ENCODED_BYTES; i++) {
      bigEndian[i] = encoded[ENCODED_BYTES - 1 - i];
    }
    BigInteger y = new BigInteger(1, bigEndian).clearBit(255);
    if (y.compareTo(P) >= 0) {
      throw new Refusal(
          KeyProblem.INVALID_KEY, "The key does not encode a point of Ed25519's curve.");
    }
    Point point = new Point(xOf(y), y);
    for (int i = 0; i < COFACTOR_DOUBLINGS; i++) {
      point = point.doubled();
    }
    if (point.isNeutral()) {
      throw new Refusal(
          KeyProblem.INVALID_KEY,
          "The key is a point of small order, under which anybody can make signatures.");
    }
  }

  /** One of the two x of this y; which one is the same for every question asked here. */
  private static BigInteger xOf(BigInteger y) throws Refusal {
    BigInteger yy = y.multiply(y);
    BigInteger xx = quotient(yy.subtract(BigInteger.ONE), D.multiply(yy).add(BigInteger.ONE));
    BigInteger x = xx.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
    if (!x.multiply(x).mod(P).equals(xx)) {
      x = x.multiply(SQRT_OF_MINUS_ONE).mod(P);
    }
    if (!x.multiply(x).mod(P).equals(xx)) {
      throw new Refusal(
          KeyProblem.INVALID_KEY, "The key does not encode a point of Ed25519's curve.");
    }
    return x;
  }

  private static BigInteger quotient(BigInteger dividend, BigInteger divisor) {
    return dividend.multiply(divisor.modInverse(P)).mod(P);
  }
}
