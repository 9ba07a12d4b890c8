package org.dbtbastion.local.lab.network;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dbtbastion.standins.account.InstanceMetadata;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.net.CertificateAuthority;
import org.dbtbastion.standins.net.HttpRelay;
import org.dbtbastion.standins.net.HttpServers;

/**
 * AWS as the hosts reach it: the services' own names, with certificates, in front of the emulated
 * account, and the instance metadata. Stands in itself for two calls that moto does not know: a
 * host's signal to CloudFormation and the end of a lifecycle hook; it records the first of each and
 * refuses others, as AWS does. It describes the Auto Scaling group, which launches nothing here.
 * Safe for use by several threads.
 */
public final class AwsFront implements AutoCloseable {

  /** The address of all services; of those that are kept for documentation. */
  public static final String ADDRESS = "203.0.113.10";

  /** Source: the EC2 user guide, "Use the Instance Metadata Service". */
  public static final String METADATA_ADDRESS = "169.254.169.254";

  private static final List<String> SERVICES =
      List.of("autoscaling", "cloudformation", "ec2", "elasticloadbalancing", "logs", "ssm", "sts");
  private static final String DOMAIN = "." + Moto.REGION + ".amazonaws.com";

  private static final String ROLE = "host";

  // A session that never ends: nobody here judges it.
  private static final String CREDENTIALS =
      """
      {"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
       "AccessKeyId": "test", "SecretAccessKey": "test", "Token": "test",
       "Expiration": "2099-01-01T00:00:00Z"}
      """;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final URI account;
  private final URI systemsManager;
  private final CertificateAuthority authority =
      CertificateAuthority.create("CA of the AWS stand-in");
  private final HttpRelay relay = new HttpRelay();
  private final List<Map<String, String>> signals = new CopyOnWriteArrayList<>();
  private final List<Map<String, String>> completedHooks = new CopyOnWriteArrayList<>();
  private final Map<String, Map<String, String>> metadata = new ConcurrentHashMap<>();
  private final Set<String> denied = ConcurrentHashMap.newKeySet();
  private final List<HeldAnswer> held = new CopyOnWriteArrayList<>();
  private final Map<String, Member> group = new ConcurrentHashMap<>();
  private volatile int desiredCapacity = 1;
  private final Map<String, Meeting> meetings = new ConcurrentHashMap<>();
  private final Listener listener;
  private final List<HttpServer> servers;

  /** Is told what hosts have brought about. */
  public interface Listener {
    /** An Elastic IP has got another instance. */
    void associated(String allocationId);

    /** An instance has ended one of its lifecycle hooks. */
    void hookCompleted(String hook, String instanceId);
  }

  /** An instance in the Auto Scaling group. */
  private record Member(String state, int templateVersion) {

    Member in(String other) {
      return new Member(other, templateVersion);
    }
  }

  /** Hosts that ask for the same parameter at the same moment. */
  private record Meeting(CountDownLatch missing, Set<String> hosts) {

    void arrive(String host) throws InterruptedException {
      if (hosts.add(host)) {
        missing.countDown();
      }
      // The CLI asks again after 15 seconds.
      missing.await(10, TimeUnit.SECONDS);
    }
  }

  /** What a host is told. */
  @FunctionalInterface
  private interface Answer {
    void send(HttpExchange exchange) throws IOException;
  }

  /**
   * The answer to a call that took effect, which the host does not get before this is closed. Safe
   * for use by several threads.
   */
  public static final class HeldAnswer implements AutoCloseable {

    private static final Duration LIMIT = Duration.ofSeconds(120);

    private final String action;
    private final String text;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final CountDownLatch calls = new CountDownLatch(1);
    private final CountDownLatch release = new CountDownLatch(1);

    private HeldAnswer(String action, String text) {
      this.action = action;
      this.text = text;
    }

    private void holdBack(String calledAction, String body) {
      if (calledAction.equals(action) && body.contains(text) && taken.compareAndSet(false, true)) {
        calls.countDown();
        await(release);
      }
    }

    /** Waits until a host has called. */
    public void awaitCall() {
      if (!await(calls)) {
        throw new IllegalStateException("no host calls %s with %s".formatted(action, text));
      }
    }

    private static boolean await(CountDownLatch latch) {
      try {
        return latch.await(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    /** Lets the host have its answer, if it still waits. */
    @Override
    public void close() {
      release.countDown();
    }
  }

  /**
   * Starts it in a namespace that has both addresses.
   *
   * @param account where moto is
   * @param systemsManager where Systems Manager is, Run Command included
   */
  public AwsFront(Namespace network, URI account, URI systemsManager, Listener listener) {
    this.account = account;
    this.systemsManager = systemsManager;
    this.listener = listener;
    HttpsServer services =
        network.inside(() -> HttpsServer.create(new InetSocketAddress(ADDRESS, 443), 200));
    services.setHttpsConfigurator(new HttpsConfigurator(authority.serverContext("*" + DOMAIN)));
    HttpServer metadataServer =
        network.inside(() -> HttpServer.create(new InetSocketAddress(METADATA_ADDRESS, 80), 200));
    servers =
        List.of(
            HttpServers.start(services, this::serve),
            HttpServers.start(
                metadataServer,
                exchange ->
                    InstanceMetadata.answer(
                        exchange,
                        metadata.getOrDefault(
                            exchange.getRemoteAddress().getAddress().getHostAddress(), Map.of()))));
  }

  /** Lines for /etc/hosts. */
  public static String hosts() {
    String names =
        SERVICES.stream().map(service -> service + DOMAIN).collect(Collectors.joining(" "));
    return "%s %s%n%s instance-data.ec2.internal%n".formatted(ADDRESS, names, METADATA_ADDRESS);
  }

  /** Who signs its certificates. */
  public CertificateAuthority authority() {
    return authority;
  }

  /** From now on there is an instance with this private address. */
  public void describe(String address, String instanceId) {
    Map<String, String> values = new ConcurrentHashMap<>();
    values.put("instance-id", instanceId);
    values.put("iam/security-credentials/", ROLE);
    values.put("iam/security-credentials/" + ROLE, CREDENTIALS);
    values.put("placement/region", Moto.REGION);
    metadata.put(address, values);
    targetLifecycleState(address, "InService");
    group.put(instanceId, new Member("Pending:Wait", 1));
  }

  /** From now on an instance is not there any more. */
  public void forget(String instanceId) {
    group.remove(instanceId);
  }

  /** From now on the Auto Scaling group wants so many instances. */
  public void desire(int instances) {
    desiredCapacity = instances;
  }

  /**
   * From now on an instance is one of this version of the launch template; at first of the first.
   */
  public void launchedFrom(String instanceId, int templateVersion) {
    group.computeIfPresent(instanceId, (_, member) -> new Member(member.state(), templateVersion));
  }

  /** From now on the Auto Scaling group wants this of the instance. */
  public void targetLifecycleState(String address, String state) {
    metadata.get(address).put("autoscaling/target-lifecycle-state", state);
  }

  /** What hosts have signalled to CloudFormation: the parameters of SignalResource. */
  public List<Map<String, String>> signals() {
    return signals;
  }

  /** Which lifecycle hooks hosts have ended: the parameters of CompleteLifecycleAction. */
  public List<Map<String, String>> completedHooks() {
    return completedHooks;
  }

  /** From now on hosts lack the permission for this action, as before their role has spread. */
  public void deny(String action) {
    denied.add(action);
  }

  /** Takes back {@link #deny}. */
  public void allow(String action) {
    denied.remove(action);
  }

  /**
   * Holds back the answer to the next such call of a host.
   *
   * @param text what its parameters, as sent, must contain
   */
  public HeldAnswer hold(String action, String text) {
    HeldAnswer answer = new HeldAnswer(action, text);
    held.add(answer);
    return answer;
  }

  /**
   * From now on nobody is told of this parameter before so many hosts have asked for it.
   *
   * @return how many are missing
   */
  public Supplier<Long> meetAt(String parameter, int hosts) {
    CountDownLatch missing = new CountDownLatch(hosts);
    meetings.put(parameter, new Meeting(missing, ConcurrentHashMap.newKeySet()));
    return missing::getCount;
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    Map<String, String> parameters = form(body);
    String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
    String action =
        target == null
            ? parameters.getOrDefault("Action", "")
            : target.substring(target.indexOf('.') + 1);
    if (denied.contains(action)) {
      deny(exchange, action);
      return;
    }
    String text = new String(body, StandardCharsets.UTF_8);
    if (action.equals("GetParameter")) {
      awaitMeeting(exchange, text);
    }
    Answer answer = act(exchange, action, parameters, body);
    held.forEach(one -> one.holdBack(action, text));
    answer.send(exchange);
  }

  private void awaitMeeting(HttpExchange exchange, String body) throws IOException {
    Meeting meeting = meetings.get(JSON.readTree(body).path("Name").asText());
    if (meeting != null) {
      try {
        meeting.arrive(exchange.getRemoteAddress().getAddress().getHostAddress());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private Answer act(
      HttpExchange exchange, String action, Map<String, String> parameters, byte[] body)
      throws IOException {
    return switch (action) {
      case "SignalResource" ->
          addOnce(signals, parameters, "UniqueId")
              ? xml(200, "<SignalResourceResponse/>")
              : error("ValidationError", "Signal with this ID for this resource already exists");
      case "DescribeAutoScalingGroups" ->
          describeGroup(parameters.get("AutoScalingGroupNames.member.1"));
      case "CompleteLifecycleAction" -> {
        group.computeIfPresent(parameters.get("InstanceId"), (_, one) -> one.in("InService"));
        listener.hookCompleted(parameters.get("LifecycleHookName"), parameters.get("InstanceId"));
        yield addOnce(completedHooks, parameters, "LifecycleHookName", "InstanceId")
            ? xml(
                200,
                "<CompleteLifecycleActionResponse><CompleteLifecycleActionResult/>"
                    + "</CompleteLifecycleActionResponse>")
            : error("ValidationError", "No active Lifecycle Action found with this instance ID");
      }
      case "AssociateAddress" -> {
        Answer answer = pass(exchange, account, body);
        listener.associated(parameters.get("AllocationId"));
        yield answer;
      }
      default -> pass(exchange, isFor(exchange, "ssm") ? systemsManager : account, body);
    };
  }

  private Answer describeGroup(String name) {
    StringBuilder instances = new StringBuilder();
    group.forEach(
        (id, member) ->
            instances.append(
                ("<member><InstanceId>%s</InstanceId><LifecycleState>%s</LifecycleState>"
                        + "<LaunchTemplate><Version>%d</Version></LaunchTemplate></member>")
                    .formatted(id, member.state(), member.templateVersion())));
    return xml(
        200,
        ("<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>"
                + "<member><AutoScalingGroupName>%s</AutoScalingGroupName>"
                + "<DesiredCapacity>%d</DesiredCapacity><Instances>%s</Instances></member>"
                + "</AutoScalingGroups></DescribeAutoScalingGroupsResult>"
                + "</DescribeAutoScalingGroupsResponse>")
            .formatted(name, desiredCapacity, instances));
  }

  /** Whether it was the first with these values. */
  private static boolean addOnce(
      List<Map<String, String>> calls, Map<String, String> parameters, String... names) {
    synchronized (calls) {
      boolean first =
          calls.stream()
              .noneMatch(
                  call ->
                      Stream.of(names)
                          .allMatch(name -> call.get(name).equals(parameters.get(name))));
      return first && calls.add(parameters);
    }
  }

  private static boolean isFor(HttpExchange exchange, String service) {
    return exchange.getRequestHeaders().getFirst("Host").startsWith(service + ".");
  }

  /** As each protocol says it. */
  private static void deny(HttpExchange exchange, String action) throws IOException {
    String message = "not authorized to perform " + action;
    if (isFor(exchange, "ssm")) {
      HttpServers.answer(
          exchange,
          400,
          "application/x-amz-json-1.1",
          "{\"__type\":\"AccessDeniedException\",\"Message\":\"%s\"}"
              .formatted(message)
              .getBytes(StandardCharsets.UTF_8));
    } else if (isFor(exchange, "ec2")) {
      xml(
              403,
              "<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>%s</Message>"
                      .formatted(message)
                  + "</Error></Errors></Response>")
          .send(exchange);
    } else {
      error("AccessDenied", message).send(exchange);
    }
  }

  private static Answer error(String code, String message) {
    return xml(
        400,
        "<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error>"
                .formatted(code, message)
            + "</ErrorResponse>");
  }

  private static Map<String, String> form(byte[] body) {
    return body.length > 0 && body[0] == '{' ? Map.of() : HttpServers.form(body);
  }

  private static Answer xml(int status, String text) {
    return exchange ->
        HttpServers.answer(exchange, status, "text/xml", text.getBytes(StandardCharsets.UTF_8));
  }

  private Answer pass(HttpExchange exchange, URI to, byte[] body) throws IOException {
    HttpResponse<byte[]> response = relay.ask(exchange, to, body, Map.of());
    return answered -> HttpRelay.answer(answered, response);
  }

  @Override
  public void close() {
    held.forEach(HeldAnswer::close);
    servers.forEach(server -> server.stop(0));
    relay.close();
  }
}
