package org.dbtbastion.keys;

import java.math.BigInteger;

/** Judges the data of a key: what stands in base64 behind the type. */
final class KeyBlob {

  private static final int ED25519_BITS = 256;
  private static final int RSA_MIN_BITS = 2048;
  private static final int RSA_MAX_BITS = 16_384;

  /** Above this modulus OpenSSL verifies nothing with an exponent of more than 64 bits. */
  private static final int OPENSSL_SMALL_MODULUS_BITS = 3072;

  private static final int OPENSSL_MAX_EXPONENT_BITS = 64;
  private static final int MAX_APPLICATION_LENGTH = 255;

  private KeyBlob() {}

  /** Checks that the data is one key of this type and nothing else; returns the key's bits. */
  static int check(KeyType type, byte[] data) throws Refusal {
    WireReader reader = new WireReader(data);
    if (!reader.text("type").equals(type.sshName())) {
      throw new Refusal(
          KeyProblem.TYPE_MISMATCH,
          "The line says " + type.sshName() + ", but the key's data says something else.");
    }
    int bits =
        switch (type) {
          case ED25519 -> ed25519(reader);
          case ECDSA_P256 -> ecdsa(reader, NistCurve.P256);
          case ECDSA_P384 -> ecdsa(reader, NistCurve.P384);
          case ECDSA_P521 -> ecdsa(reader, NistCurve.P521);
          case RSA -> rsa(reader);
          case SK_ED25519 -> {
            int result = ed25519(reader);
            application(reader);
            yield result;
          }
          case SK_ECDSA_P256 -> {
            int result = ecdsa(reader, NistCurve.P256);
            application(reader);
            yield result;
          }
        };
    reader.end();
    return bits;
  }

  private static int ed25519(WireReader reader) throws Refusal {
    Edwards25519.checkPoint(reader.string("point"));
    return ED25519_BITS;
  }

  private static int ecdsa(WireReader reader, NistCurve curve) throws Refusal {
    if (!reader.text("curve").equals(curve.sshName())) {
      throw new Refusal(
          KeyProblem.TYPE_MISMATCH,
          "The key's type needs the curve %s, but its data names another."
              .formatted(curve.sshName()));
    }
    curve.checkPoint(reader.string("point"));
    return curve.bits();
  }

  private static int rsa(WireReader reader) throws Refusal {
    BigInteger exponent = reader.positiveNumber("exponent");
    BigInteger modulus = reader.positiveNumber("modulus");
    int bits = modulus.bitLength();
    if (bits < RSA_MIN_BITS) {
      throw new Refusal(KeyProblem.RSA_TOO_SHORT, "The RSA key has %d bits.".formatted(bits));
    }
    if (bits > RSA_MAX_BITS) {
      throw new Refusal(KeyProblem.RSA_TOO_LONG, "The RSA key has %d bits.".formatted(bits));
    }
    // ssh-keygen does not look at the exponent. With 1, though, everybody can sign.
    if (!exponent.testBit(0) || exponent.equals(BigInteger.ONE)) {
      throw new Refusal(
          KeyProblem.INVALID_KEY, "The RSA key's exponent is not an odd number of at least 3.");
    }
    if (exponent.compareTo(modulus) >= 0
        || bits > OPENSSL_SMALL_MODULUS_BITS && exponent.bitLength() > OPENSSL_MAX_EXPONENT_BITS) {
      throw new Refusal(
          KeyProblem.INVALID_KEY, "The RSA key's exponent is larger than sshd can work with.");
    }
    if (!modulus.testBit(0)) {
      throw new Refusal(KeyProblem.INVALID_KEY, "The RSA key's modulus is even.");
    }
    return bits;
  }

  private static void application(WireReader reader) throws Refusal {
    String application = reader.text("application");
    if (application.isEmpty()
        || application.length() > MAX_APPLICATION_LENGTH
        || !application.chars().allMatch(c -> c > ' ' && c <= '~')) {
      throw new Refusal(
          KeyProblem.INVALID_KEY,
          "The security key's application is not a name of 1 to %d printable characters."
              .formatted(MAX_APPLICATION_LENGTH));
    }
  }
}
