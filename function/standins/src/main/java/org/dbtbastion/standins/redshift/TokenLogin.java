package org.dbtbastion.standins.redshift;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Logs in who comes with an identity provider's token, as Redshift does: after the startup packet
 * the server asks for a token (authentication request 14), and the driver's plugin sends it
 * (message {@code i}). Towards PostgreSQL the gateway then is the user, with the password.
 *
 * <p>Source: what the Redshift JDBC driver 2.3 does; PostgreSQL's message formats for the rest.
 */
final class TokenLogin {

  /** Only who comes with a token sends it among the startup parameters. */
  static final String PARAMETER = "token_type";

  private static final int TOKEN_REQUESTED = 14;
  private static final int MD5_REQUESTED = 5;
  private static final int LARGEST_TOKEN = 64 * 1024;

  private final Predicate<String> accepts;
  private final String user;
  private final Supplier<String> password;

  /**
   * @param accepts which tokens are good
   * @param user whom they let in
   * @param password the user's password for now
   */
  TokenLogin(Predicate<String> accepts, String user, Supplier<String> password) {
    this.accepts = accepts;
    this.user = user;
    this.password = password;
  }

  /** Asks the client for its token; empty, and the client is told, if it is no good. */
  Optional<String> user(Socket client) throws IOException {
    client
        .getOutputStream()
        .write(ByteBuffer.allocate(9).put((byte) 'R').putInt(8).putInt(TOKEN_REQUESTED).array());
    DataInputStream in = new DataInputStream(client.getInputStream());
    int type = in.read();
    int length = in.readInt();
    if (type != 'i' || length > LARGEST_TOKEN) {
      throw new IOException("not a token: message " + type + " of " + length + " bytes");
    }
    String token =
        new String(in.readNBytes(length - Integer.BYTES), StandardCharsets.UTF_8).replace("\0", "");
    if (accepts.test(token)) {
      return Optional.of(user);
    }
    byte[] fields =
        "SFATAL\0C28000\0MInvalid token: no identity provider vouches for it\0\0"
            .getBytes(StandardCharsets.UTF_8);
    client
        .getOutputStream()
        .write(
            ByteBuffer.allocate(5 + fields.length)
                .put((byte) 'E')
                .putInt(4 + fields.length)
                .put(fields)
                .array());
    return Optional.empty();
  }

  /** Answers PostgreSQL's request for the password. */
  void answerForPassword(Socket server) throws IOException {
    DataInputStream in = new DataInputStream(server.getInputStream());
    int type = in.read();
    int length = in.readInt();
    int request = in.readInt();
    if (type != 'R' || request != MD5_REQUESTED) {
      throw new IOException("PostgreSQL does not ask for md5: " + (char) type + request);
    }
    byte[] salt = in.readNBytes(length - 2 * Integer.BYTES);
    byte[] inner = hex(md5(bytes(password.get() + user)));
    byte[] answer =
        bytes("md5" + new String(hex(md5(join(inner, salt))), StandardCharsets.US_ASCII));
    server
        .getOutputStream()
        .write(
            ByteBuffer.allocate(6 + answer.length)
                .put((byte) 'p')
                .putInt(5 + answer.length)
                .put(answer)
                .put((byte) 0)
                .array());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes).getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] join(byte[] first, byte[] second) {
    return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
  }

  private static byte[] md5(byte[] bytes) {
    try {
      return MessageDigest.getInstance("MD5").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
