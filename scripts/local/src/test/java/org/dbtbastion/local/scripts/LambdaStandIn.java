package org.dbtbastion.local.scripts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A stand-in for Lambda's Invoke API: answers what it was told to, in that order, and keeps what it
 * was asked. Safe for use by several threads.
 */
final class LambdaStandIn implements AutoCloseable {

  /** An invocation that arrived. */
  record Invocation(String function, JsonNode payload) {}

  private record Answer(int status, Map<String, String> headers, String body) {}

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String BEFORE = "/2015-03-31/functions/";
  private static final String AFTER = "/invocations";

  private final HttpServer server;
  private final Queue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final List<Invocation> invocations = new CopyOnWriteArrayList<>();

  LambdaStandIn() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.start();
  }

  /** The next invocation's answer. */
  void willAnswer(String json) {
    answers.add(new Answer(200, Map.of(), json));
  }

  /** The next invocation is a function error. */
  void willFail(String json) {
    answers.add(new Answer(200, Map.of("X-Amz-Function-Error", "Unhandled"), json));
  }

  /** The next invocation is refused by Lambda itself. */
  void willRefuse(int status, String errorType, String message) {
    answers.add(
        new Answer(
            status,
            Map.of("x-amzn-ErrorType", errorType),
            JSON.createObjectNode().put("Message", message).toString()));
  }

  /** What arrived, in order. */
  List<Invocation> invocations() {
    return List.copyOf(invocations);
  }

  String endpoint() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      invocations.add(
          new Invocation(
              path.substring(BEFORE.length(), path.length() - AFTER.length()),
              JSON.readTree(exchange.getRequestBody())));
      Answer answer = answers.remove();
      answer.headers().forEach(exchange.getResponseHeaders()::add);
      byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(answer.status(), body.length);
      exchange.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
