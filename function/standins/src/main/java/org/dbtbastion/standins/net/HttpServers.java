package org.dbtbastion.standins.net;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * HTTP servers of the JDK with a virtual thread for each request. They listen on loopback unless
 * told otherwise, and do not keep the JVM alive. Safe for use by several threads.
 */
public final class HttpServers {

  static {
    // Without it each small answer on a kept connection waits for a delayed acknowledgement.
    System.setProperty("sun.net.httpserver.nodelay", "true");
  }

  private HttpServers() {}

  /** Starts a server; {@code stop(0)} ends it. A handler's exception becomes status 500. */
  public static HttpServer start(int port, HttpHandler handler) {
    try {
      return start(
          HttpServer.create(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), 200),
          handler);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot listen on port " + port + " of loopback", e);
    }
  }

  /** Starts a server that listens already, as {@link #start(int, HttpHandler)} does. */
  public static <S extends HttpServer> S start(S server, HttpHandler handler) {
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", exchange -> handle(exchange, handler));
    try {
      // The server's own thread inherits whether it is a daemon.
      Thread.ofPlatform().daemon().start(server::start).join();
      return server;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static void handle(HttpExchange exchange, HttpHandler handler) throws IOException {
    try (exchange) {
      try {
        handler.handle(exchange);
      } catch (RuntimeException e) {
        StringWriter trace = new StringWriter();
        e.printStackTrace(new PrintWriter(trace));
        answer(exchange, 500, "text/plain", trace.toString());
      }
    }
  }

  /** Sends an answer with a text as its body, in UTF-8. */
  public static void answer(HttpExchange exchange, int status, String contentType, String text)
      throws IOException {
    answer(exchange, status, contentType, text.getBytes(StandardCharsets.UTF_8));
  }

  /** The fields of a form as a request's body has them; of two with one name, the latter. */
  public static Map<String, String> form(byte[] body) {
    return Stream.of(new String(body, StandardCharsets.UTF_8).split("&"))
        .map(pair -> pair.split("=", 2))
        .filter(pair -> pair.length == 2)
        .collect(
            Collectors.toMap(
                pair -> pair[0],
                pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8),
                (first, second) -> second));
  }

  /** Sends an answer with a body. */
  public static void answer(HttpExchange exchange, int status, String contentType, byte[] body)
      throws IOException {
    exchange.getResponseHeaders().set("Content-Type", contentType);
    // 0 would mean a body of unknown length, -1 means none.
    exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }
}
