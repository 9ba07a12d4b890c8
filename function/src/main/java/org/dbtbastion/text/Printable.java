package org.dbtbastion.text;

import java.util.regex.Pattern;

/** Text that others wrote, made safe for a report, a log and a terminal. */
public final class Printable {

  /**
   * What steers a terminal, reorders or ends a line, or is not to be seen: control and format
   * characters, halves of surrogate pairs, line and paragraph separators.
   */
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

  /** The most that a report repeats of what another side says. */
  private static final int LONGEST_MESSAGE = 300;

  private Printable() {}

  /** The text in one line, with a question mark for each character that is not printable. */
  public static String of(String text) {
    return UNPRINTABLE.matcher(text).replaceAll("?");
  }

  /**
   * As {@link #of(String)}.
   *
   * @param longest the most characters that are taken
   */
  public static String of(String text, int longest) {
    // A pair that is cut in two becomes a question mark.
    return of(text.substring(0, Math.min(longest, text.length())));
  }

  /**
   * What another side says, for a report: short, in one line, and without secrets that it repeats.
   *
   * @param secrets what must not be seen; those without a character are passed over
   */
  public static String message(String text, String... secrets) {
    String safe = text;
    for (String secret : secrets) {
      safe = secret.isEmpty() ? safe : safe.replace(secret, "***");
    }
    return of(safe.strip(), LONGEST_MESSAGE);
  }

  /** As {@link #message(String, String...)}: the exception's message, or what it is without one. */
  public static String message(Throwable thrown, String... secrets) {
    String message = thrown.getMessage();
    return message(message == null ? thrown.getClass().getSimpleName() : message, secrets);
  }
}
