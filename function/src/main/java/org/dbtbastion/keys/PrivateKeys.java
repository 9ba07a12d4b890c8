package org.dbtbastion.keys;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Recognizes private keys that were pasted by mistake, whole or in part, so that the person learns
 * that the key is disclosed now. What is found is named by its kind, and nothing of it repeated.
 */
final class PrivateKeys {

  private static final Pattern ARMOUR =
      Pattern.compile(
          "(?:BEGIN|END)[ A-Z0-9]{0,40}PRIVATE KEY|SSH PRIVATE KEY FILE FORMAT",
          Pattern.CASE_INSENSITIVE);
  private static final Pattern PUTTY =
      Pattern.compile("PuTTY-User-Key-File-|\\bPrivate-(?:Lines|MAC|Hash):");
  private static final Pattern NOT_BASE64 = Pattern.compile("[^A-Za-z0-9+/]");

  /** "openssh-key-v1" in base64, up to the last character that is the same whatever follows. */
  private static final String OPENSSH_MAGIC = "b3BlbnNzaC1rZXktdj";

  /** "-----BEGIN" in base64: keys are wrapped so for environment variables and secrets. */
  private static final String WRAPPED_ARMOUR = "LS0tLS1CRUdJTi";

  private static final int DER_SEQUENCE = 0x30;
  private static final int DER_INTEGER = 0x02;
  private static final int DER_OBJECT_IDENTIFIER = 0x06;

  /** 1.2.840.113549.1.5, PKCS #5: the algorithms that encrypt a PKCS #8 key. */
  private static final byte[] PKCS5 = {
    0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x05
  };

  /** 1.2.840.113549.1.12, PKCS #12: older ones for the same. */
  private static final byte[] PKCS12 = {
    0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x0c
  };

  private static final int BYTES_TO_LOOK_AT = 64;

  private PrivateKeys() {}

  /** The kind of private key in a text, such as "a private key in PuTTY's format". */
  static Optional<String> kindIn(String text) {
    if (PUTTY.matcher(text).find()) {
      return Optional.of("a private key in PuTTY's format");
    }
    if (ARMOUR.matcher(text).find()) {
      return Optional.of("a private key");
    }
    if (text.contains(OPENSSH_MAGIC)) {
      return Optional.of("the inside of an OpenSSH private key");
    }
    String start = text.strip();
    if (start.startsWith(WRAPPED_ARMOUR)) {
      return ARMOUR.matcher(new String(decode(start), StandardCharsets.ISO_8859_1)).find()
          ? Optional.of("a private key in another layer of base64")
          : Optional.empty();
    }
    return isPrivateDer(decode(start))
        ? Optional.of("the inside of a PEM private key")
        : Optional.empty();
  }

  /** The first bytes of what may be base64 with line breaks; none where it is something else. */
  private static byte[] decode(String start) {
    String head = start.substring(0, Math.min(start.length(), 2 * BYTES_TO_LOOK_AT));
    String base64 = NOT_BASE64.matcher(head.replaceAll("[\\s\"']|\\\\n", "")).replaceFirst("=");
    int end = base64.indexOf('=');
    base64 = end < 0 ? base64 : base64.substring(0, end);
    return Base64.getDecoder().decode(base64.substring(0, base64.length() / 4 * 4));
  }

  /**
   * Private keys in DER start with a version, a one-byte number (PKCS #1, PKCS #8, SEC 1), or with
   * the algorithm that they are encrypted with; public ones with neither.
   */
  private static boolean isPrivateDer(byte[] der) {
    int inside = contentOf(der, 0, DER_SEQUENCE);
    if (inside < 0) {
      return false;
    }
    int number = contentOf(der, inside, DER_INTEGER);
    if (number >= 0) {
      return number - inside == 2 && der[inside + 1] == 1;
    }
    int algorithm = contentOf(der, inside, DER_SEQUENCE);
    int identifier = algorithm < 0 ? -1 : contentOf(der, algorithm, DER_OBJECT_IDENTIFIER);
    return identifier >= 0 && (hasAt(der, identifier, PKCS5) || hasAt(der, identifier, PKCS12));
  }

  /** Where the content of the element at {@code at} starts, or -1 if it is not of this tag. */
  private static int contentOf(byte[] der, int at, int tag) {
    if (at + 2 > der.length || der[at] != tag) {
      return -1;
    }
    int lengthBytes = der[at + 1] < 0 ? der[at + 1] & 0x7f : 0;
    int content = at + 2 + lengthBytes;
    return lengthBytes <= Integer.BYTES && content < der.length ? content : -1;
  }

  private static boolean hasAt(byte[] der, int at, byte[] expected) {
    return at + expected.length <= der.length
        && Arrays.equals(der, at, at + expected.length, expected, 0, expected.length);
  }
}
