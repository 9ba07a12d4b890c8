package org.dbtbastion.keys;

import java.util.Base64;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What identifies a key: the SHA-256 of its data.
 *
 * @param sha256Hex 64 lower-case hexadecimal digits
 */
public record Fingerprint(String sha256Hex) {

  /** What a fingerprint looks like, for messages that refuse something else. */
  public static final String EXPECTED =
      "SHA256: and 43 characters of base64, as ssh-keygen -l prints it, or 64 hexadecimal digits";

  private static final String PREFIX = "SHA256:";
  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]{43}");
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern HEX_OF_ANY_CASE = Pattern.compile("[0-9A-Fa-f]{64}");

  /**
   * @throws IllegalArgumentException if this is not 64 lower-case hexadecimal digits; use {@link
   *     #parse} for what somebody typed
   */
  public Fingerprint {
    Objects.requireNonNull(sha256Hex, "sha256Hex");
    if (!HEX.matcher(sha256Hex).matches()) {
      throw new IllegalArgumentException("not 64 lower-case hexadecimal digits");
    }
  }

  /** Reads a fingerprint of the form {@link #EXPECTED}; empty if it is anything else. */
  public static Optional<Fingerprint> parse(String text) {
    if (HEX_OF_ANY_CASE.matcher(text).matches()) {
      return Optional.of(ofSha256(HexFormat.of().parseHex(text)));
    }
    if (!text.startsWith(PREFIX)
        || !BASE64.matcher(text).region(PREFIX.length(), text.length()).matches()) {
      return Optional.empty();
    }
    Fingerprint fingerprint = ofSha256(Base64.getDecoder().decode(text.substring(PREFIX.length())));
    // Two bits of the last character mean nothing, and must be zero.
    return fingerprint.toString().equals(text) ? Optional.of(fingerprint) : Optional.empty();
  }

  static Fingerprint ofSha256(byte[] sha256) {
    return new Fingerprint(HexFormat.of().formatHex(sha256));
  }

  /** As {@code ssh-keygen -l} prints it: {@code SHA256:} and unpadded base64. */
  @Override
  public String toString() {
    return PREFIX
        + Base64.getEncoder().withoutPadding().encodeToString(HexFormat.of().parseHex(sha256Hex));
  }
}
