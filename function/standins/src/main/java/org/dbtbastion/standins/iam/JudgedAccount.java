package org.dbtbastion.standins.iam;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.account.Refusal;
import org.dbtbastion.standins.net.HttpRelay;
import org.dbtbastion.standins.net.HttpServers;

/**
 * A stand-in for an account's APIs that says no: one endpoint for all services, which judges each
 * call with the policies that are deployed in moto, as IAM would, and passes it on or refuses it in
 * AWS's words. Who calls is told by the access key: that of a role's session, from {@link #assume},
 * or {@link #ADMINISTRATOR}, whose calls are not judged.
 *
 * <p>What it does not know: permissions boundaries, policies of organizations, of sessions and of
 * resources other than roles, such as keys of KMS. Safe for use by several threads.
 */
public final class JudgedAccount implements AutoCloseable {

  /** The access key of who may do everything. */
  public static final String ADMINISTRATOR = "test";

  private static final Pattern ACCESS_KEY = Pattern.compile("<AccessKeyId>([^<]+)<");

  private final Moto moto;
  private final MotoQueries queries;
  private final Roles roles;
  private final Accesses accesses;
  private final PolicyJudge judge;
  private final HttpRelay relay = new HttpRelay();
  private final HttpServer server;
  private final Map<String, URI> services = new ConcurrentHashMap<>();
  private final Map<String, Session> sessions = new ConcurrentHashMap<>();
  private final Map<Judged, Decision> decisions = new ConcurrentHashMap<>();
  private final Set<String> used = new ConcurrentSkipListSet<>();
  private final List<String> refusals = new CopyOnWriteArrayList<>();
  private final List<String> faults = new CopyOnWriteArrayList<>();
  private final AtomicInteger keys = new AtomicInteger();

  /** Who calls: a session of a role. */
  private record Session(String role, String name, Map<String, String> context) {

    String arn() {
      return "arn:aws:sts::%s:assumed-role/%s/%s".formatted(Moto.ACCOUNT, role, name);
    }
  }

  private record Judged(Session session, Access access) {}

  private JudgedAccount(Moto moto) {
    this.moto = moto;
    judge = PolicyJudge.start();
    queries = new MotoQueries(moto.endpoint());
    roles = new Roles(queries);
    accesses = new Accesses(queries);
    server = HttpServers.start(0, this::serve);
  }

  /** Starts it in front of moto. */
  public static JudgedAccount start(Moto moto) {
    return new JudgedAccount(moto);
  }

  /** {@code http://localhost:port}. */
  public URI endpoint() {
    return URI.create("http://localhost:" + server.getAddress().getPort());
  }

  /**
   * From now on another stand-in than moto answers for a service.
   *
   * @param service as signatures name it, such as {@code ssm}
   */
  public void route(String service, URI standIn) {
    services.put(service, standIn);
  }

  /** What makes a process use this account and nothing else, as the administrator. */
  public Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>(moto.environment());
    environment.put("AWS_ENDPOINT_URL", endpoint().toString());
    // S3 reads the bucket's name in the host's, which would be this one's.
    environment.put("AWS_ENDPOINT_URL_S3", moto.endpoint().toString());
    return environment;
  }

  /**
   * A session of a role that a service assumes, if the role trusts it.
   *
   * @param service such as {@code ec2.amazonaws.com}
   * @param role the role's ARN or name
   * @param session the session's name, such as an instance's id
   * @param context what the service says of itself, such as {@code aws:SourceAccount}
   * @return environment variables with its credentials
   * @throws IllegalStateException if the role does not trust the service
   */
  public Map<String, String> assume(
      String service, String role, String session, Map<String, String> context) {
    return assume(service, role, session, context, Map.of());
  }

  /**
   * A session of the role of a function, as Lambda assumes it.
   *
   * @param function the function's ARN, which all its calls carry
   */
  public Map<String, String> assumeForFunction(String role, String function) {
    return assume(
        "lambda.amazonaws.com",
        role,
        function.substring(function.lastIndexOf(':') + 1),
        Map.of(),
        Map.of("lambda:SourceFunctionArn", function));
  }

  /**
   * A session of the role of an instance, as EC2 assumes it.
   *
   * @param profile the name of its instance profile
   */
  public Map<String, String> assumeForInstance(String profile, String instance) {
    String role =
        queries
            .texts(
                "iam", "GetInstanceProfile", Map.of("InstanceProfileName", profile), "//RoleName")
            .getFirst();
    return assume("ec2.amazonaws.com", role, instance, Map.of());
  }

  /** Makes a role of AWS CodeBuild and of a provider of web identities, with these policies. */
  public void createPipelineRole(String name, String... managedPolicies) {
    String trust =
        """
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
         "Principal": {"Service": "codebuild.amazonaws.com"}}]}
        """;
    Map<String, String> role = Map.of("RoleName", name, "AssumeRolePolicyDocument", trust);
    queries.texts("iam", "CreateRole", role, "//Arn");
    for (String policy : managedPolicies) {
      String arn = "arn:aws:iam::%s:policy/%s".formatted(Moto.ACCOUNT, policy);
      queries.texts(
          "iam", "AttachRolePolicy", Map.of("RoleName", name, "PolicyArn", arn), "//RequestId");
    }
  }

  /** A session of a role of {@link #createPipelineRole}. */
  public Map<String, String> assumeInPipeline(String role) {
    return assume("codebuild.amazonaws.com", role, "build", Map.of());
  }

  private Map<String, String> assume(
      String service,
      String role,
      String name,
      Map<String, String> context,
      Map<String, String> ofCalls) {
    String roleName = role.substring(role.lastIndexOf('/') + 1);
    String arn = "arn:aws:iam::%s:role/%s".formatted(Moto.ACCOUNT, roleName);
    Access access = new Access("sts:AssumeRole", arn, context);
    Optional<JsonNode> trust = Optional.of(roles.named(roleName).trust());
    if (!judge.judge(service, access, Map.of(), trust).isAllowed()) {
      throw new IllegalStateException("%s is not trusted by %s: %s".formatted(service, arn, trust));
    }
    String key = "ASIASTANDIN%09d".formatted(keys.incrementAndGet());
    sessions.put(key, new Session(roleName, name, ofCalls));
    return Map.of(
        "AWS_ACCESS_KEY_ID", key, "AWS_SECRET_ACCESS_KEY", "test", "AWS_SESSION_TOKEN", key);
  }

  /** Policies have changed, other than through this endpoint. */
  public void forgetPolicies() {
    roles.forget();
    decisions.clear();
  }

  /** The statements of a role, each as role/policy/sid. */
  public Set<String> statements(String role) {
    String name = role.substring(role.lastIndexOf('/') + 1);
    Set<String> statements = new TreeSet<>();
    roles
        .named(name)
        .policies()
        .forEach(
            (policy, document) ->
                document
                    .path("Statement")
                    .forEach(
                        statement ->
                            statements.add(
                                "%s/%s/%s"
                                    .formatted(name, policy, statement.path("Sid").asText()))));
    return statements;
  }

  /** The statements that decided a call, each as role/policy/sid. */
  public Set<String> usedStatements() {
    return Set.copyOf(used);
  }

  /** What was refused, as the callers were told, the first first. */
  public List<String> refusals() {
    return List.copyOf(refusals);
  }

  /** Calls that could not be judged: this stand-in has to learn them. */
  public List<String> faults() {
    return List.copyOf(faults);
  }

  private void serve(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    Optional<Call> signed = Call.of(exchange, body);
    if (signed.isEmpty()) {
      Map<String, String> form = HttpServers.form(body);
      if (form.getOrDefault("Action", "").equals("AssumeRoleWithWebIdentity")) {
        assumeByToken(exchange, body, form);
        return;
      }
      Refusal.answer(exchange, body, "Request is missing Authentication Token");
      return;
    }
    Call call = signed.get();
    Optional<String> refusal = refusal(call);
    if (refusal.isPresent()) {
      Refusal.answer(exchange, body, refusal.get());
      return;
    }
    HttpResponse<byte[]> answer = relay.ask(exchange, target(call), body, Map.of());
    if (call.service().equals("iam") || call.service().equals("cloudformation")) {
      forgetPolicies();
    }
    HttpRelay.answer(exchange, answer);
  }

  /** Whom a role trusts outside of the account is not judged: tokens are not looked into. */
  private void assumeByToken(HttpExchange exchange, byte[] body, Map<String, String> form)
      throws IOException {
    HttpResponse<byte[]> answer = relay.ask(exchange, moto.endpoint(), body, Map.of());
    Matcher key = ACCESS_KEY.matcher(new String(answer.body(), StandardCharsets.UTF_8));
    if (key.find()) {
      String role = form.get("RoleArn");
      sessions.put(
          key.group(1),
          new Session(
              role.substring(role.lastIndexOf('/') + 1),
              form.getOrDefault("RoleSessionName", "token"),
              Map.of()));
    }
    HttpRelay.answer(exchange, answer);
  }

  /** Of Lambda's API, functions run in another stand-in than they are described by. */
  private URI target(Call call) {
    return call.service().equals("lambda") && call.operation().isEmpty()
        ? moto.endpoint()
        : services.getOrDefault(call.service(), moto.endpoint());
  }

  /** Why a call is refused; empty if it is allowed. */
  private Optional<String> refusal(Call call) {
    if (call.accessKey().equals(ADMINISTRATOR)) {
      return Optional.empty();
    }
    Session session = sessions.get(call.accessKey());
    if (session == null) {
      return Optional.of("The security token included in the request is invalid.");
    }
    try {
      for (Access access : accesses.of(call)) {
        Access inContext = inContext(session, access);
        Decision decision = decisions.computeIfAbsent(new Judged(session, inContext), this::decide);
        decision.decisive().forEach(statement -> used.add(session.role() + "/" + statement));
        if (!decision.isAllowed()) {
          String refusal = message(session, access, decision);
          refusals.add(refusal);
          return Optional.of(refusal);
        }
      }
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      String fault = "%s by %s was not judged: %s".formatted(call, session.arn(), e.getMessage());
      faults.add(fault);
      return Optional.of(fault);
    }
  }

  private static Access inContext(Session session, Access access) {
    Map<String, String> context = new HashMap<>(access.context());
    context.putAll(session.context());
    return new Access(access.action(), access.resource(), context);
  }

  private Decision decide(Judged judged) {
    return judge.judge(
        judged.session().arn(),
        judged.access(),
        roles.named(judged.session().role()).policies(),
        Optional.empty());
  }

  /** Source: IAM user guide, "Troubleshoot access denied error messages". */
  private static String message(Session session, Access access, Decision decision) {
    String reason =
        switch (decision.result()) {
          case EXPLICITLY_DENIED -> "with an explicit deny in an identity-based policy";
          case IMPLICITLY_DENIED ->
              "because no identity-based policy allows the %s action".formatted(access.action());
          case ALLOWED -> throw new IllegalArgumentException(Objects.toString(decision));
        };
    return "User: %s is not authorized to perform: %s on resource: %s %s"
        .formatted(session.arn(), access.action(), access.resource(), reason);
  }

  @Override
  public void close() {
    server.stop(0);
    relay.close();
    queries.close();
    judge.close();
  }
}
