package org.dbtbastion.standins.hostile;

import static org.dbtbastion.standins.hostile.Malice.ascii;
import static org.dbtbastion.standins.hostile.Malice.join;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What a server says in PostgreSQL's protocol, well-formed, and the beginning of TLS.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-message-formats.html">PostgreSQL's
 *     message formats</a>
 */
final class PostgreSqlMessages {

  static final int CLEARTEXT_PASSWORD = 3;
  static final byte[] SERVER_HELLO_OF_16_KB = {22, 3, 3, 64, 0, 2, 0, 63, -4, 3, 3};
  static final byte[] AUTHENTICATED = message('R', new byte[4]);
  static final byte[] READY = message('Z', ascii("I"));
  static final byte[] DONE = join(message('C', ascii("SELECT 1\0")), READY);
  static final byte[] PARSED = join(message('1', new byte[0]), message('2', new byte[0]));
  static final byte[] COLUMNS =
      message('T', join(new byte[] {0, 3}, column("id", 23), column("pid", 23), column("v", 25)));

  private PostgreSqlMessages() {}

  static byte[] message(char type, byte[] body) {
    return ByteBuffer.allocate(5 + body.length)
        .put((byte) type)
        .putInt(4 + body.length)
        .put(body)
        .array();
  }

  static byte[] error(String state, String text) {
    return message(
        'E', ("SFATAL\0C" + state + "\0M" + text + "\0\0").getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] column(String name, int type) {
    return join(
        ascii(name + "\0"),
        ByteBuffer.allocate(18)
            .putInt(0)
            .putShort((short) 0)
            .putInt(type)
            .putShort((short) -1)
            .putInt(-1)
            .putShort((short) 0)
            .array());
  }

  static byte[] row(String... values) {
    byte[] body = {0, (byte) values.length};
    for (String value : values) {
      body = join(body, ByteBuffer.allocate(4).putInt(value.length()).array(), ascii(value));
    }
    return message('D', body);
  }
}
