package org.dbtbastion.local.sandbox;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.dbtbastion.standins.ssh.SshKeys;
import org.dbtbastion.text.Kebab;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What {@code scripts/sandbox} runs when everything is built. */
@Command(
    name = "scripts/sandbox",
    description = "Runs the whole path on this machine, without an AWS account.")
final class SandboxCommand implements Callable<Integer> {

  private static final String KEY_LABEL = "dbt-production";

  @Option(names = "--once", description = "End after the report.")
  private boolean once;

  @Option(names = "--json", description = "Print the report as JSON.")
  private boolean json;

  @Option(
      names = "--break",
      paramLabel = "LINK",
      completionCandidates = LinkNames.class,
      converter = LinkNames.class,
      description = "Break a link first: ${COMPLETION-CANDIDATES}.")
  private Link link;

  /** The links by their names on the command line. */
  static final class LinkNames implements CommandLine.ITypeConverter<Link>, Iterable<String> {

    @Override
    public Link convert(String name) {
      return Kebab.find(Link.class, name)
          .orElseThrow(
              () ->
                  new CommandLine.TypeConversionException(
                      "there is no link '"
                          + name
                          + "'; the links are: "
                          + String.join(", ", this)));
    }

    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(Link.values()).map(Link::id).iterator();
    }
  }

  /**
   * Ends with the exit status of {@code scripts/check}: 0 if all is well, 1 if not; 2 if the
   * sandbox itself failed, 64 if the arguments make no sense.
   */
  public static void main(String[] arguments) {
    // What is cut off by an interruption fails, which is no news to whoever interrupted.
    AtomicBoolean interrupted = new AtomicBoolean();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> interrupted.set(true), "interrupted"));
    CommandLine commandLine = new CommandLine(new SandboxCommand());
    commandLine.setParameterExceptionHandler(
        (e, _) -> {
          System.err.println(e.getMessage());
          e.getCommandLine().usage(System.err);
          return 64;
        });
    commandLine.setExecutionExceptionHandler(
        (e, _, _) -> {
          if (!interrupted.get()) {
            System.err.println();
            System.err.println("The sandbox did not start: " + e.getMessage());
          }
          return 2;
        });
    System.exit(commandLine.execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    // Only the report is for standard output.
    Progress progress = new Progress(System.err);
    Path repository = Path.of("").toAbsolutePath();
    progress.say("Starting the sandbox. All of it is on this machine; it ends with this command.");
    try (FolderLock _ = FolderLock.take(repository.resolve("target/sandbox.lock"));
        Sandbox sandbox =
            Sandbox.start(repository, repository.resolve("target/sandbox"), progress)) {
      Thread atExit = new Thread(sandbox::close, "sandbox");
      Runtime.getRuntime().addShutdownHook(atExit);
      progress.run("the check's own key, as the schedule sees to it", sandbox::renewCheckKey);
      Path environment = writeEnvironment(sandbox);
      registerDbtKey(sandbox, progress);
      if (link != null) {
        progress.run("broken: " + link.description(), () -> link.breakIn(sandbox));
      }
      progress.say("");
      List<String> check =
          new ArrayList<>(
              List.of("--connection", link == null ? Sandbox.CLUSTER : link.connection()));
      if (json) {
        check.add("--json");
      }
      int status = sandbox.script("check", check.toArray(String[]::new)).show();
      if (!once) {
        tellWhatToTry(System.err, repository.relativize(environment));
        new CountDownLatch(1).await();
      }
      return status;
    }
  }

  /** A key as dbt shows them: RSA of 4096 bits, without a comment. */
  private void registerDbtKey(Sandbox sandbox, Progress progress) {
    SshKeys key = SshKeys.likeDbt(sandbox.folder(), "dbt_key");
    String registered =
        progress.step(
            "scripts/register-key --label " + KEY_LABEL + " target/sandbox/dbt_key.pub",
            () ->
                sandbox
                    .script("register-key", "--label", KEY_LABEL, key.publicKey().toString())
                    .runOrThrow());
    progress.say("");
    progress.say(registered.stripTrailing().indent(2).stripTrailing());
  }

  /** For other terminals: sourced, it makes the scripts and the AWS CLI talk to the sandbox. */
  private static Path writeEnvironment(Sandbox sandbox) throws IOException {
    String exports =
        sandbox.environment().entrySet().stream()
            .map(SandboxCommand::export)
            .collect(Collectors.joining());
    return Files.writeString(sandbox.folder().resolve("environment"), exports);
  }

  private static String export(Map.Entry<String, String> variable) {
    return "export %s='%s'%n".formatted(variable.getKey(), variable.getValue());
  }

  private static void tellWhatToTry(PrintStream out, Path environment) {
    out.printf(
        """

        The sandbox stays up until you interrupt it. In another terminal, in this folder:

          . %s     # the scripts and the aws CLI talk to the sandbox
          scripts/check       # every way to log in
          scripts/list-keys
          scripts/dbt-settings
          ssh-keygen -q -t ed25519 -N '' -f target/sandbox/my_key
          scripts/register-key --label mine target/sandbox/my_key.pub
          scripts/revoke-key mine
          echo '{"action":"check","routes":["tunnel"]}' > target/sandbox/request.json
          aws lambda invoke --function-name %s \\
            --payload fileb://target/sandbox/request.json target/sandbox/answer.json

        """,
        environment, Sandbox.CONNECTION_CHECK);
  }
}
