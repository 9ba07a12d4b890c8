package org.dbtbastion.keys;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads the data types of RFC 4251, section 5, from a key. */
final class WireReader {

  private final byte[] data;
  private int at;

  WireReader(byte[] data) {
    this.data = data;
  }

  /** A string: four bytes of length, then that many bytes. */
  byte[] string(String what) throws Refusal {
    int left = data.length - at;
    if (left < Integer.BYTES) {
      throw new Refusal(KeyProblem.TRUNCATED, "The key's data ends before its " + what + ".");
    }
    long length =
        Integer.toUnsignedLong(
            (data[at] & 0xff) << 24
                | (data[at + 1] & 0xff) << 16
                | (data[at + 2] & 0xff) << 8
                | (data[at + 3] & 0xff));
    left -= Integer.BYTES;
    if (length > left) {
      throw new Refusal(
          KeyProblem.TRUNCATED,
          "The key's %s should have %d bytes, but the data ends after %d."
              .formatted(what, length, left));
    }
    at += Integer.BYTES;
    byte[] value = Arrays.copyOfRange(data, at, at + (int) length);
    at += (int) length;
    return value;
  }

  /** A string of bytes as text, each byte one character. */
  String text(String what) throws Refusal {
    return new String(string(what), StandardCharsets.ISO_8859_1);
  }

  /**
   * A positive number in its only right form. OpenSSH also takes superfluous zeros in front; but
   * then it computes the fingerprint of the key without them, and one key had many forms.
   */
  BigInteger positiveNumber(String what) throws Refusal {
    byte[] value = string(what);
    if (value.length == 0) {
      throw new Refusal(KeyProblem.INVALID_KEY, "The key's " + what + " is zero.");
    }
    if (value[0] < 0) {
      throw new Refusal(KeyProblem.INVALID_KEY, "The key's " + what + " is negative.");
    }
    if (value[0] == 0 && (value.length == 1 || value[1] >= 0)) {
      throw new Refusal(
          KeyProblem.INVALID_KEY, "The key's " + what + " begins with superfluous zeros.");
    }
    return new BigInteger(value);
  }

  void end() throws Refusal {
    if (at < data.length) {
      throw new Refusal(
          KeyProblem.TRAILING_DATA,
          "%d byte(s) follow the end of the key.".formatted(data.length - at));
    }
  }
}
