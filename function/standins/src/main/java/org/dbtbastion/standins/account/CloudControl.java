package org.dbtbastion.standins.account;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.dbtbastion.standins.net.HttpServers;

/**
 * A stand-in for the Cloud Control API, which moto does not have: answers GetResource, by which the
 * CDK command line looks names up, with what was put there before. It lists, creates and changes
 * nothing. Safe for use by several threads.
 *
 * <p>Source: the Cloud Control API reference, "GetResource".
 */
public final class CloudControl implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Map<String, JsonNode> resources = new ConcurrentHashMap<>();
  private final HttpServer server;

  private CloudControl() {
    server = HttpServers.start(0, this::answer);
  }

  public static CloudControl start() {
    return new CloudControl();
  }

  public URI endpoint() {
    return URI.create("http://localhost:" + server.getAddress().getPort());
  }

  /** From now on there is this resource. */
  public void put(String type, String identifier, Map<String, ?> properties) {
    resources.put(type + " " + identifier, JSON.valueToTree(properties));
  }

  private void answer(HttpExchange exchange) throws IOException {
    JsonNode request = JSON.readTree(exchange.getRequestBody());
    String operation = exchange.getRequestHeaders().getFirst("X-Amz-Target");
    if (!"CloudApiService.GetResource".equals(operation)) {
      throw new IllegalStateException("not in this stand-in: " + operation);
    }
    String type = request.get("TypeName").asText();
    String identifier = request.get("Identifier").asText();
    JsonNode properties = resources.get(type + " " + identifier);
    ObjectNode answer = JSON.createObjectNode();
    if (properties == null) {
      answer
          .put("__type", "com.amazon.cloudapiservice#ResourceNotFoundException")
          .put("Message", "Resource of type '%s' was not found.".formatted(type));
    } else {
      answer
          .put("TypeName", type)
          .putObject("ResourceDescription")
          .put("Identifier", identifier)
          .put("Properties", properties.toString());
    }
    HttpServers.answer(
        exchange,
        properties == null ? 400 : 200,
        "application/x-amz-json-1.0",
        JSON.writeValueAsBytes(answer));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
