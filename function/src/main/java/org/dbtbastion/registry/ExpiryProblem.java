package org.dbtbastion.registry;

/** Why a key cannot expire when somebody wants it to, and what to do about it. */
public enum ExpiryProblem {
  /** Not after the present second. */
  IN_THE_PAST(
      "expiry-in-the-past",
      "Give a moment in the future, or leave it out for a key that stays until it is revoked."),
  /** Later than sshd can be told, which writes years with four digits. */
  TOO_FAR(
      "expiry-too-far",
      "Give a moment before the year 10000, or leave it out for a key that stays until it is"
          + " revoked.");

  private final String code;
  private final String remedy;

  ExpiryProblem(String code, String remedy) {
    this.code = code;
    this.remedy = remedy;
  }

  /** The stable name of this problem in answers, such as {@code expiry-in-the-past}. */
  public String code() {
    return code;
  }

  /** What to do about it, in one sentence. */
  public String remedy() {
    return remedy;
  }
}
