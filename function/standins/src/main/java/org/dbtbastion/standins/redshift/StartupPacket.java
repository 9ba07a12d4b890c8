package org.dbtbastion.standins.redshift;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A message without a type byte, as clients send before they are logged in.
 *
 * @param code the version of the protocol, or one of the codes below
 * @param body what follows; the parameters, where the code is a version
 */
record StartupPacket(int code, byte[] body) {

  /** The code of a request to cancel a query, which comes on a connection of its own. */
  static final int CANCEL_REQUEST = 80877102;

  /** The code of a request for TLS. */
  static final int SSL_REQUEST = 80877103;

  /** The code of a request for encryption by Kerberos. */
  static final int GSSENC_REQUEST = 80877104;

  private static final int LARGEST = 10_000;

  /**
   * Reads one.
   *
   * @throws SocketException if it is not PostgreSQL's protocol
   */
  static StartupPacket read(InputStream stream) throws IOException {
    DataInputStream in = new DataInputStream(stream);
    int length = in.readInt();
    if (length < 2 * Integer.BYTES || length > LARGEST) {
      throw new SocketException("Not PostgreSQL's protocol: startup packet of " + length);
    }
    int code = in.readInt();
    byte[] body = in.readNBytes(length - 2 * Integer.BYTES);
    if (body.length < length - 2 * Integer.BYTES) {
      throw new EOFException();
    }
    return new StartupPacket(code, body);
  }

  /** As it goes over the wire. */
  byte[] bytes() {
    int length = 2 * Integer.BYTES + body.length;
    return ByteBuffer.allocate(length).putInt(length).putInt(code).put(body).array();
  }

  /** The same for another user. */
  StartupPacket as(String user) {
    StringBuilder all = new StringBuilder("user\0").append(user).append('\0');
    parameters()
        .forEach(
            (name, value) -> {
              if (!name.equals("user")) {
                all.append(name).append('\0').append(value).append('\0');
              }
            });
    return new StartupPacket(code, all.append('\0').toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Without the parameters that are neither the protocol's nor among these, in lower case. */
  StartupPacket keepingOnly(Set<String> settings) {
    StringBuilder kept = new StringBuilder();
    parameters()
        .forEach(
            (name, value) -> {
              if (isProtocols(name) || settings.contains(name.toLowerCase(Locale.ROOT))) {
                kept.append(name).append('\0').append(value).append('\0');
              }
            });
    return new StartupPacket(code, kept.append('\0').toString().getBytes(StandardCharsets.UTF_8));
  }

  private static boolean isProtocols(String name) {
    return Set.of("user", "database", "options").contains(name);
  }

  /** The parameters by their names, in their order. */
  Map<String, String> parameters() {
    String[] words = new String(body, StandardCharsets.UTF_8).split("\0");
    Map<String, String> parameters = new LinkedHashMap<>();
    for (int i = 0; i + 1 < words.length; i += 2) {
      parameters.put(words[i], words[i + 1]);
    }
    return parameters;
  }
}
