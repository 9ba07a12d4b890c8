package org.dbtbastion.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.amazonaws.services.lambda.runtime.ClientContext;
import com.amazonaws.services.lambda.runtime.CognitoIdentity;
import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.LambdaLogger;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dbtbastion.action.Action;
import org.dbtbastion.audit.Audit;
import org.dbtbastion.check.ConnectionCheck;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.credentials.CredentialsSource;
import org.dbtbastion.dbt.Tunnel;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.deployment.Deployment;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshAccess;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.handler.RequestMutator.Mutant;
import org.dbtbastion.keys.KeyLine;
import org.dbtbastion.metrics.EmbeddedMetrics;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.network.Described;
import org.dbtbastion.network.NetworkSnapshot;
import org.dbtbastion.network.ResolvedHost;
import org.dbtbastion.redshift.RedshiftWarehouse;
import org.dbtbastion.registry.CheckKeyPair;
import org.dbtbastion.registry.CheckKeyPairs;
import org.dbtbastion.registry.CheckKeyRenewal;
import org.dbtbastion.registry.InMemoryKeyStore;
import org.dbtbastion.registry.KeyRegistry;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.tunnel.JschKeyPairs;
import org.dbtbastion.tunnel.JschSsh;
import org.junit.jupiter.api.Test;

/**
 * Whatever is sent, the handler answers, or refuses and says why. More requests are tried with
 * {@code -Drequests.mutants=100000}, others with {@code -Drequests.seed=7}.
 */
class HostileRequestsTest {

  private static final int MUTANTS = Integer.getInteger("requests.mutants", 1_000);
  private static final long SEED = Long.getLong("requests.seed", 20_261_123);
  private static final int LONGEST_MESSAGE = 64 * 1024;
  private static final Duration INVOCATION = Duration.ofSeconds(20);

  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{C}\\p{Zl}\\p{Zp}&&[^\n]]");

  private static final Pattern PROBLEM =
      Pattern.compile(
          "'?[^\n]*'?: [a-z0-9]+(-[a-z0-9]+)*: \\S[^\n]*\\.|… and \\d+ problems more\\.");

  private static final Pattern INNARDS =
      Pattern.compile(
          "\\wException\\b|\\w\\.\\w*Error\\b|org\\.dbtbastion|com\\.fasterxml|java\\.\\w+\\.");

  private static final List<String> GOOD =
      List.of(
          "{\"action\":\"register-key\",\"publicKey\":\"%s\",\"label\":\"prod\"}"
              .formatted(KeyLine.ED25519),
          "{\"action\":\"register-key\",\"publicKey\":\"%s\",\"label\":\"prod\",\"expiresAt\":\"2099-01-31T00:00:00Z\"}"
              .formatted(KeyLine.RSA_2048),
          "{\"action\":\"revoke-key\",\"fingerprint\":\"%s\"}"
              .formatted(KeyLine.ED25519_FINGERPRINT),
          "{\"action\":\"list-keys\"}",
          "{\"action\":\"check\",\"connections\":[\"analytics\"],\"routes\":[\"direct\"],\"failOnError\":true}",
          "{\"action\":\"check\",\"routes\":[\"direct\",\"tunnel\"]}",
          """
          {"action":"check","routes":["direct"],"connections":["analytics",{"name":"mine",\
          "host":"127.0.0.1","port":5439,"database":"dev","schemas":["a"],"sources":["b"],\
          "authentication":{"method":"oauth_token_identity_center","secret":"idp",\
          "tokenEndpoint":{"type":"okta","requestUrl":"https://idp.example.com/token",\
          "requestData":"grant_type=client_credentials"}}}]}""",
          "{\"action\":\"dbt-settings\",\"connection\":\"analytics\"}");

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final DeployedResources SITE =
      new DeployedResources(
          "default", 22, Optional.empty(), Optional.empty(), List.of(), Set.of(), List.of());
  private final List<Throwable> unexpected = new ArrayList<>();
  private final Handler handler = new Handler(actions());

  @Test
  void answersOrRefusesWhateverIsSent() throws IOException {
    RequestMutator mutator = new RequestMutator(GOOD);
    Map<String, Integer> outcomes = new TreeMap<>();
    ByteArrayOutputStream written = new ByteArrayOutputStream();
    PrintStream standardOutput = System.out;
    System.setOut(new PrintStream(written, true, StandardCharsets.UTF_8));
    try {
      for (int number = 0; number < MUTANTS; number++) {
        outcomes.merge(outcome(mutator.mutant(SEED, number)), 1, Integer::sum);
      }
    } finally {
      System.setOut(standardOutput);
    }

    System.out.printf("%d requests of seed %d: %s%n", MUTANTS, SEED, outcomes);
    assertThat(written.toString(StandardCharsets.UTF_8)).doesNotContain(RequestMutator.CANARY);
    assertThat(unexpected).isEmpty();
    // A mutator that only makes rubbish, or only good requests, would prove nothing.
    assertThat(outcomes.get("answered")).isGreaterThan(MUTANTS / 50);
    assertThat(outcomes.get("RequestRefused")).isGreaterThan(MUTANTS / 4);
  }

  private String outcome(Mutant mutant) throws IOException {
    ByteArrayOutputStream output = new ByteArrayOutputStream();
    try {
      handler.handleRequest(new ByteArrayInputStream(mutant.request()), output, new Invocation());
    } catch (RequestRefused refused) {
      assertTold(mutant, refused.getMessage());
      assertThat(refused.getMessage().lines().skip(1))
          .as("%s", mutant)
          .isNotEmpty()
          .allMatch(line -> PROBLEM.matcher(line).matches());
      return "RequestRefused";
    } catch (FunctionError error) {
      assertTold(mutant, error.getMessage());
      return error.getClass().getSimpleName();
    } catch (RuntimeException e) {
      fail(mutant.toString(), e);
    }
    JsonNode answer = JSON.readTree(output.toByteArray());
    assertThat(answer.path("ok").isBoolean()).as("%s: %s", mutant, answer).isTrue();
    return "answered";
  }

  private static void assertTold(Mutant mutant, String message) {
    assertThat(message.length()).as("%s", mutant).isLessThan(LONGEST_MESSAGE);
    assertThat(UNPRINTABLE.matcher(message).find()).as("%s: %s", mutant, message).isFalse();
    assertThat(INNARDS.matcher(message).find()).as("%s: %s", mutant, message).isFalse();
    assertThat(message).as("%s", mutant).doesNotContain(RequestMutator.CANARY);
  }

  private static NetworkSnapshot unreadable(Collection<ResolvedHost> targets) {
    return new NetworkSnapshot(
        unreadable(),
        unreadable(),
        unreadable(),
        unreadable(),
        unreadable(),
        targets.stream().collect(Collectors.toMap(target -> target, _ -> unreadable())),
        unreadable(),
        unreadable(),
        unreadable(),
        unreadable(),
        unreadable(),
        unreadable(),
        Map.of(),
        Map.of());
  }

  private static <T> Described<T> unreadable() {
    return new Described.Unreadable<>("ec2:Describe", "it", false, "not in this test");
  }

  private Actions actions() {
    KeyRegistry keys =
        new KeyRegistry(
            new InMemoryKeyStore(), (_, _) -> List.of(), InstantSource.fixed(Instant.now()));
    Deployment deployment = new NoBastion();
    return new Actions(
        EnumSet.allOf(Action.class),
        keys,
        new CheckKeyRenewal(keys, new NewPairs(), InstantSource.system()),
        deployment,
        new ConnectionCheck(
            new SshAccess("default", "dbtcloud", 22),
            deployment,
            new CredentialsSource(
                (_, _, _) -> new Attempt.Failed<>(Code.SECRET_MISSING, ""),
                new CredentialsSource.TemporaryPasswords() {
                  @Override
                  public Attempt<Credentials> forUser(
                      Authentication.Iam iam, String database, Deadline deadline) {
                    return new Attempt.Failed<>(Code.ISSUER_NOT_FOUND, "not in this test");
                  }

                  @Override
                  public Attempt<Credentials> forRole(
                      Authentication.IamRole role, String database, Deadline deadline) {
                    return new Attempt.Failed<>(Code.ISSUER_NOT_FOUND, "not in this test");
                  }
                },
                (_, _, _, _) -> new Attempt.Failed<>(Code.TOKEN_REFUSED, "")),
            new JschSsh(),
            new RedshiftWarehouse(),
            unexpected::add),
        new Audit(SITE, (_, targets, _) -> unreadable(targets), unexpected::add),
        new EmbeddedMetrics("default", unexpected::add),
        Optional.of(new Tunnel("203.0.113.10", 22, "dbtcloud")),
        () -> "us-east-1");
  }

  /** A deployment with a connection to a port that refuses, and without hosts. */
  private static final class NoBastion implements Deployment {

    private final Connection connection =
        new Connection(
            "analytics",
            "127.0.0.1",
            FreePort.find(),
            "dev",
            Optional.empty(),
            new LinkedHashSet<>(),
            new LinkedHashSet<>());

    @Override
    public List<Connection> connections(Deadline deadline) {
      return List.of(connection);
    }

    @Override
    public Attempt<List<BastionHost>> hosts(Deadline deadline) {
      return new Attempt.Failed<>(Code.BASTION_NOT_FOUND, "none");
    }

    @Override
    public Attempt<List<HostKeyPin>> hostKeys(Deadline deadline) {
      return new Attempt.Failed<>(Code.HOST_KEY_NOT_PINNED, "none");
    }

    @Override
    public Attempt<SshIdentity> checkKey(Deadline deadline) {
      return new Attempt.Failed<>(Code.CHECK_KEY_MISSING, "none");
    }
  }

  /** Keeps nothing: every time there is a new one. */
  private static final class NewPairs implements CheckKeyPairs {
    @Override
    public CheckKeyPair generate() {
      return JschKeyPairs.generate();
    }

    @Override
    public Optional<CheckKeyPair> find(Deadline deadline) {
      return Optional.empty();
    }

    @Override
    public void keep(CheckKeyPair pair, Deadline deadline) {}
  }

  /** An invocation of which all is left. */
  private static final class Invocation implements Context {
    @Override
    public String getAwsRequestId() {
      return "request";
    }

    @Override
    public String getLogGroupName() {
      return "group";
    }

    @Override
    public String getLogStreamName() {
      return "stream";
    }

    @Override
    public String getFunctionName() {
      return "function";
    }

    @Override
    public String getFunctionVersion() {
      return "1";
    }

    @Override
    public String getInvokedFunctionArn() {
      return "arn";
    }

    @Override
    public CognitoIdentity getIdentity() {
      return null;
    }

    @Override
    public ClientContext getClientContext() {
      return null;
    }

    @Override
    public int getRemainingTimeInMillis() {
      return (int) INVOCATION.toMillis();
    }

    @Override
    public int getMemoryLimitInMB() {
      return 128;
    }

    @Override
    public LambdaLogger getLogger() {
      return null;
    }
  }
}
