package org.dbtbastion.standins.iam;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import javax.xml.xpath.XPathNodes;
import org.dbtbastion.standins.account.Moto;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/** Asks moto what it knows, as the account's administrator. Safe for use by several threads. */
final class MotoQueries implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI moto;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /** Services whose APIs answer in XML, with their versions. */
  private static final Map<String, String> VERSIONS =
      Map.of(
          "autoscaling", "2011-01-01",
          "cloudformation", "2010-05-15",
          "ec2", "2016-11-15",
          "iam", "2010-05-08");

  MotoQueries(URI moto) {
    this.moto = moto;
  }

  /**
   * The texts of what an XPath finds in the answer to a query.
   *
   * @throws IllegalArgumentException if moto refuses: there is no such thing
   */
  List<String> texts(String service, String action, Map<String, String> parameters, String path) {
    return nodes(service, action, parameters, path).stream().map(Node::getTextContent).toList();
  }

  /** What an XPath finds in the answer to a query. */
  List<Node> nodes(String service, String action, Map<String, String> parameters, String path) {
    String form =
        "Action=%s&Version=%s".formatted(action, VERSIONS.get(service))
            + parameters.entrySet().stream()
                .map(
                    each ->
                        "&%s=%s"
                            .formatted(
                                each.getKey(),
                                URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8)))
                .collect(Collectors.joining());
    byte[] answer =
        send(
            service,
            HttpRequest.newBuilder(moto)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString(form)));
    try {
      List<Node> nodes = new ArrayList<>();
      XPathFactory.newInstance()
          .newXPath()
          .evaluateExpression(
              path,
              DocumentBuilderFactory.newInstance()
                  .newDocumentBuilder()
                  .parse(new ByteArrayInputStream(answer)),
              XPathNodes.class)
          .forEach(nodes::add);
      return nodes;
    } catch (IOException
        | SAXException
        | ParserConfigurationException
        | XPathExpressionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The answer of an API that speaks JSON. */
  JsonNode json(String service, String target, JsonNode request) {
    return read(
        send(
            service,
            HttpRequest.newBuilder(moto)
                .header("Content-Type", "application/x-amz-json-1.1")
                .header("X-Amz-Target", target)
                .POST(HttpRequest.BodyPublishers.ofString(request.toString()))));
  }

  /** The answer of an API of resources. */
  JsonNode get(String service, String path) {
    return read(send(service, HttpRequest.newBuilder(moto.resolve(path))));
  }

  /** moto tells services apart by it, and checks no signature. */
  static String authorization(String accessKey, String service) {
    return "AWS4-HMAC-SHA256 Credential=%s/20200101/%s/%s/aws4_request, SignedHeaders=host, Signature=none"
        .formatted(accessKey, Moto.REGION, service);
  }

  private static JsonNode read(byte[] answer) {
    try {
      return JSON.readTree(answer);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private byte[] send(String service, HttpRequest.Builder request) {
    HttpRequest signed = request.header("Authorization", authorization("test", service)).build();
    try {
      HttpResponse<byte[]> answer = http.send(signed, HttpResponse.BodyHandlers.ofByteArray());
      if (answer.statusCode() != 200) {
        throw new IllegalArgumentException(
            "moto answers: " + new String(answer.body(), StandardCharsets.UTF_8));
      }
      return answer.body();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(new InterruptedIOException("moto was asked"));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    http.shutdownNow();
  }
}
