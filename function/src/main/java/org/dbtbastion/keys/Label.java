package org.dbtbastion.keys;

import java.util.Objects;
import java.util.Optional;

/**
 * The name that people give to a registered key, such as {@code prod: analytics (dbt)}.
 *
 * <p>1 to 100 characters: letters and digits of any script, spaces, and {@code . _ - / @ : + ( )
 * #}; no space at either end. So a label can stand in a parameter's value (which must not contain
 * two opening braces), a log line, a table and a shell script without harm.
 *
 * @param text the label, exactly as it was given
 */
public record Label(String text) {

  private static final int MAX_LENGTH = 100;
  private static final String PUNCTUATION = " ._-/@:+()#";
  private static final String ALLOWED =
      "a label has 1 to 100 characters: letters, digits, spaces and . _ - / @ : + ( ) #,"
          + " with no space at either end";

  /** What became of a text that was given as a label. */
  public sealed interface Parsed {

    /** The text is a label. */
    record Accepted(Label label) implements Parsed {
      public Accepted {
        Objects.requireNonNull(label, "label");
      }
    }

    /**
     * The text is no label.
     *
     * @param detail what is wrong with it and what is allowed, in one sentence; repeats at most one
     *     character, and that only if it is visible
     */
    record Refused(String detail) implements Parsed {
      public Refused {
        Objects.requireNonNull(detail, "detail");
      }
    }
  }

  /**
   * @throws IllegalArgumentException if this is no label; use {@link #parse} for what somebody
   *     typed
   */
  public Label {
    problemWith(Objects.requireNonNull(text, "text"))
        .ifPresent(
            problem -> {
              throw new IllegalArgumentException(problem);
            });
  }

  /** Judges a text that somebody gave as a label. */
  public static Parsed parse(String text) {
    Optional<String> problem = problemWith(text);
    return problem.isPresent()
        ? new Parsed.Refused(problem.get())
        : new Parsed.Accepted(new Label(text));
  }

  /** The text. */
  @Override
  public String toString() {
    return text;
  }

  private static Optional<String> problemWith(String text) {
    if (text.isEmpty()) {
      return Optional.of("The label is empty; " + ALLOWED + ".");
    }
    int length = text.codePointCount(0, text.length());
    if (length > MAX_LENGTH) {
      return Optional.of("The label has %d characters; %s.".formatted(length, ALLOWED));
    }
    if (text.startsWith(" ") || text.endsWith(" ")) {
      return Optional.of("The label starts or ends with a space; " + ALLOWED + ".");
    }
    return text.codePoints()
        .filter(c -> !allowed(c))
        .mapToObj(c -> "The label contains %s; %s.".formatted(named(c), ALLOWED))
        .findFirst();
  }

  private static boolean allowed(int c) {
    return switch (Character.getType(c)) {
      // Vowel signs and accents: without them most scripts of India cannot be written.
      case Character.NON_SPACING_MARK, Character.COMBINING_SPACING_MARK -> !invisible(c);
      default -> Character.isLetterOrDigit(c) ? !invisible(c) : PUNCTUATION.indexOf(c) >= 0;
    };
  }

  /** Letters and marks that are blank by nature (Unicode: Default_Ignorable_Code_Point). */
  private static boolean invisible(int c) {
    return switch (c) {
      case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164, 0xFFA0 ->
          true;
      default -> c >= 0xFE00 && c <= 0xFE0F || c >= 0xE0100 && c <= 0xE01EF;
    };
  }

  private static String named(int c) {
    return c > ' ' && c <= '~' ? "'" + (char) c + "'" : "U+%04X".formatted(c);
  }
}
