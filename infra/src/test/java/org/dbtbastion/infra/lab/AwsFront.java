package org.dbtbastion.infra.lab;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dbtbastion.infra.bastion.InstanceMetadata;
import org.dbtbastion.testing.CertificateAuthority;
import org.dbtbastion.testing.HttpRelay;
import org.dbtbastion.testing.HttpServers;
import org.dbtbastion.testing.Moto;

/**
 * AWS as the hosts reach it: the services' own names, with certificates, in front of the emulated
 * account, and the instance metadata. Stands in itself for two calls that moto does not know: a
 * host's signal to CloudFormation and the end of a lifecycle hook; it records them. Safe for use by
 * several threads.
 */
final class AwsFront implements AutoCloseable {

  /** The address of all services; of those that are kept for documentation. */
  static final String ADDRESS = "203.0.113.10";

  /** Source: the EC2 user guide, "Use the Instance Metadata Service". */
  static final String METADATA_ADDRESS = "169.254.169.254";

  private static final List<String> SERVICES =
      List.of("autoscaling", "cloudformation", "ec2", "elasticloadbalancing", "logs", "ssm", "sts");
  private static final String DOMAIN = "." + Moto.REGION + ".amazonaws.com";

  private static final String TARGET = "X-Amz-Target";
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String ROLE = "host";

  // A session that never ends: nobody here judges it.
  private static final String CREDENTIALS =
      """
      {"Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
       "AccessKeyId": "test", "SecretAccessKey": "test", "Token": "test",
       "Expiration": "2099-01-01T00:00:00Z"}
      """;

  private final URI account;
  private final URI systemsManager;
  private final CertificateAuthority authority =
      CertificateAuthority.create("CA of the AWS stand-in");
  private final HttpRelay relay = new HttpRelay();
  private final List<Map<String, String>> signals = new CopyOnWriteArrayList<>();
  private final List<Map<String, String>> completedHooks = new CopyOnWriteArrayList<>();
  private final Map<String, Map<String, String>> metadata = new ConcurrentHashMap<>();
  private final Listener listener;
  private final Map<String, Meeting> meetings = new ConcurrentHashMap<>();
  private final List<HttpServer> servers;

  /** Is told what hosts have brought about. */
  interface Listener {
    /** An Elastic IP has got another instance. */
    void associated(String allocationId);

    /** An instance has ended one of its lifecycle hooks. */
    void hookCompleted(String hook, String instanceId);
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

  /**
   * Starts it in a namespace that has both addresses.
   *
   * @param account where moto is
   * @param systemsManager where Systems Manager is, Run Command included
   */
  AwsFront(Namespace network, URI account, URI systemsManager, Listener listener) {
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
  static String hosts() {
    String names =
        SERVICES.stream().map(service -> service + DOMAIN).collect(Collectors.joining(" "));
    return "%s %s%n%s instance-data.ec2.internal%n".formatted(ADDRESS, names, METADATA_ADDRESS);
  }

  /** Who signs its certificates. */
  CertificateAuthority authority() {
    return authority;
  }

  /** From now on there is an instance with this private address. */
  void describe(String address, String instanceId) {
    Map<String, String> values = new ConcurrentHashMap<>();
    values.put("instance-id", instanceId);
    values.put("iam/security-credentials/", ROLE);
    values.put("iam/security-credentials/" + ROLE, CREDENTIALS);
    values.put("placement/region", Moto.REGION);
    metadata.put(address, values);
    targetLifecycleState(address, "InService");
  }

  /** From now on the Auto Scaling group wants this of the instance. */
  void targetLifecycleState(String address, String state) {
    metadata.get(address).put("autoscaling/target-lifecycle-state", state);
  }

  /** What hosts have signalled to CloudFormation: the parameters of SignalResource. */
  List<Map<String, String>> signals() {
    return signals;
  }

  /** Which lifecycle hooks hosts have ended: the parameters of CompleteLifecycleAction. */
  List<Map<String, String>> completedHooks() {
    return completedHooks;
  }

  /**
   * From now on nobody is told of this parameter before so many hosts have asked for it.
   *
   * @return how many are missing
   */
  Supplier<Long> meetAt(String parameter, int hosts) {
    CountDownLatch missing = new CountDownLatch(hosts);
    meetings.put(parameter, new Meeting(missing, ConcurrentHashMap.newKeySet()));
    return missing::getCount;
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String host = exchange.getRequestHeaders().getFirst("Host");
    Map<String, String> parameters = form(body);
    switch (parameters.getOrDefault("Action", "")) {
      case "SignalResource" -> {
        signals.add(parameters);
        answer(exchange, "<SignalResourceResponse/>");
      }
      case "CompleteLifecycleAction" -> {
        listener.hookCompleted(parameters.get("LifecycleHookName"), parameters.get("InstanceId"));
        completedHooks.add(parameters);
        answer(
            exchange,
            "<CompleteLifecycleActionResponse><CompleteLifecycleActionResult/>"
                + "</CompleteLifecycleActionResponse>");
      }
      case "AssociateAddress" -> {
        pass(exchange, account, body);
        listener.associated(parameters.get("AllocationId"));
      }
      default -> {
        if (host.startsWith("ssm.")) {
          awaitMeeting(exchange, body);
          pass(exchange, systemsManager, body);
        } else {
          pass(exchange, account, body);
        }
      }
    }
  }

  private void awaitMeeting(HttpExchange exchange, byte[] body) throws IOException {
    if (meetings.isEmpty()
        || !"AmazonSSM.GetParameter".equals(exchange.getRequestHeaders().getFirst(TARGET))) {
      return;
    }
    Meeting meeting = meetings.get(JSON.readTree(body).path("Name").asText());
    if (meeting != null) {
      try {
        meeting.arrive(exchange.getRemoteAddress().getAddress().getHostAddress());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Map<String, String> form(byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    return text.startsWith("{")
        ? Map.of()
        : Stream.of(text.split("&"))
            .map(pair -> pair.split("=", 2))
            .filter(pair -> pair.length == 2)
            .collect(
                Collectors.toMap(
                    pair -> pair[0],
                    pair -> URLDecoder.decode(pair[1], StandardCharsets.UTF_8),
                    (first, second) -> second));
  }

  private static void answer(HttpExchange exchange, String xml) throws IOException {
    HttpServers.answer(exchange, 200, "text/xml", xml.getBytes(StandardCharsets.UTF_8));
  }

  private void pass(HttpExchange exchange, URI to, byte[] body) throws IOException {
    try {
      HttpRelay.answer(exchange, relay.ask(exchange, to, body, Map.of()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    servers.forEach(server -> server.stop(0));
    relay.close();
  }
}
