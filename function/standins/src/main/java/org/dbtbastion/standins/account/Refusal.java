package org.dbtbastion.standins.account;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.dbtbastion.standins.net.HttpServers;

/** How AWS's APIs say that a caller may not do something, each by its protocol. */
public final class Refusal {

  private static final String EC2_VERSION = "Version=2016-11-15";
  private static final String LAMBDA_VERSION = "/2015-03-31/";

  private Refusal() {}

  /**
   * Answers a call so.
   *
   * @param body of the request
   */
  public static void answer(HttpExchange exchange, byte[] body, String message) throws IOException {
    if (exchange.getRequestHeaders().containsKey("X-Amz-Target")) {
      HttpServers.answer(
          exchange,
          400,
          "application/x-amz-json-1.1",
          JsonNodeFactory.instance
              .objectNode()
              .put("__type", "AccessDeniedException")
              .put("message", message)
              .toString());
    } else if (exchange.getRequestURI().getPath().startsWith(LAMBDA_VERSION)) {
      exchange.getResponseHeaders().set("x-amzn-ErrorType", "AccessDeniedException");
      HttpServers.answer(
          exchange,
          403,
          "application/json",
          JsonNodeFactory.instance.objectNode().put("Message", message).toString());
    } else if (new String(body, StandardCharsets.UTF_8).contains(EC2_VERSION)) {
      HttpServers.answer(
          exchange,
          403,
          "text/xml",
          ("<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>%s</Message>"
                  + "</Error></Errors><RequestID>1</RequestID></Response>")
              .formatted(message));
    } else {
      HttpServers.answer(
          exchange,
          403,
          "text/xml",
          ("<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>%s</Message>"
                  + "</Error><RequestId>1</RequestId></ErrorResponse>")
              .formatted(message));
    }
  }
}
