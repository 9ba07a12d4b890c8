package org.dbtbastion.tunnel;

import org.dbtbastion.text.Printable;

/** What JSch's exceptions say, fit for a report. */
final class Messages {

  private Messages() {}

  /** The exception's message, printable and short. */
  static String of(Throwable throwable) {
    // JSch puts the classes of causes in front of what they say.
    return Printable.message(throwable)
        .replaceAll("([a-z]+\\.)+[A-Za-z]+(Exception|Error)(: )?", "");
  }
}
