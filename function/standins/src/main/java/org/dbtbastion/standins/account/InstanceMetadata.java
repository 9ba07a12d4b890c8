package org.dbtbastion.standins.account;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.dbtbastion.standins.net.HttpServers;

/**
 * A stand-in for the instance metadata service, version 2: without a token, which a PUT gives, it
 * says nothing. It knows the values that it is given and no others; its token never expires, and it
 * has no credentials of a role. Safe for use by several threads.
 */
public final class InstanceMetadata implements AutoCloseable {

  private static final String TOKEN = "token-of-the-stand-in";

  private final HttpServer server = HttpServers.start(0, this::answer);
  private volatile String state;

  /** With what the Auto Scaling group wants to become of the host. */
  public InstanceMetadata(String state) {
    this.state = state;
  }

  /** What the Auto Scaling group wants to become of the host. */
  public void target(String state) {
    this.state = state;
  }

  /** Variables that lead the AWS SDKs, and the host's scripts, to it. */
  public Map<String, String> environment() {
    return Map.of(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:" + server.getAddress().getPort());
  }

  private void answer(HttpExchange exchange) throws IOException {
    answer(exchange, Map.of("autoscaling/target-lifecycle-state", state));
  }

  /**
   * Answers as the metadata of an instance.
   *
   * @param values by their paths below {@code meta-data/}
   */
  public static void answer(HttpExchange exchange, Map<String, String> values) throws IOException {
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    String get = "GET /latest/meta-data/";
    boolean timed =
        exchange.getRequestHeaders().containsKey("X-aws-ec2-metadata-token-ttl-seconds");
    boolean trusted =
        TOKEN.equals(exchange.getRequestHeaders().getFirst("X-aws-ec2-metadata-token"));
    if (request.equals("PUT /latest/api/token") && timed) {
      answer(exchange, 200, TOKEN);
    } else if (!trusted) {
      answer(exchange, 401, "Unauthorized");
    } else if (request.startsWith(get) && values.containsKey(request.substring(get.length()))) {
      answer(exchange, 200, values.get(request.substring(get.length())));
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
