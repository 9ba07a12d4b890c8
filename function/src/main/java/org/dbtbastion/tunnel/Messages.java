package org.dbtbastion.tunnel;

import org.dbtbastion.text.Printable;

/** JSch's messages as a report shows them. */
final class Messages {

  private Messages() {}

  /** The exception's message, printable and short. */
  static String of(Throwable throwable) {
    // JSch puts the classes of causes in front of what they say.
    return Printable.message(throwable)
        .replaceAll("([a-z]+\\.)+[A-Za-z]+(Exception|Error)(: )?", "");
  }
}
