package org.dbtbastion.standins.account;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.dbtbastion.standins.net.HttpRelay;
import org.dbtbastion.standins.net.HttpServers;

/**
 * A stand-in for Systems Manager's Run Command, in front of moto, which only records commands: here
 * they run on the hosts, and their invocations are answered for, and so are questions for the
 * hosts' agents, which moto does not know. Everything else goes to moto and back unchanged, unless
 * a fault is switched on. {@code ListCommands} is moto's, which calls every command a success. Safe
 * for use by several threads.
 */
public final class SystemsManagerFront implements AutoCloseable {

  private static final String TARGET = "X-Amz-Target";
  private static final String TARGET_PREFIX = "AmazonSSM.";
  private static final String DEFAULT_VERSION = "$DEFAULT";
  private static final String EMPTY_PAGE = "empty-page:";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI account;
  private final Agent agent;
  private final HttpRelay relay = new HttpRelay();
  private final ExecutorService hosts = Executors.newVirtualThreadPerTaskExecutor();
  private final List<CommandInvocation> invocations = new CopyOnWriteArrayList<>();
  private final Map<String, Integer> pageOfToken = new ConcurrentHashMap<>();
  private final Set<String> lost = ConcurrentHashMap.newKeySet();
  private final AtomicInteger throttled = new AtomicInteger();
  private final AtomicInteger hidden = new AtomicInteger();
  private volatile boolean dropping;
  private volatile boolean emptyPages;
  private volatile int failingPage;
  private final Object writing = new Object();
  private final HttpServer server;

  /**
   * What runs commands on the hosts, as the SSM agent does; called on a virtual thread per host.
   */
  @FunctionalInterface
  public interface Agent {
    /**
     * Runs a document's shell commands on a host. An exception makes the invocation fail, with its
     * text as standard error.
     *
     * @param commands the lines of all its steps of type aws:runShellScript
     */
    AgentResult run(String instanceId, List<String> commands) throws Exception;

    /** Whether the host is connected to Systems Manager; commands leave out all others. */
    default boolean manages(String instanceId) {
      return true;
    }
  }

  /** What came of a command on a host. */
  public record AgentResult(int exitStatus, String standardOutput, String standardError) {}

  private SystemsManagerFront(URI account, int port, Agent agent) {
    this.account = account;
    this.agent = agent;
    this.server = HttpServers.start(port, this::serve);
  }

  /** Starts it in front of moto on a free port. */
  public static SystemsManagerFront start(Moto moto, Agent agent) {
    return start(moto, 0, agent);
  }

  /**
   * Starts it in front of moto.
   *
   * @param port where on loopback; 0 chooses a free one
   */
  public static SystemsManagerFront start(Moto moto, int port, Agent agent) {
    return new SystemsManagerFront(moto.endpoint(), port, agent);
  }

  /** {@code http://localhost:port}. */
  public URI endpoint() {
    return URI.create("http://localhost:" + server.getAddress().getPort());
  }

  /** What makes the AWS CLI and SDKs come here for Systems Manager; other services stay. */
  public Map<String, String> environment() {
    return Map.of("AWS_ENDPOINT_URL_SSM", endpoint().toString());
  }

  /** While true, commands never reach a host: their invocations stay Pending. */
  public void dropCommands(boolean drop) {
    dropping = drop;
  }

  /** From now on the host's agent, which was there, is silent: commands leave the host out. */
  public void loseConnection(String instanceId) {
    lost.add(instanceId);
  }

  /** Answers the next requests, whatever they are, with a ThrottlingException. */
  public void throttleNext(int requests) {
    throttled.set(requests);
  }

  /** Answers the next requests for a command's invocation as if it were not known yet. */
  public void hideInvocationsFromNext(int requests) {
    hidden.set(requests);
  }

  /** Fails this page (from 1) of every GetParametersByPath with status 500; 0 for none. */
  public void failPage(int page) {
    failingPage = page;
  }

  /** While true, an empty page with a NextToken comes before each page of GetParametersByPath. */
  public void insertEmptyPages(boolean insert) {
    emptyPages = insert;
  }

  @Override
  public void close() {
    server.stop(0);
    hosts.shutdownNow();
    try {
      if (!hosts.awaitTermination(10, TimeUnit.SECONDS)) {
        throw new IllegalStateException("A command on a host does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    relay.close();
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    if (takeOne(throttled)) {
      fail(exchange, 400, "ThrottlingException", "Rate exceeded");
      return;
    }
    String target = Optional.ofNullable(exchange.getRequestHeaders().getFirst(TARGET)).orElse("");
    switch (target) {
      case TARGET_PREFIX + "SendCommand" -> sendCommand(exchange, body);
      case TARGET_PREFIX + "GetCommandInvocation" -> getCommandInvocation(exchange, read(body));
      case TARGET_PREFIX + "ListCommandInvocations" -> listCommandInvocations(exchange, read(body));
      case TARGET_PREFIX + "DescribeInstanceInformation" ->
          describeInstanceInformation(exchange, read(body));
      case TARGET_PREFIX + "GetParametersByPath" -> getParametersByPath(exchange, read(body));
      case TARGET_PREFIX + "PutParameter" ->
          HttpRelay.answer(exchange, write(exchange, target, body));
      default -> HttpRelay.answer(exchange, ask(exchange, target, body));
    }
  }

  /** Of the instances that the filter InstanceIds names: those whose agents ever connected. */
  private void describeInstanceInformation(HttpExchange exchange, ObjectNode request)
      throws IOException {
    ObjectNode answer = JSON.createObjectNode();
    ArrayNode list = answer.putArray("InstanceInformationList");
    for (JsonNode filter : request.path("Filters")) {
      if (filter.path("Key").asText().equals("InstanceIds")) {
        strings(filter.path("Values")).stream()
            .filter(agent::manages)
            .forEach(
                id ->
                    list.addObject()
                        .put("InstanceId", id)
                        .put("PingStatus", lost.contains(id) ? "ConnectionLost" : "Online"));
      }
    }
    answer(exchange, 200, answer);
  }

  private void sendCommand(HttpExchange exchange, byte[] body) throws IOException {
    ObjectNode request = read(body);
    String documentName = request.path("DocumentName").asText();
    // moto takes commands for documents and versions that do not exist.
    HttpResponse<byte[]> description =
        ask(exchange, TARGET_PREFIX + "GetDocument", JSON.writeValueAsBytes(document(request)));
    if (description.statusCode() != 200) {
      HttpRelay.answer(exchange, description);
      return;
    }
    HttpResponse<byte[]> response = ask(exchange, TARGET_PREFIX + "SendCommand", body);
    if (response.statusCode() != 200) {
      HttpRelay.answer(exchange, response);
      return;
    }
    List<String> commands = commandsIn(read(description.body()).path("Content"));
    ObjectNode answer = read(response.body());
    ObjectNode command = (ObjectNode) answer.get("Command");
    List<String> named = strings(request.path("InstanceIds"));
    // Without targets moto adds every instance of the account.
    List<String> chosen = named.isEmpty() ? strings(command.path("InstanceIds")) : named;
    chosen.stream()
        .distinct()
        .filter(instance -> agent.manages(instance) && !lost.contains(instance))
        .forEach(
            instance ->
                register(
                    new CommandInvocation(
                        command.path("CommandId").asText(), instance, documentName, commands)));
    // As AWS answers: nothing has happened yet.
    command.put("Status", "Pending").put("StatusDetails", "Pending");
    command.put("TargetCount", named.size()).put("CompletedCount", 0).put("ErrorCount", 0);
    command.set("InstanceIds", JSON.valueToTree(named));
    answer(exchange, 200, answer);
  }

  /** What a command runs, for GetDocument: without a version, it is the document's default. */
  private static ObjectNode document(ObjectNode command) {
    ObjectNode document = JSON.createObjectNode();
    document.put("Name", command.path("DocumentName").asText());
    String version = command.path("DocumentVersion").asText(DEFAULT_VERSION);
    // moto knows the default by no name.
    return version.equals(DEFAULT_VERSION) ? document : document.put("DocumentVersion", version);
  }

  private void register(CommandInvocation invocation) {
    invocations.add(invocation);
    if (!dropping) {
      hosts.execute(() -> invocation.run(agent));
    }
  }

  private static List<String> commandsIn(JsonNode content) throws IOException {
    // Of a document that CloudFormation made, moto gives out an object instead of its text.
    JsonNode document = content.isTextual() ? JSON.readTree(content.textValue()) : content;
    List<String> commands = new ArrayList<>();
    for (JsonNode step : document.path("mainSteps")) {
      if (step.path("action").asText().equals("aws:runShellScript")) {
        commands.addAll(strings(step.path("inputs").path("runCommand")));
      }
    }
    return commands;
  }

  private void getCommandInvocation(HttpExchange exchange, ObjectNode request) throws IOException {
    String instanceId = request.path("InstanceId").asText();
    Optional<CommandInvocation> invocation =
        invocationsOf(request.path("CommandId").asText()).stream()
            .filter(candidate -> candidate.instanceId().equals(instanceId))
            .findFirst();
    if (invocation.isEmpty()) {
      fail(exchange, 400, "InvocationDoesNotExist", "");
      return;
    }
    answer(exchange, 200, invocation.get().toGetAnswer());
  }

  private void listCommandInvocations(HttpExchange exchange, ObjectNode request)
      throws IOException {
    ObjectNode answer = JSON.createObjectNode();
    ArrayNode list = answer.putArray("CommandInvocations");
    String instanceId = request.path("InstanceId").asText();
    boolean details = request.path("Details").asBoolean();
    invocationsOf(request.path("CommandId").asText()).stream()
        .filter(invocation -> instanceId.isEmpty() || invocation.instanceId().equals(instanceId))
        .forEach(invocation -> list.add(invocation.toListEntry(details)));
    answer(exchange, 200, answer);
  }

  private List<CommandInvocation> invocationsOf(String commandId) {
    if (takeOne(hidden)) {
      return List.of();
    }
    return invocations.stream()
        .filter(invocation -> commandId.isEmpty() || invocation.commandId().equals(commandId))
        .toList();
  }

  private void getParametersByPath(HttpExchange exchange, ObjectNode request) throws IOException {
    String token = request.path("NextToken").asText();
    if (token.startsWith(EMPTY_PAGE)) {
      token = token.substring(EMPTY_PAGE.length());
      if (token.isEmpty()) {
        request.remove("NextToken");
      } else {
        request.put("NextToken", token);
      }
    } else if (emptyPages) {
      ObjectNode answer = JSON.createObjectNode();
      answer.putArray("Parameters");
      answer(exchange, 200, answer.put("NextToken", EMPTY_PAGE + token));
      return;
    }
    int page = token.isEmpty() ? 1 : pageOfToken.getOrDefault(token, 1);
    if (page == failingPage) {
      fail(exchange, 500, "InternalServerError", "Page " + page + " fails, as ordered");
      return;
    }
    HttpResponse<byte[]> response =
        ask(exchange, TARGET_PREFIX + "GetParametersByPath", JSON.writeValueAsBytes(request));
    if (response.statusCode() == 200) {
      String next = read(response.body()).path("NextToken").asText("");
      if (!next.isEmpty()) {
        pageOfToken.put(next, page + 1);
      }
    }
    HttpRelay.answer(exchange, response);
  }

  /** One after the other: Parameter Store writes atomically, but moto's threads check, then act. */
  private HttpResponse<byte[]> write(HttpExchange exchange, String target, byte[] body)
      throws IOException {
    synchronized (writing) {
      return ask(exchange, target, body);
    }
  }

  private HttpResponse<byte[]> ask(HttpExchange exchange, String target, byte[] body)
      throws IOException {
    return relay.ask(exchange, account, body, target.isEmpty() ? Map.of() : Map.of(TARGET, target));
  }

  private static void fail(HttpExchange exchange, int status, String type, String message)
      throws IOException {
    exchange.getResponseHeaders().set("x-amzn-ErrorType", type);
    answer(exchange, status, JSON.createObjectNode().put("__type", type).put("message", message));
  }

  private static void answer(HttpExchange exchange, int status, ObjectNode body)
      throws IOException {
    HttpServers.answer(
        exchange, status, "application/x-amz-json-1.1", JSON.writeValueAsBytes(body));
  }

  private static ObjectNode read(byte[] body) throws IOException {
    return JSON.readValue(body, ObjectNode.class);
  }

  private static List<String> strings(JsonNode array) {
    List<String> strings = new ArrayList<>();
    array.forEach(item -> strings.add(item.asText()));
    return strings;
  }

  private static boolean takeOne(AtomicInteger left) {
    return left.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
  }
}
