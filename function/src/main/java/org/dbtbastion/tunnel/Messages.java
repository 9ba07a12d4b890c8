package org.dbtbastion.tunnel;

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
    String message = text.strip().replaceAll("[^\\x20-\\x7e]", "?");
    return message.substring(0, Math.min(MAXIMUM_LENGTH, message.length()));
  }
}
