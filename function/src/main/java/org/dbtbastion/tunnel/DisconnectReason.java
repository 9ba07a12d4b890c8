package org.dbtbastion.tunnel;

import com.jcraft.jsch.Logger;
import java.util.function.Consumer;
import org.dbtbastion.text.Printable;

/**
 * Hears why the server ends a connection, which it may say in SSH_MSG_DISCONNECT (RFC 4253, section
 * 11.1). JSch tells nobody but its log, and closes the connection then.
 */
final class DisconnectReason implements Logger {

  private static final String LEAVING = "leaving main loop due to SSH_MSG_DISCONNECT: ";

  private final Consumer<String> reason;

  /**
   * @param reason is told the reason's number, and what the server says of it, printable
   */
  DisconnectReason(Consumer<String> reason) {
    this.reason = reason;
  }

  @Override
  public boolean isEnabled(int level) {
    return level == INFO;
  }

  @Override
  public void log(int level, String message) {
    int begin = message.indexOf(LEAVING);
    if (begin >= 0) {
      reason.accept(Printable.message(message.substring(begin + LEAVING.length())));
    }
  }
}
