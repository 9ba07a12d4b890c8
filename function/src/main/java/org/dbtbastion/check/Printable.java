package org.dbtbastion.check;

import java.util.regex.Pattern;

/** Text that somebody else wrote, fit for a report, a log and a terminal. */
public final class Printable {

  /**
   * What steers a terminal, reorders or ends a line, or is not to be seen: control and format
   * characters, halves of surrogate pairs, line and paragraph separators.
   */
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}]");

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

  /** The exception's message, or what it is where it has none, in at most so many characters. */
  public static String of(Throwable thrown, int longest) {
    String message = thrown.getMessage();
    return of(message == null ? thrown.getClass().getSimpleName() : message, longest);
  }
}
