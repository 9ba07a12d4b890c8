package org.dbtbastion.infra.bastion;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.dbtbastion.testing.HttpServers;

/**
 * A stand-in for the instance metadata, version 2: without a token, which a PUT gives, it says
 * nothing.
 */
final class InstanceMetadata implements AutoCloseable {

  private static final String TOKEN = "token-of-the-stand-in";

  private final HttpServer server = HttpServers.start(0, this::answer);
  private volatile String state;

  InstanceMetadata(String state) {
    this.state = state;
  }

  /** What the Auto Scaling group wants to become of the host. */
  void target(String state) {
    this.state = state;
  }

  /** Variables that lead the AWS SDKs, and the host's scripts, to it. */
  Map<String, String> environment() {
    return Map.of(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:" + server.getAddress().getPort());
  }

  private void answer(HttpExchange exchange) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    boolean timed =
        exchange.getRequestHeaders().containsKey("X-aws-ec2-metadata-token-ttl-seconds");
    boolean trusted =
        TOKEN.equals(exchange.getRequestHeaders().getFirst("X-aws-ec2-metadata-token"));
    if (request.equals("PUT /latest/api/token") && timed) {
      answer(exchange, 200, TOKEN);
    } else if (!trusted) {
      answer(exchange, 401, "Unauthorized");
    } else if (request.equals("GET /latest/meta-data/autoscaling/target-lifecycle-state")) {
      answer(exchange, 200, state);
    } else {
      answer(exchange, 404, "Not Found");
    }
  }

  private static void answer(HttpExchange exchange, int status, String body) throws IOException {
    HttpServers.answer(exchange, status, "text/plain", body.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
