package org.dbtbastion.aws;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.registry.HostPush;
import org.dbtbastion.registry.HostSync;
import org.dbtbastion.registry.KeyChange;
import org.dbtbastion.text.Printable;
import org.dbtbastion.wire.LenientJson;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.GetCommandInvocationResponse;
import software.amazon.awssdk.services.ssm.model.InvocationDoesNotExistException;
import software.amazon.awssdk.services.ssm.model.Target;

/**
 * Tells the hosts by Run Command, with a document of the deployment's own that takes no parameters:
 * it runs the host's sync script and nothing else. Hosts that are slow, gone or not known to
 * Systems Manager yet are pending: they fetch the keys by themselves every minute.
 */
public final class RunCommandPush implements HostPush {

  /** Keys are in place, but not every parameter was a key: sync-keys ends so. */
  private static final int SOME_SKIPPED = 3;

  /** How much of a key's SHA-256 sync-keys prints. */
  private static final int PRINTED_DIGITS = 8;

  private static final Duration POLL = Duration.ofMillis(300);

  /** The longest that a caller waits for a push. */
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** How long Run Command may need to know of a command; AWS says a moment. */
  private static final Duration UNKNOWN_LIMIT = Duration.ofSeconds(5);

  /** For the answer, after the last poll. */
  private static final Duration MARGIN = Duration.ofMillis(500);

  /** A host that listed before Parameter Store showed the change everywhere lists once more. */
  private static final int MAXIMUM_COMMANDS = 3;

  /** AWS takes no less. An agent that has not taken the command by then does not run it later. */
  private static final int DELIVERY_SECONDS = 60;

  /**
   * The version that the deployment made. CloudFormation has been seen to leave an older one the
   * default (cloudformation-coverage-roadmap 2539).
   */
  private static final String NEWEST = "$LATEST";

  private final AwsClients clients;
  private final Hosts hosts;
  private final String bastion;
  private final String document;

  /**
   * @param document the name of the SSM document
   */
  public RunCommandPush(AwsClients clients, Hosts hosts, String bastion, String document) {
    this.clients = clients;
    this.hosts = hosts;
    this.bastion = bastion;
    this.document = document;
  }

  /**
   * What one host did with one command.
   *
   * @param tooEarly whether it has not seen the change yet, though it fetched the keys
   */
  private record Outcome(HostSync sync, boolean tooEarly) {}

  @Override
  public List<HostSync> push(KeyChange change, Deadline whole) {
    Deadline deadline = whole.within(LIMIT);
    List<BastionHost> running = hosts.running(deadline);
    if (running.isEmpty()) {
      return List.of();
    }
    List<Outcome> outcomes = command(running, change, deadline);
    for (int sent = 1;
        sent < MAXIMUM_COMMANDS && outcomes.stream().anyMatch(Outcome::tooEarly);
        sent++) {
      outcomes = command(running, change, deadline);
    }
    return outcomes.stream().map(Outcome::sync).toList();
  }

  private List<Outcome> command(List<BastionHost> running, KeyChange change, Deadline deadline) {
    String command;
    try {
      command = send(deadline);
    } catch (SdkException e) {
      String detail = "Run Command could not be sent: " + AwsErrors.text(e);
      return running.stream().map(host -> pending(host.id(), detail)).toList();
    }
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Outcome>> waiting = new ArrayList<>();
      for (BastionHost host : running) {
        waiting.add(executor.submit(() -> await(command, host.id(), change, deadline)));
      }
      List<Outcome> outcomes = new ArrayList<>();
      for (Future<Outcome> outcome : waiting) {
        outcomes.add(outcome.get());
      }
      return outcomes;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while hosts were fetching the keys", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private String send(Deadline deadline) {
    return ssm()
        .sendCommand(
            request ->
                request
                    .documentName(document)
                    .documentVersion(NEWEST)
                    .targets(Target.builder().key("tag:" + Hosts.TAG).values(bastion).build())
                    .timeoutSeconds(DELIVERY_SECONDS)
                    .overrideConfiguration(AwsClients.by(deadline)))
        .command()
        .commandId();
  }

  /** Not the SDK's waiter, which waits for a host that Run Command will never know of, too. */
  private Outcome await(String command, String host, KeyChange change, Deadline deadline)
      throws InterruptedException {
    Deadline lastPoll = deadline.within(deadline.remaining().minus(MARGIN));
    Deadline known = lastPoll.within(UNKNOWN_LIMIT);
    Outcome outcome = pending(host, "its agent has not taken the command yet");
    while (true) {
      try {
        GetCommandInvocationResponse invocation = invocation(command, host, deadline);
        Optional<Outcome> ended = ended(host, change, invocation);
        if (ended.isPresent()) {
          return ended.get();
        }
        outcome = pending(host, "Run Command: " + invocation.statusDetails());
        known = lastPoll;
      } catch (InvocationDoesNotExistException _) {
        // Not yet, or never.
      } catch (SdkException e) {
        outcome = pending(host, "no word from Run Command: " + AwsErrors.text(e));
      }
      if (lastPoll.passed() || known.passed()) {
        return outcome;
      }
      Thread.sleep(POLL);
    }
  }

  private GetCommandInvocationResponse invocation(String command, String host, Deadline deadline) {
    return ssm()
        .getCommandInvocation(
            request ->
                request
                    .commandId(command)
                    .instanceId(host)
                    .overrideConfiguration(AwsClients.by(deadline)));
  }

  private static Optional<Outcome> ended(
      String host, KeyChange change, GetCommandInvocationResponse invocation) {
    return switch (invocation.status()) {
      case PENDING, IN_PROGRESS, DELAYED, CANCELLING -> Optional.empty();
      case SUCCESS -> Optional.of(applied(host, change, invocation, ""));
      // It was not delivered, or was cut short: the host was not able to try.
      case TIMED_OUT, CANCELLED ->
          Optional.of(pending(host, "Run Command: " + invocation.statusDetails()));
      case FAILED, UNKNOWN_TO_SDK_VERSION ->
          Optional.of(
              Integer.valueOf(SOME_SKIPPED).equals(invocation.responseCode())
                  ? applied(
                      host,
                      change,
                      invocation,
                      "other parameters are no keys and were left out: " + lastLine(invocation))
                  : new Outcome(
                      new HostSync(
                          host,
                          HostSync.State.FAILED,
                          invocation.statusDetails() + ": " + lastLine(invocation)),
                      false));
    };
  }

  /** Of a host that ended well: whether it has seen the change, as far as its output tells. */
  private static Outcome applied(
      String host, KeyChange change, GetCommandInvocationResponse invocation, String detail) {
    // Run Command cuts off what is long: then it is no JSON.
    JsonNode summary = LenientJson.read(invocation.standardOutputContent());
    String refusal = summary.path("skipped").path(change.sha256Hex()).asText("");
    if (change.present() && !refusal.isEmpty()) {
      return new Outcome(
          new HostSync(host, HostSync.State.FAILED, "it refuses this key: " + refusal), false);
    }
    JsonNode applied = summary.path("applied");
    if (applied.isTextual() && change.present() != lists(applied.textValue(), change)) {
      String lag = "it fetched the keys, and Parameter Store did not show the change there yet";
      return new Outcome(pending(host, lag).sync(), true);
    }
    return new Outcome(new HostSync(host, HostSync.State.APPLIED, detail), false);
  }

  private static boolean lists(String applied, KeyChange change) {
    return Arrays.asList(applied.split(" "))
        .contains(change.sha256Hex().substring(0, PRINTED_DIGITS));
  }

  private static Outcome pending(String host, String why) {
    String detail = why + "; the host fetches the keys by itself every minute";
    return new Outcome(new HostSync(host, HostSync.State.PENDING, detail), false);
  }

  private static String lastLine(GetCommandInvocationResponse invocation) {
    String error = invocation.standardErrorContent();
    return error == null ? "" : Printable.of(error.lines().reduce((_, line) -> line).orElse(""));
  }

  private SsmClient ssm() {
    return clients.ssm();
  }
}
