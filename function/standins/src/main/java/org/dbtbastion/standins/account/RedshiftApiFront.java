package org.dbtbastion.standins.account;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dbtbastion.standins.net.HttpRelay;
import org.dbtbastion.standins.net.HttpServers;

/**
 * A stand-in for the parts of Redshift's APIs that issue temporary passwords and describe
 * workgroups, in front of moto: moto's {@code GetClusterCredentials} issues passwords that no
 * warehouse knows, and it has neither {@code GetClusterCredentialsWithIAM} nor Redshift Serverless.
 * All else of Redshift is moto's. The answers have the shapes of the public API models. Safe for
 * use by several threads.
 */
public final class RedshiftApiFront implements AutoCloseable {

  /** As whom IAM knows the caller. */
  public static final String ROLE = "connection-check";

  private static final Pattern ENDPOINT =
      Pattern.compile("<Endpoint>.*?</Endpoint>", Pattern.DOTALL);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String XML_NAMESPACE = "http://redshift.amazonaws.com/doc/2012-12-01/";

  /** Source: IAM user guide, "Elements of an AWS API request signature". */
  private static final Pattern CREDENTIAL = Pattern.compile("Credential=([^/]+)/");

  /** By Redshift's default. */
  private static final Duration VALIDITY = Duration.ofMinutes(15);

  private final URI account;
  private final UnaryOperator<String> issuer;
  private final HttpRelay relay = new HttpRelay();
  private final Set<String> workgroups = ConcurrentHashMap.newKeySet();
  private final Map<String, ObjectNode> descriptions = new ConcurrentHashMap<>();
  private final List<Map<String, String>> calls = new CopyOnWriteArrayList<>();
  private final Set<String> accessKeys = ConcurrentHashMap.newKeySet();
  private final HttpServer server;
  private volatile boolean denying;
  private volatile String endpoint;

  /**
   * Starts it.
   *
   * @param account where moto is
   * @param issuer makes a password for a database user, with which the warehouse lets it in
   */
  public RedshiftApiFront(URI account, UnaryOperator<String> issuer) {
    this.account = account;
    this.issuer = issuer;
    this.server = HttpServers.start(0, this::serve);
  }

  /** Where it is. */
  public URI endpoint() {
    return URI.create("http://localhost:" + server.getAddress().getPort());
  }

  /** What makes a process use it. */
  public Map<String, String> environment() {
    return Map.of(
        "AWS_ENDPOINT_URL_REDSHIFT", endpoint().toString(),
        "AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS", endpoint().toString());
  }

  /** Makes this JVM use it, with clients that are made from now on. */
  public void useInThisJvm() {
    System.setProperty("aws.endpointUrlRedshift", endpoint().toString());
    System.setProperty("aws.endpointUrlRedshiftServerless", endpoint().toString());
  }

  /** From now on there is a workgroup of this name. */
  public void createWorkgroup(String name) {
    workgroups.add(name);
  }

  /** From now on there is a workgroup of this name, which is described so. */
  public void createWorkgroup(String name, ObjectNode description) {
    workgroups.add(name);
    descriptions.put(name, description);
  }

  /** From now on all clusters have this endpoint: moto's lead nowhere. */
  public void leadTo(String host, int port) {
    endpoint = "<Endpoint><Address>%s</Address><Port>%d</Port></Endpoint>".formatted(host, port);
  }

  /** From now on IAM lets nobody have passwords, or again everybody. */
  public void deny(boolean deny) {
    denying = deny;
  }

  /** The parameters of all calls for passwords, the first first. */
  public List<Map<String, String>> calls() {
    return calls;
  }

  /** The ids of the access keys that calls for passwords were signed with. */
  public Set<String> accessKeys() {
    return accessKeys;
  }

  private void serve(HttpExchange exchange) throws IOException {
    Matcher signed =
        CREDENTIAL.matcher(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
    if (signed.find()) {
      accessKeys.add(signed.group(1));
    }
    byte[] body = exchange.getRequestBody().readAllBytes();
    String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
    if (target != null && target.endsWith(".GetCredentials")) {
      ofWorkgroup(exchange, JSON.readTree(body));
      return;
    }
    if (target != null && target.endsWith(".GetWorkgroup")) {
      workgroup(exchange, JSON.readTree(body));
      return;
    }
    Map<String, String> parameters = HttpServers.form(body);
    switch (parameters.getOrDefault("Action", "")) {
      case "GetClusterCredentials", "GetClusterCredentialsWithIAM" -> {
        calls.add(parameters);
        ofCluster(exchange, body, parameters);
      }
      default -> pass(exchange, body);
    }
  }

  private void ofCluster(HttpExchange exchange, byte[] body, Map<String, String> parameters)
      throws IOException {
    String action = parameters.get("Action");
    if (denying) {
      xml(
          exchange,
          403,
          "<ErrorResponse xmlns=\"%s\"><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>"
                  .formatted(XML_NAMESPACE)
              + "User: arn:aws:sts::123456789012:assumed-role/check/check is not authorized to"
              + " perform: redshift:%s</Message></Error></ErrorResponse>".formatted(action));
      return;
    }
    // moto judges whether there is such a cluster.
    String asked =
        "Action=DescribeClusters&Version=2012-12-01&ClusterIdentifier="
            + parameters.get("ClusterIdentifier");
    HttpResponse<byte[]> cluster = ask(exchange, asked.getBytes(StandardCharsets.UTF_8));
    if (cluster.statusCode() != 200) {
      HttpRelay.answer(exchange, cluster);
      return;
    }
    String user =
        action.equals("GetClusterCredentialsWithIAM")
            ? "IAMR:" + ROLE
            : (Boolean.parseBoolean(parameters.get("AutoCreate")) ? "IAMA:" : "IAM:")
                + parameters.get("DbUser");
    Instant expiration = Instant.now().plus(VALIDITY);
    xml(
        exchange,
        200,
        """
        <%1$sResponse xmlns="%2$s"><%1$sResult><DbUser>%3$s</DbUser><DbPassword>%4$s</DbPassword>\
        <Expiration>%5$s</Expiration></%1$sResult></%1$sResponse>
        """
            .formatted(action, XML_NAMESPACE, user, issuer.apply(user), expiration));
  }

  private void ofWorkgroup(HttpExchange exchange, JsonNode request) throws IOException {
    String workgroup = request.path("workgroupName").asText();
    calls.add(Map.of("workgroupName", workgroup, "dbName", request.path("dbName").asText()));
    if (denying) {
      fail(
          exchange,
          "AccessDeniedException",
          "not authorized to perform: redshift-serverless:GetCredentials");
    } else if (!workgroups.contains(workgroup)) {
      fail(exchange, "ResourceNotFoundException", "workgroup " + workgroup + " not found");
    } else {
      String user = "IAMR:" + ROLE;
      json(
          exchange,
          200,
          JSON.createObjectNode()
              .put("dbUser", user)
              .put("dbPassword", issuer.apply(user))
              .put("expiration", Instant.now().plus(VALIDITY).getEpochSecond()));
    }
  }

  private void workgroup(HttpExchange exchange, JsonNode request) throws IOException {
    String name = request.path("workgroupName").asText();
    if (descriptions.containsKey(name)) {
      json(exchange, 200, JSON.createObjectNode().set("workgroup", descriptions.get(name)));
    } else {
      fail(exchange, "ResourceNotFoundException", "workgroup " + name + " not found");
    }
  }

  private static void fail(HttpExchange exchange, String type, String message) throws IOException {
    json(exchange, 400, JSON.createObjectNode().put("__type", type).put("message", message));
  }

  private static void json(HttpExchange exchange, int status, ObjectNode body) throws IOException {
    HttpServers.answer(exchange, status, "application/x-amz-json-1.1", body.toString());
  }

  private void pass(HttpExchange exchange, byte[] body) throws IOException {
    HttpResponse<byte[]> response = ask(exchange, body);
    if (endpoint == null) {
      HttpRelay.answer(exchange, response);
      return;
    }
    xml(
        exchange,
        response.statusCode(),
        ENDPOINT
            .matcher(new String(response.body(), StandardCharsets.UTF_8))
            .replaceAll(Matcher.quoteReplacement(endpoint)));
  }

  private HttpResponse<byte[]> ask(HttpExchange exchange, byte[] body) throws IOException {
    return relay.ask(exchange, account, body, Map.of());
  }

  private static void xml(HttpExchange exchange, int status, String text) throws IOException {
    HttpServers.answer(exchange, status, "text/xml", text);
  }

  @Override
  public void close() {
    server.stop(0);
    relay.close();
  }
}
