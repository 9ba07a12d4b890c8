package org.dbtbastion.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A stand-in for IAM, in front of APIs that let everybody do everything: it denies the actions that
 * it is told to, as each API says so itself, and passes all else on. Safe for use by several
 * threads.
 */
public final class DenyingFront implements AutoCloseable {

  private static final Pattern ACTION = Pattern.compile("(?:^|&)Action=([A-Za-z]+)");
  private static final String EC2_VERSION = "Version=2016-11-15";

  private final URI api;
  private final HttpRelay relay = new HttpRelay();
  private final Set<String> denied = ConcurrentHashMap.newKeySet();
  private final HttpServer server;

  /** Starts it in front of an API. */
  public DenyingFront(URI api) {
    this.api = api;
    this.server = HttpServers.start(0, this::serve);
  }

  /** Where it is. */
  public URI endpoint() {
    return URI.create("http://localhost:" + server.getAddress().getPort());
  }

  /** From now on nobody may do this, such as {@code DescribeSubnets}. */
  public void deny(String action) {
    denied.add(action);
  }

  /** From now on everybody may do everything. */
  public void allowAll() {
    denied.clear();
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String form = new String(body, StandardCharsets.UTF_8);
    String target =
        Optional.ofNullable(exchange.getRequestHeaders().getFirst("X-Amz-Target")).orElse("");
    Matcher matcher = ACTION.matcher(form);
    String action =
        target.isEmpty()
            ? (matcher.find() ? matcher.group(1) : "")
            : target.substring(target.lastIndexOf('.') + 1);
    if (!denied.contains(action)) {
      try {
        HttpRelay.answer(exchange, relay.ask(exchange, api, body, Map.of()));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException(e);
      }
      return;
    }
    String message = "not authorized to perform: " + action;
    if (!target.isEmpty()) {
      answer(
          exchange,
          400,
          "application/x-amz-json-1.1",
          "{\"__type\":\"AccessDeniedException\",\"message\":\"%s\"}".formatted(message));
    } else if (form.contains(EC2_VERSION)) {
      answer(
          exchange,
          403,
          "text/xml",
          ("<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>%s</Message>"
                  + "</Error></Errors><RequestID>1</RequestID></Response>")
              .formatted(message));
    } else {
      answer(
          exchange,
          403,
          "text/xml",
          ("<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>%s</Message>"
                  + "</Error><RequestId>1</RequestId></ErrorResponse>")
              .formatted(message));
    }
  }

  private static void answer(HttpExchange exchange, int status, String type, String text)
      throws IOException {
    HttpServers.answer(exchange, status, type, text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    server.stop(0);
    relay.close();
  }
}
