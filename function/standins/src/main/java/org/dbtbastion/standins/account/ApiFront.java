package org.dbtbastion.standins.account;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import javax.xml.transform.TransformerException;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import javax.xml.xpath.XPathExpressionException;
import javax.xml.xpath.XPathFactory;
import javax.xml.xpath.XPathNodes;
import org.dbtbastion.standins.net.HttpRelay;
import org.dbtbastion.standins.net.HttpServers;
import org.w3c.dom.Document;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * A stand-in for what moto's APIs never say, in front of them. moto lets everybody do everything:
 * here actions are denied, as each API says so itself. And moto's pieces are always well: its hosts
 * pass their status checks and have just begun to boot, its routes are active whatever becomes of
 * their targets, its load balancers are active, its clusters have no nodes: here single fields of
 * its answers are changed. What it does not know at all is answered as told. All else is passed on
 * as it is. Safe for use by several threads.
 */
public final class ApiFront implements AutoCloseable {

  private static final Pattern ACTION = Pattern.compile("(?:^|&)Action=([A-Za-z]+)");

  private final URI api;
  private final HttpRelay relay = new HttpRelay();
  private final Set<String> denied = ConcurrentHashMap.newKeySet();
  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final List<Change> changes = new CopyOnWriteArrayList<>();
  private final HttpServer server;

  private record Change(String action, String path, Consumer<Node> change) {}

  /** Starts it in front of an API. */
  public ApiFront(URI api) {
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

  /**
   * From now on a field has another value.
   *
   * @param action in whose answers, which must be XML, such as {@code DescribeRouteTables}
   * @param path which field, as XPath; where an answer has none, it stays as it is
   */
  public void change(String action, String path, String value) {
    changes.add(new Change(action, path, field -> field.setTextContent(value)));
  }

  /**
   * From now on there are more fields.
   *
   * @param action in whose answers, which must be XML
   * @param path in which field, as XPath
   * @param names the name of the field and of what is within
   */
  public void add(String action, String path, String value, String... names) {
    changes.add(
        new Change(
            action,
            path,
            field -> {
              Node innermost = field;
              for (String name : names) {
                innermost = innermost.appendChild(field.getOwnerDocument().createElement(name));
              }
              innermost.setTextContent(value);
            }));
  }

  /**
   * From now on an action that moto does not know has this answer, until it has another.
   *
   * @param answer JSON or XML, as the API answers
   */
  public void answer(String action, String answer) {
    answers.put(action, answer);
  }

  /** From now on everybody may do everything, and answers to what moto knows are moto's. */
  public void reset() {
    denied.clear();
    changes.clear();
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
    if (denied.contains(action)) {
      Refusal.answer(exchange, body, "not authorized to perform: " + action);
      return;
    }
    if (answers.containsKey(action)) {
      HttpServers.answer(
          exchange,
          200,
          target.isEmpty() ? "text/xml" : "application/x-amz-json-1.1",
          answers.get(action).getBytes(StandardCharsets.UTF_8));
      return;
    }
    HttpResponse<byte[]> response = relay.ask(exchange, api, body, Map.of());
    List<Change> changed =
        changes.stream().filter(change -> change.action().equals(action)).toList();
    if (changed.isEmpty()) {
      HttpRelay.answer(exchange, response);
    } else {
      HttpServers.answer(
          exchange, response.statusCode(), "text/xml", changed(response.body(), changed));
    }
  }

  private static byte[] changed(byte[] answer, List<Change> changes) {
    try {
      Document document =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new ByteArrayInputStream(answer));
      for (Change change : changes) {
        XPathFactory.newInstance()
            .newXPath()
            .evaluateExpression(change.path(), document, XPathNodes.class)
            .forEach(change.change());
      }
      ByteArrayOutputStream text = new ByteArrayOutputStream();
      TransformerFactory.newInstance()
          .newTransformer()
          .transform(new DOMSource(document), new StreamResult(text));
      return text.toByteArray();
    } catch (IOException
        | SAXException
        | ParserConfigurationException
        | XPathExpressionException
        | TransformerException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    server.stop(0);
    relay.close();
  }
}
