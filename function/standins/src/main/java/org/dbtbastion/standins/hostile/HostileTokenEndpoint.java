package org.dbtbastion.standins.hostile;

import static org.dbtbastion.standins.hostile.Malice.ascii;
import static org.dbtbastion.standins.hostile.Malice.endlessly;
import static org.dbtbastion.standins.hostile.Malice.half;
import static org.dbtbastion.standins.hostile.Malice.join;
import static org.dbtbastion.standins.hostile.Malice.noise;
import static org.dbtbastion.standins.hostile.Malice.slowly;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.dbtbastion.standins.net.BrokenServer;

/** Who may answer instead of an identity provider's token endpoint, over good TLS. */
public enum HostileTokenEndpoint {
  IS_SILENT((_, _, _) -> {}),
  CLOSES((socket, _, _) -> socket.close()),
  MAKES_NOISE((_, out, _) -> endlessly(out, noise(4096))),
  HAS_AN_ENDLESS_STATUS_LINE(
      (_, out, _) -> {
        out.write(ascii("HTTP/1.1 200 "));
        endlessly(out, ascii("fine"));
      }),
  HAS_AN_ENDLESS_HEADER(
      (_, out, _) -> {
        out.write(ascii("HTTP/1.1 200 OK\r\nX: "));
        endlessly(out, ascii("x"));
      }),
  HAS_HEADERS_WITHOUT_AN_END(
      (_, out, _) -> {
        out.write(ascii("HTTP/1.1 200 OK\r\n"));
        endlessly(out, ascii("X: y\r\n"));
      }),
  CONTINUES_WITHOUT_AN_END((_, out, _) -> endlessly(out, ascii("HTTP/1.1 100 Continue\r\n\r\n"))),
  ANSWERS_BYTE_BY_BYTE(
      (_, out, _) -> slowly(out, ascii("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"a\":"))),
  HAS_AN_ENDLESS_BODY(
      (_, out, _) -> {
        out.write(ascii("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{\"access_token\":\""));
        endlessly(out, ascii("x"));
      }),
  HAS_ENDLESS_CHUNKS(
      (_, out, _) -> {
        out.write(ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
        endlessly(out, ascii("1\r\n[\r\n"));
      }),
  HAS_A_CHUNK_OF_2_GB(
      (_, out, _) -> {
        out.write(ascii("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\n"));
        endlessly(out, ascii("["));
      }),
  HAS_A_BODY_BYTE_BY_BYTE(
      (_, out, _) -> {
        out.write(ascii("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"));
        slowly(out, noise(1000));
      }),
  SENDS_HALF_A_BODY(
      (socket, out, _) -> {
        byte[] answer = ok("{\"access_token\":\"" + "x".repeat(500) + "\"}");
        out.write(half(answer));
        socket.close();
      }),
  SAYS_HTML((_, out, _) -> out.write(ok("<html>sign in</html>"))),
  NESTS_DEEPLY((_, out, _) -> out.write(ok("[".repeat(60_000)))),
  SENDS_ELSEWHERE(
      (_, out, _) ->
          out.write(
              ascii(
                  "HTTP/1.1 307 Temporary Redirect\r\nLocation: https://localhost:1/\r\n"
                      + "Content-Length: 0\r\n\r\n"))),
  STEERS_THE_TERMINAL(
      (_, out, _) ->
          out.write(
              refusal(
                  "\\u001b[2J\\u009b31m\\u202e\\u2028\\ud800fix: call +1 555\\r\\n".repeat(500)))),
  REPEATS_THE_REQUEST(
      (_, out, request) -> {
        Matcher basic = Pattern.compile("Basic (\\S+)").matcher(request);
        String client =
            basic.find() ? basic.group(1) : request.substring(request.lastIndexOf("client_secret"));
        out.write(refusal(client + " of " + client));
      });

  private final Speech speech;

  HostileTokenEndpoint(Speech speech) {
    this.speech = speech;
  }

  /** What it says to a request; the connection stays as it is left. */
  @FunctionalInterface
  private interface Speech {
    void answer(Socket socket, OutputStream out, String request) throws IOException;
  }

  /** Opens a free port. */
  public BrokenServer listen(SSLContext certificate) {
    return BrokenServer.behaving(
        client -> {
          SSLSocket socket =
              (SSLSocket) certificate.getSocketFactory().createSocket(client, null, 0, true);
          socket.setUseClientMode(false);
          speech.answer(socket, socket.getOutputStream(), request(socket.getInputStream()));
          if (!socket.isClosed()) {
            BrokenServer.swallow(socket);
          }
        });
  }

  private static String request(InputStream in) throws IOException {
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    while (true) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the client went away");
      }
      read.write(next);
      String text = read.toString(StandardCharsets.ISO_8859_1);
      Matcher header = Pattern.compile("(?is)content-length: (\\d+).*\r\n\r\n(.*)").matcher(text);
      if (header.find() && header.group(2).length() >= Integer.parseInt(header.group(1))) {
        return text;
      }
    }
  }

  private static byte[] ok(String body) {
    return join(
        ascii("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n".formatted(body.length())),
        ascii(body));
  }

  private static byte[] refusal(String description) {
    String body = "{\"error\":\"invalid_client\",\"error_description\":\"" + description + "\"}";
    return join(
        ascii("HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n".formatted(body.length())),
        ascii(body));
  }
}
