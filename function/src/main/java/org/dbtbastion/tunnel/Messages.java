package org.dbtbastion.tunnel;

import org.dbtbastion.check.Printable;

/** Text from the other side, fit for a report. */
final class Messages {

  private static final int MAXIMUM_LENGTH = 200;

  private Messages() {}

  /** The message of the exception, printable and short. */
  static String of(Throwable throwable) {
    String message = throwable.getMessage();
    if (message == null) {
      message = throwable.getClass().getSimpleName();
    }
    // JSch puts the classes of causes in front of what they say.
    return printable(message.replaceAll("([a-z]+\\.)+[A-Za-z]+(Exception|Error)(: )?", ""));
  }

  /** The text, printable and short. */
  static String printable(String text) {
    return Printable.of(text.strip(), MAXIMUM_LENGTH);
  }
}
