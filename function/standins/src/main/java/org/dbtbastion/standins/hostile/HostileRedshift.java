package org.dbtbastion.standins.hostile;

import static org.dbtbastion.standins.hostile.Malice.ascii;
import static org.dbtbastion.standins.hostile.Malice.endlessly;
import static org.dbtbastion.standins.hostile.Malice.half;
import static org.dbtbastion.standins.hostile.Malice.join;
import static org.dbtbastion.standins.hostile.Malice.noise;
import static org.dbtbastion.standins.hostile.Malice.slowly;
import static org.dbtbastion.standins.hostile.PostgreSqlMessages.AUTHENTICATED;
import static org.dbtbastion.standins.hostile.PostgreSqlMessages.CLEARTEXT_PASSWORD;
import static org.dbtbastion.standins.hostile.PostgreSqlMessages.COLUMNS;
import static org.dbtbastion.standins.hostile.PostgreSqlMessages.DONE;
import static org.dbtbastion.standins.hostile.PostgreSqlMessages.PARSED;
import static org.dbtbastion.standins.hostile.PostgreSqlMessages.READY;
import static org.dbtbastion.standins.hostile.PostgreSqlMessages.SERVER_HELLO_OF_16_KB;
import static org.dbtbastion.standins.hostile.PostgreSqlMessages.error;
import static org.dbtbastion.standins.hostile.PostgreSqlMessages.message;
import static org.dbtbastion.standins.hostile.PostgreSqlMessages.row;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.dbtbastion.standins.net.BrokenServer;

/**
 * Who may answer on a warehouse's port: broken, or out to do harm, at one step of the protocol. Up
 * to that step it does what Redshift does.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-message-formats.html">PostgreSQL's
 *     message formats</a>
 */
public enum HostileRedshift {
  // Before TLS
  REFUSES_TLS_WITHOUT_AN_END(Step.TLS, (_, out, _) -> endlessly(out, ascii("N"))),
  ANSWERS_NOISE(
      Step.TLS, (_, out, _) -> endlessly(out, join(new byte[] {(byte) 0x80}, noise(4096)))),
  ANSWERS_AN_ERROR_BEFORE_TLS(
      Step.TLS, (_, out, _) -> out.write(error("08P01", "\u001b[2Jfix: call +1 555"))),
  IS_SILENT_IN_TLS(Step.TLS, (_, out, _) -> out.write('S')),
  CLOSES_IN_TLS(
      Step.TLS,
      (socket, out, _) -> {
        out.write('S');
        socket.shutdownOutput();
      }),
  SENDS_HALF_A_TLS_RECORD(
      Step.TLS, (_, out, _) -> out.write(join(ascii("S"), SERVER_HELLO_OF_16_KB, noise(100)))),
  SENDS_HALF_A_TLS_RECORD_AND_CLOSES(
      Step.TLS,
      (socket, out, _) -> {
        out.write(join(ascii("S"), SERVER_HELLO_OF_16_KB, noise(100)));
        socket.shutdownOutput();
      }),
  SPEAKS_TLS_BYTE_BY_BYTE(
      Step.TLS, (_, out, _) -> slowly(out, join(ascii("S"), SERVER_HELLO_OF_16_KB, noise(100)))),
  SENDS_A_TLS_RECORD_OF_64_KB(
      Step.TLS,
      (_, out, _) -> {
        out.write(join(ascii("S"), new byte[] {22, 3, 3, -1, -1}));
        endlessly(out, new byte[] {0});
      }),
  SENDS_A_HANDSHAKE_MESSAGE_OF_16_MB(
      Step.TLS,
      (_, out, _) -> {
        out.write(join(ascii("S"), new byte[] {22, 3, 3, 0, 6, 2, -1, -1, -1, 3, 3}));
        endlessly(out, join(new byte[] {22, 3, 3, 16, 0}, noise(4096)));
      }),
  SENDS_TLS_NOISE(
      Step.TLS,
      (_, out, _) -> {
        out.write('S');
        endlessly(out, noise(4096));
      }),
  SENDS_TLS_WARNINGS_WITHOUT_AN_END(
      Step.TLS,
      (_, out, _) -> {
        out.write('S');
        endlessly(out, new byte[] {21, 3, 3, 0, 2, 1, 112});
      }),

  // Within TLS, with a good certificate, before the user is logged in
  IS_SILENT_AT_LOGIN(Step.LOGIN, (_, _, _) -> {}),
  CLOSES_AT_LOGIN(Step.LOGIN, (socket, _, _) -> socket.close()),
  MAKES_NOISE_AT_LOGIN(Step.LOGIN, (_, out, _) -> endlessly(out, noise(4096))),
  SENDS_AN_ERROR_OF_2_GB(
      Step.LOGIN,
      (_, out, _) -> {
        out.write(new byte[] {'E', 127, -1, -1, -1});
        endlessly(out, ascii("A"));
      }),
  SENDS_AN_ERROR_OF_NEGATIVE_LENGTH(
      Step.LOGIN,
      (_, out, _) -> {
        out.write(new byte[] {'E', -1, -1, -1, -1});
        endlessly(out, ascii("A"));
      }),
  SENDS_HALF_AN_ERROR(Step.LOGIN, (_, out, _) -> out.write(half(error("28000", "half of this")))),
  SENDS_HALF_AN_ERROR_AND_CLOSES(
      Step.LOGIN,
      (socket, out, _) -> {
        out.write(half(error("28000", "half of this")));
        socket.close();
      }),
  SENDS_AN_ERROR_BYTE_BY_BYTE(Step.LOGIN, (_, out, _) -> slowly(out, error("28000", "slowly"))),
  SENDS_ERRORS_WITHOUT_AN_END(Step.LOGIN, (_, out, _) -> endlessly(out, error("28P01", "no"))),
  SENDS_A_LONG_ERROR_THAT_STEERS_THE_TERMINAL(
      Step.LOGIN,
      (_, out, _) ->
          out.write(error("XX000", "\u001b[2J\u009b31m\u202efix: call +1 555\r".repeat(1000)))),
  REPEATS_THE_PASSWORD(
      Step.LOGIN,
      (socket, out, password) -> {
        out.write(message('R', ByteBuffer.allocate(4).putInt(CLEARTEXT_PASSWORD).array()));
        DataInputStream in = new DataInputStream(socket.getInputStream());
        in.readByte();
        byte[] told = in.readNBytes(in.readInt() - 4);
        String text = new String(told, StandardCharsets.UTF_8).replace("\0", "");
        out.write(error("28P01", "the password '" + text + "' is wrong, " + text + "\n" + text));
      }),
  ASKS_FOR_AN_UNKNOWN_LOGIN(
      Step.LOGIN,
      (_, out, _) -> out.write(message('R', ByteBuffer.allocate(4).putInt(999).array()))),
  HAS_A_SALT_OF_2_GB(
      Step.LOGIN,
      (_, out, _) -> {
        ByteBuffer digest = ByteBuffer.allocate(12).putInt(13).putInt(0).putInt(Integer.MAX_VALUE);
        out.write(message('R', digest.array()));
        endlessly(out, ascii("A"));
      }),
  GIVES_NOTICE_WITHOUT_AN_END(
      Step.LOGIN,
      (_, out, _) -> {
        out.write(AUTHENTICATED);
        endlessly(out, message('N', ascii("SNOTICE\0C00000\0Mno\0\0")));
      }),
  SETS_PARAMETERS_WITHOUT_AN_END(
      Step.LOGIN,
      (_, out, _) -> {
        out.write(AUTHENTICATED);
        for (int i = 0; ; i++) {
          out.write(message('S', ascii("name" + i + "\0value\0")));
        }
      }),
  SETS_A_PARAMETER_WITHOUT_AN_END(
      Step.LOGIN,
      (_, out, _) -> {
        out.write(join(AUTHENTICATED, new byte[] {'S', 0, 0, 1, 0}));
        endlessly(out, ascii("name"));
      }),

  // After the login
  IS_SILENT_AT_THE_QUERY(Step.QUERY, (_, _, _) -> {}),
  CLOSES_AT_THE_QUERY(Step.QUERY, (socket, _, _) -> socket.close()),
  MAKES_NOISE_AT_THE_QUERY(Step.QUERY, (_, out, _) -> endlessly(out, noise(4096))),
  SENDS_ROWS_WITHOUT_AN_END(
      Step.QUERY,
      (_, out, _) -> {
        out.write(join(PARSED, COLUMNS));
        endlessly(out, row("1", "2", "Redshift"));
      }),
  SENDS_A_ROW_OF_2_GB(
      Step.QUERY,
      (_, out, _) -> {
        out.write(join(PARSED, COLUMNS, new byte[] {'D', 127, -1, -1, -1, 0, 3, 127, -1, -1, -11}));
        endlessly(out, ascii("A"));
      }),
  SENDS_A_ROW_OF_64_MB(
      Step.QUERY,
      (_, out, _) -> {
        out.write(join(PARSED, COLUMNS, new byte[] {'D', 4, 0, 0, 0, 0, 3, 3, -1, -1, -11}));
        endlessly(out, ascii("A"));
      }),
  HAS_65535_COLUMNS(
      Step.QUERY,
      (_, out, _) -> {
        out.write(join(PARSED, new byte[] {'T', 127, -1, -1, -1, -1, -1}));
        endlessly(out, ascii("a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"));
      }),
  ANSWERS_NO_ROW(Step.QUERY, (_, out, _) -> out.write(join(PARSED, COLUMNS, DONE))),
  ANSWERS_NOTHING_IN_A_ROW(
      Step.QUERY,
      (_, out, _) -> {
        byte[] nulls = {0, 3, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
        out.write(join(PARSED, COLUMNS, message('D', nulls), DONE));
      }),
  ANSWERS_TEXT_WHERE_NUMBERS_ARE(
      Step.QUERY,
      (_, out, _) -> out.write(join(PARSED, COLUMNS, row("one", "two", "three"), DONE))),
  SENDS_HALF_A_ROW(
      Step.QUERY, (_, out, _) -> out.write(join(PARSED, COLUMNS, half(row("1", "2", "Redshift"))))),
  SENDS_A_ROW_BYTE_BY_BYTE(
      Step.QUERY,
      (_, out, _) -> slowly(out, join(PARSED, COLUMNS, row("1", "2", "Redshift"), DONE))),
  REPEATS_THE_PASSWORD_IN_AN_ERROR(
      Step.QUERY,
      (_, out, password) -> {
        out.write(error("42501", "permission denied for " + password + "\n" + password));
        out.write(READY);
      });

  private final Step step;
  private final Speech speech;

  HostileRedshift(Step step, Speech speech) {
    this.step = step;
    this.speech = speech;
  }

  /** Up to where it does what Redshift does. */
  private enum Step {
    TLS,
    LOGIN,
    QUERY
  }

  /** What it does at its step; the connection stays as it is left. */
  @FunctionalInterface
  private interface Speech {
    void speak(Socket socket, OutputStream out, String password) throws IOException;
  }

  /**
   * Opens a free port.
   *
   * @param certificate what it proves itself with where it speaks TLS
   * @param password what it would repeat
   */
  public BrokenServer listen(SSLContext certificate, String password) {
    return BrokenServer.behaving(
        client -> {
          Socket socket = client;
          socket.getInputStream().readNBytes(8);
          if (step != Step.TLS) {
            socket = encrypted(client, certificate);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            in.readNBytes(in.readInt() - 4);
            if (step == Step.QUERY) {
              logInUpToTheQuery(in, socket.getOutputStream());
              speech.speak(socket, socket.getOutputStream(), password);
              answerOthers(in, socket.getOutputStream());
              return;
            }
          }
          speech.speak(socket, socket.getOutputStream(), password);
          if (!socket.isClosed()) {
            BrokenServer.swallow(socket);
          }
        });
  }

  /** A warehouse that is well up to the end of TLS, and closes then. */
  public static BrokenServer goodUpToTls(SSLContext certificate) {
    return BrokenServer.behaving(
        client -> {
          client.getInputStream().readNBytes(8);
          BrokenServer.swallow(encrypted(client, certificate));
        });
  }

  private static Socket encrypted(Socket client, SSLContext certificate) throws IOException {
    client.getOutputStream().write('S');
    SSLSocket encrypted =
        (SSLSocket) certificate.getSocketFactory().createSocket(client, null, 0, true);
    encrypted.setUseClientMode(false);
    encrypted.startHandshake();
    return encrypted;
  }

  /** Answers what a driver sets, until it asks something. */
  private static void logInUpToTheQuery(DataInputStream in, OutputStream out) throws IOException {
    out.write(
        join(
            AUTHENTICATED,
            message('S', ascii("server_version\0" + "8.0.2\0")),
            message('S', ascii("client_encoding\0UTF8\0")),
            message('K', new byte[8]),
            READY));
    while (true) {
      int type = in.readByte();
      String text = new String(in.readNBytes(in.readInt() - 4), StandardCharsets.UTF_8);
      switch (type) {
        case 'P' -> {
          String sql = text.substring(text.indexOf('\0') + 1);
          if (!sql.toUpperCase(Locale.ROOT).startsWith("SET")) {
            readUpToSync(in);
            return;
          }
          out.write(message('1', new byte[0]));
        }
        case 'B' -> out.write(message('2', new byte[0]));
        case 'D' -> out.write(message('n', new byte[0]));
        case 'E' -> out.write(message('C', ascii("SET\0")));
        case 'S' -> out.write(READY);
        case 'Q' -> out.write(join(message('C', ascii("SET\0")), READY));
        default -> {
          // Nothing is said to the rest.
        }
      }
    }
  }

  private static void readUpToSync(DataInputStream in) throws IOException {
    for (int type = 0; type != 'S'; ) {
      type = in.readByte();
      in.readNBytes(in.readInt() - 4);
    }
  }

  /** Closes what the driver wants closed; says nothing to another query. */
  private static void answerOthers(DataInputStream in, OutputStream out) throws IOException {
    while (true) {
      int type = in.readByte();
      in.readNBytes(in.readInt() - 4);
      switch (type) {
        case 'C' -> out.write(message('3', new byte[0]));
        case 'P' -> readUpToSync(in);
        case 'S' -> out.write(READY);
        default -> {
          // Nothing is said to the rest.
        }
      }
    }
  }
}
