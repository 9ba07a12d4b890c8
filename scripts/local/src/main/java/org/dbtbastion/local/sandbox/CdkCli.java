package org.dbtbastion.local.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.process.Command;

/**
 * The real CDK command line, on the built app, in a folder of its own: looked-up values of an
 * account that is gone tomorrow must not stay in the module's cdk.context.json.
 */
public final class CdkCli {

  private final Path infra;
  private final Path folder;
  private final Map<String, String> environment;

  /**
   * @param infra the module's folder, with cdk.json, the build's output and node_modules
   * @param folder where it works and writes; created
   * @param account what makes it talk to the account
   */
  public CdkCli(Path infra, Path folder, Map<String, String> account) {
    this.infra = infra.toAbsolutePath().normalize();
    this.folder = folder.toAbsolutePath();
    this.environment = new HashMap<>(account);
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("CDK_DISABLE_CLI_TELEMETRY", "true");
    // A warning of Node's age, which would hide what it has to say.
    environment.put("AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED", "true");
    // Otherwise they keep caches in the user's home.
    environment.put("CDK_HOME", this.folder.resolve("home").toString());
    environment.put(
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT", this.infra.resolve("target/jsii-cache").toString());
    environment.put("TMPDIR", this.folder.resolve("home").toString());
    try {
      Files.createDirectories(this.folder.resolve("home"));
      Files.copy(
          this.infra.resolve("cdk.json"),
          this.folder.resolve("cdk.json"),
          StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Prepares the account for deployments; outside the app's folder, which would be synthesized. */
  public void bootstrap() {
    String environment = "aws://" + Moto.ACCOUNT + "/" + Moto.REGION;
    cdk("bootstrap", folder.getParent(), List.of("bootstrap", environment));
  }

  /**
   * Deploys the stack with these context values, without asking.
   *
   * @return what was printed, of this and earlier deployments
   */
  public String deploy(Map<String, String> context) {
    // moto forgets the outputs of a stack that a change set creates.
    List<String> options =
        List.of("--require-approval", "never", "--progress", "events", "--method", "direct");
    return app("deploy", options, context);
  }

  /**
   * Compares what these context values give with what is deployed, by the templates.
   *
   * @throws IllegalStateException if there is a difference
   */
  public void assertNoDifference(Map<String, String> context) {
    app("diff", List.of("--fail", "--method", "template"), context);
  }

  /** Destroys the stack with these context values, without asking. */
  public void destroy(Map<String, String> context) {
    app("destroy", List.of("--force"), context);
  }

  /**
   * Synthesizes the stack with these context values.
   *
   * @return the folder with the template and what it refers to
   */
  public Path synth(Map<String, String> context) {
    app("synth", List.of("--quiet"), context);
    return folder.resolve("cdk.out");
  }

  private String app(String verb, List<String> options, Map<String, String> context) {
    List<String> arguments = new ArrayList<>(List.of(verb, "--app", appCommand()));
    arguments.addAll(options);
    new TreeMap<>(context)
        .forEach((key, value) -> arguments.addAll(List.of("-c", key + "=" + value)));
    return cdk(verb, folder, arguments);
  }

  private String cdk(String name, Path directory, List<String> arguments) {
    Path program = infra.resolve("node_modules/.bin/cdk");
    if (!Files.isExecutable(program)) {
      throw new IllegalStateException(
          "the CDK CLI is missing: run npm ci in " + infra + ", or scripts/sandbox, which does");
    }
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(arguments);
    command.addAll(List.of("--no-color", "--no-notices"));
    Path log = folder.resolve("cdk-" + name + ".log");
    new Command(command, environment).in(directory).runOrThrow(log);
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** As cdk.json has it, with whole paths. */
  private String appCommand() {
    return "CDK_VALIDATION=false '%s/bin/java' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC '-Ddbt-bastion.infra=%s' '-Djava.io.tmpdir=%s' -cp '%s:%s/*' org.dbtbastion.infra.App"
        .formatted(
            System.getProperty("java.home"),
            infra,
            folder.resolve("home"),
            infra.resolve("target/classes"),
            infra.resolve("target/lib"));
  }
}
