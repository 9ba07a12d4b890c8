package org.dbtbastion.standins.iam;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dbtbastion.standins.net.HttpServers;

/**
 * A call to an AWS API as it comes over the network.
 *
 * @param accessKey the id of the access key that it is signed with
 * @param service as the signature names it, such as {@code elasticloadbalancing}
 * @param operation as the API names it; empty if it is not known
 * @param json its body, where the API speaks JSON
 * @param form its body, where the API takes forms
 */
record Call(
    String accessKey, String service, String operation, JsonNode json, Map<String, String> form) {

  /** Source: IAM user guide, "Elements of an AWS API request signature". */
  private static final Pattern CREDENTIAL =
      Pattern.compile("Credential=([^/]+)/[^/]+/[^/]+/([^/]+)/aws4_request");

  private static final Pattern INVOCATION =
      Pattern.compile("/2015-03-31/functions/([^/]+)/invocations/?");

  private static final ObjectMapper JSON = new ObjectMapper();

  Call {
    form = Map.copyOf(form);
  }

  /**
   * Reads a call.
   *
   * @return empty if it is not signed
   */
  static Optional<Call> of(HttpExchange exchange, byte[] body) throws IOException {
    Matcher signed =
        CREDENTIAL.matcher(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    if (!signed.find()) {
      return Optional.empty();
    }
    String key = signed.group(1);
    String service = signed.group(2);
    String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
    if (target != null) {
      String operation = target.substring(target.lastIndexOf('.') + 1);
      return Optional.of(new Call(key, service, operation, JSON.readTree(body), Map.of()));
    }
    if (service.equals("lambda")) {
      return Optional.of(invocation(exchange, key));
    }
    Map<String, String> form = service.equals("s3") ? Map.of() : HttpServers.form(body);
    String operation = form.getOrDefault("Action", "");
    return Optional.of(new Call(key, service, operation, MissingNode.getInstance(), form));
  }

  /** Of Lambda's API, which tells operations apart by paths, the one that is in use. */
  private static Call invocation(HttpExchange exchange, String key) {
    Matcher path = INVOCATION.matcher(exchange.getRequestURI().getRawPath());
    if (!exchange.getRequestMethod().equals("POST") || !path.matches()) {
      return new Call(key, "lambda", "", MissingNode.getInstance(), Map.of());
    }
    String function = URLDecoder.decode(path.group(1), StandardCharsets.UTF_8);
    int marker = function.indexOf(":function:");
    String name = marker < 0 ? function : function.substring(marker + ":function:".length());
    String query = Optional.ofNullable(exchange.getRequestURI().getQuery()).orElse("");
    Map<String, String> options = HttpServers.form(query.getBytes(StandardCharsets.UTF_8));
    String qualifier = options.containsKey("Qualifier") ? ":" + options.get("Qualifier") : "";
    return new Call(
        key,
        "lambda",
        "Invoke",
        MissingNode.getInstance(),
        Map.of("FunctionName", name + qualifier));
  }

  /** A text field of the body. */
  String text(String field) {
    return json.isMissingNode() ? form.getOrDefault(field, "") : json.path(field).asText();
  }

  /** A list in the body. */
  List<String> texts(String field) {
    List<String> texts = new ArrayList<>();
    if (json.isMissingNode()) {
      for (int i = 1; form.containsKey(field + "." + i); i++) {
        texts.add(form.get(field + "." + i));
      }
    } else {
      json.path(field).forEach(text -> texts.add(text.asText()));
    }
    return texts;
  }

  @Override
  public String toString() {
    return service + ":" + operation;
  }
}
