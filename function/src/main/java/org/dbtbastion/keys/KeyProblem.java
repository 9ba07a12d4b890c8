package org.dbtbastion.keys;

/** Why a pasted text is not a public key that may be registered, and what to do about it. */
public enum KeyProblem {
  /** Nothing but white space. */
  EMPTY(
      "key-empty",
      "Paste the public key as one line: its type, its base64 data and, if you like, a comment."),
  /** More than one line: several keys, or one that was wrapped. */
  SEVERAL_LINES(
      "key-several-lines",
      "Register one key per call, on one line; if your terminal or mail program wrapped the key,"
          + " join its lines again without spaces."),
  /** A private key, whole or in part, in any of the usual formats. */
  PRIVATE_KEY(
      "key-private",
      "Treat that private key as disclosed: make a new pair, replace the old one wherever it is"
          + " used, and paste the public key (the file that ends in .pub, or what dbt shows)."),
  /** Options of authorized_keys, or a host name, in front of the key. */
  OPTIONS_NOT_ALLOWED(
      "key-options-not-allowed",
      "Remove everything in front of the key's type: the bastion itself decides what a key may"
          + " do."),
  /** An OpenSSH certificate. */
  CERTIFICATE(
      "key-certificate",
      "Paste the plain public key that the certificate was made for (the .pub file without -cert"
          + " in its name)."),
  /** A DSA key, which OpenSSH has disabled since 7.0. */
  DSA("key-dsa", "Make a new pair with ssh-keygen -t ed25519: sshd refuses DSA keys."),
  /** The first word is no type of key that may be registered. */
  UNKNOWN_TYPE(
      "key-unknown-type",
      "Paste the whole line, starting with one of these types: " + KeyType.allNames() + "."),
  /** What follows the type is not base64. */
  NOT_BASE64(
      "key-not-base64",
      "Copy the key again from its source without changing it: after the type comes plain base64"
          + " (A-Z a-z 0-9 + / and = at the end)."),
  /** A part is missing. */
  TRUNCATED(
      "key-truncated",
      "Copy the whole line again, from the type to the end of the base64 data, with no spaces or"
          + " line breaks inside the data."),
  /** The type in front and the type, or the curve, inside the data differ. */
  TYPE_MISMATCH(
      "key-type-mismatch",
      "Copy the whole line again from one key: its type and its data belong to different kinds of"
          + " key."),
  /** The key is whole, but something follows it in the data. */
  TRAILING_DATA(
      "key-trailing-data",
      "Copy the line again from its source: the data goes on after the end of the key."),
  /** An RSA key of less than 2048 bits. */
  RSA_TOO_SHORT(
      "key-rsa-too-short",
      "Make a new pair with ssh-keygen -t ed25519, or -t rsa -b 4096: RSA keys need at least 2048"
          + " bits."),
  /** An RSA key of more than 16384 bits, which OpenSSH does not read. */
  RSA_TOO_LONG(
      "key-rsa-too-long",
      "Make a new pair with ssh-keygen -t ed25519, or -t rsa -b 4096: OpenSSH reads no RSA keys of"
          + " more than 16384 bits."),
  /** The data has the form of a key, but its numbers are none. */
  INVALID_KEY(
      "key-invalid",
      "Copy the line again from its source; if that is what was copied, make a new pair with"
          + " ssh-keygen -t ed25519."),
  /** A public key in the format of another program. */
  NOT_OPENSSH_FORMAT(
      "key-not-openssh-format",
      "Convert the file and paste the line that this prints: ssh-keygen -i -f FILE for 'BEGIN SSH2"
          + " PUBLIC KEY', with -m PKCS8 for 'BEGIN PUBLIC KEY', with -m PEM for 'BEGIN RSA PUBLIC"
          + " KEY'."),
  /** Longer than any key with its comment. */
  TOO_LARGE(
      "key-too-large",
      "Paste one public key only: with its comment it has at most " + 16_384 + " characters."),
  /** Characters that one does not see: control, formatting, or exotic white space. */
  CONTROL_CHARACTERS(
      "key-control-characters",
      "Copy the key again from a plain-text source: it holds characters that are invisible, and"
          + " only spaces and tabs may stand between its parts.");

  private final String code;
  private final String remedy;

  KeyProblem(String code, String remedy) {
    this.code = code;
    this.remedy = remedy;
  }

  /** The stable name of this problem in answers, such as {@code key-rsa-too-short}. */
  public String code() {
    return code;
  }

  /** What to do about it, in one sentence. */
  public String remedy() {
    return remedy;
  }
}
