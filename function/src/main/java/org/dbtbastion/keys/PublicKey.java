package org.dbtbastion.keys;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Objects;

/**
 * An SSH public key that OpenSSH can work with and that may be registered.
 *
 * <p>There is one {@code PublicKey} for each key, whatever comment or white space it was pasted
 * with; two are equal if their data is. Immutable and thread-safe.
 */
public final class PublicKey {

  private final KeyType type;
  private final int bits;
  private final byte[] data;
  private final Fingerprint fingerprint;

  PublicKey(KeyType type, int bits, byte[] data) {
    this.type = type;
    this.bits = bits;
    this.data = data;
    this.fingerprint = Fingerprint.ofSha256(sha256(data));
  }

  /** What became of a pasted text. */
  public sealed interface Parsed {

    /**
     * The text is a key that may be registered.
     *
     * @param comment what follows the key on its line, never trusted nor kept with the key; empty
     *     if nothing does
     */
    record Accepted(PublicKey key, String comment) implements Parsed {
      public Accepted {
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(comment, "comment");
      }
    }

    /**
     * The text is no such key.
     *
     * @param detail what was found, in one sentence that repeats nothing of the text but the name
     *     of a type
     */
    record Refused(KeyProblem code, String detail) implements Parsed {
      public Refused {
        Objects.requireNonNull(code, "code");
        Objects.requireNonNull(detail, "detail");
      }
    }
  }

  /**
   * Judges a pasted line, {@code type base64 [comment]} (sshd(8), AUTHORIZED_KEYS FILE FORMAT), as
   * strictly as {@code ssh-keygen -l} does or stricter: what is accepted here OpenSSH accepts, with
   * the same fingerprint. White space around the line, and any spaces and tabs between its parts,
   * do not matter.
   *
   * <p>Stricter where OpenSSH is lenient: RSA from 2048 bits, with an exponent that makes sense and
   * numbers without superfluous zeros; Ed25519 only with a point that can verify signatures and is
   * not of small order; no DSA, certificates, options, abbreviated or foreign type names.
   */
  public static Parsed parse(String line) {
    return PublicKeyParser.parse(Objects.requireNonNull(line, "line"));
  }

  /** The type. */
  public KeyType type() {
    return type;
  }

  /** The length in bits, as {@code ssh-keygen -l} counts it. */
  public int bits() {
    return bits;
  }

  /** The fingerprint as {@code ssh-keygen -l} prints it: {@code SHA256:} and unpadded base64. */
  public String fingerprint() {
    return fingerprint.toString();
  }

  /** The same fingerprint as 64 lower-case hexadecimal digits. */
  public String sha256Hex() {
    return fingerprint.sha256Hex();
  }

  /** The key as one line without options and comment: {@code type base64}. */
  public String openSshLine() {
    return type.sshName() + " " + Base64.getEncoder().encodeToString(data);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PublicKey that && Arrays.equals(data, that.data);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(data);
  }

  /** Type, bits and fingerprint. */
  @Override
  public String toString() {
    return "%s %d %s".formatted(type.sshName(), bits, fingerprint);
  }

  private static byte[] sha256(byte[] data) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(data);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
