package org.dbtbastion.keys;

import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/** Judges what somebody pasted, from the outside in. */
final class PublicKeyParser {

  /** OpenSSH's own limit for a line with a public key (SSH_MAX_PUBKEY_BYTES). */
  private static final int MAX_LENGTH = 16_384;

  private static final String SURROUNDING = " \t\r\n";
  private static final Pattern LINE_BREAK = Pattern.compile("[\r\n]+");
  private static final Pattern BLANKS = Pattern.compile("[ \t]+");
  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/]+={0,2}");
  private static final Pattern FOREIGN_ARMOUR = Pattern.compile("^-{4,5} ?BEGIN ");

  /** Names that OpenSSH or its relatives give to types: no other first word is ever repeated. */
  private static final Pattern HARMLESS_NAME =
      Pattern.compile("(?:ssh|ecdsa-sha2|rsa-sha2|sk|webauthn-sk|x509v3)-[a-z0-9@.-]{1,40}");

  private static final Pattern CERTIFICATE_NAME =
      Pattern.compile("[a-z0-9-]{1,40}-cert-v0[01]@openssh\\.com");
  private static final String DSA_NAME = "ssh-dss";

  /** Every key's data starts so in base64: the type's length is below 256. */
  private static final String DATA_START = "AAAA";

  private PublicKeyParser() {}

  static PublicKey.Parsed parse(String text) {
    try {
      return accept(text);
    } catch (Refusal refusal) {
      return new PublicKey.Parsed.Refused(refusal.problem(), refusal.getMessage());
    }
  }

  private static PublicKey.Parsed accept(String text) throws Refusal {
    String line = soleLine(text);
    String[] fields = BLANKS.split(line, 3);
    KeyType type = type(fields[0], line);
    if (fields.length < 2) {
      throw new Refusal(KeyProblem.TRUNCATED, "Nothing follows the key's type.");
    }
    byte[] data = decode(fields[1]);
    int bits = KeyBlob.check(type, data);
    return new PublicKey.Parsed.Accepted(
        new PublicKey(type, bits, data), fields.length < 3 ? "" : fields[2]);
  }

  private static String soleLine(String text) throws Refusal {
    // First of all: whoever pastes a private key must learn that, whatever else is wrong.
    Optional<String> privateKey = PrivateKeys.kindIn(text);
    if (privateKey.isPresent()) {
      throw new Refusal(KeyProblem.PRIVATE_KEY, "This is " + privateKey.get() + ".");
    }
    String line = stripped(text);
    if (line.isEmpty()) {
      throw new Refusal(KeyProblem.EMPTY, "There is no key.");
    }
    if (line.length() > MAX_LENGTH) {
      throw new Refusal(
          KeyProblem.TOO_LARGE, "The text has %d characters.".formatted(line.length()));
    }
    if (FOREIGN_ARMOUR.matcher(line).find()) {
      throw new Refusal(
          KeyProblem.NOT_OPENSSH_FORMAT, "This is a file of another format, with a BEGIN line.");
    }
    int lines = LINE_BREAK.split(line).length;
    if (lines > 1) {
      throw new Refusal(KeyProblem.SEVERAL_LINES, "The text has %d lines.".formatted(lines));
    }
    OptionalInt invisible = firstInvisible(line);
    if (invisible.isPresent()) {
      int index = invisible.getAsInt();
      throw new Refusal(
          KeyProblem.CONTROL_CHARACTERS,
          "Character %d is U+%04X."
              .formatted(line.codePointCount(0, index) + 1, line.codePointAt(index)));
    }
    return line;
  }

  /** By hand, as a pattern takes quadratic time over hostile runs of white space. */
  private static String stripped(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && SURROUNDING.indexOf(text.charAt(start)) >= 0) {
      start++;
    }
    while (end > start && SURROUNDING.indexOf(text.charAt(end - 1)) >= 0) {
      end--;
    }
    return text.substring(start, end);
  }

  private static OptionalInt firstInvisible(String line) {
    for (int i = 0; i < line.length(); i += Character.charCount(line.codePointAt(i))) {
      int c = line.codePointAt(i);
      boolean invisible =
          switch (Character.getType(c)) {
            case Character.CONTROL -> c != '\t';
            case Character.SPACE_SEPARATOR -> c != ' ';
            case Character.FORMAT,
                Character.LINE_SEPARATOR,
                Character.PARAGRAPH_SEPARATOR,
                Character.SURROGATE ->
                true;
            default -> false;
          };
      if (invisible) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  private static KeyType type(String word, String line) throws Refusal {
    Optional<KeyType> known = KeyType.named(word);
    if (known.isPresent()) {
      return known.get();
    }
    if (word.equals(DSA_NAME)) {
      throw new Refusal(KeyProblem.DSA, "This is a DSA key.");
    }
    if (CERTIFICATE_NAME.matcher(word).matches()) {
      throw new Refusal(KeyProblem.CERTIFICATE, "This is a certificate of type " + word + ".");
    }
    if (hasKeyInside(line)) {
      throw new Refusal(
          KeyProblem.OPTIONS_NOT_ALLOWED, "Something stands in front of the key's type.");
    }
    if (word.startsWith(DATA_START) && BASE64.matcher(word).matches()) {
      throw new Refusal(
          KeyProblem.TRUNCATED,
          "The line starts with the key's data; the type in front is missing.");
    }
    throw new Refusal(
        KeyProblem.UNKNOWN_TYPE,
        HARMLESS_NAME.matcher(word).matches()
            ? "Keys of type " + word + " cannot be registered."
            : "The first word is not a type of key.");
  }

  /** Whether a key follows further on, as it does behind options and host names. */
  private static boolean hasKeyInside(String line) {
    List<String> words = Arrays.asList(BLANKS.split(line));
    for (int i = 1; i + 1 < words.size(); i++) {
      String word = words.get(i);
      boolean type =
          KeyType.named(word).isPresent()
              || word.equals(DSA_NAME)
              || CERTIFICATE_NAME.matcher(word).matches();
      if (type && words.get(i + 1).startsWith(DATA_START)) {
        return true;
      }
    }
    return false;
  }

  private static byte[] decode(String base64) throws Refusal {
    if (!BASE64.matcher(base64).matches()) {
      throw new Refusal(
          KeyProblem.NOT_BASE64, "The word after the key's type holds other characters.");
    }
    if (base64.length() % 4 != 0) {
      throw new Refusal(
          KeyProblem.TRUNCATED,
          "The key's data has %d characters, which is not a multiple of 4."
              .formatted(base64.length()));
    }
    byte[] data = Base64.getDecoder().decode(base64);
    // The decoder ignores bits behind the last byte; then several texts would stand for one key.
    if (!Base64.getEncoder().encodeToString(data).equals(base64)) {
      throw new Refusal(KeyProblem.NOT_BASE64, "The last character of the key's data is wrong.");
    }
    return data;
  }
}
