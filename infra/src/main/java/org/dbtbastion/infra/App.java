package org.dbtbastion.infra;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.awscdk.Environment;

/**
 * Synthesizes the stack of one bastion. The CDK command line starts it as cdk.json says, and hands
 * configuration, account and region over.
 *
 * <p>The system property {@code dbt-bastion.infra} names the folder that this module lies in; left
 * out, it is the working folder, where the CDK command line finds cdk.json.
 */
public final class App {

  private static final String FOLDER = "dbt-bastion.infra";

  private App() {}

  /**
   * Writes the cloud assembly to where the CDK command line wants it. What is wrong with the
   * configuration is printed to standard error, all at once, and the exit status is then 1.
   */
  public static void main(String[] arguments) {
    try {
      synthesize(Path.of(System.getProperty(FOLDER, "")));
    } catch (ConfigurationException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private static void synthesize(Path folder) {
    software.amazon.awscdk.App app = new software.amazon.awscdk.App();
    Problems problems = new Problems();
    Environment environment = problems.collect(App::environment);
    String region = environment == null ? null : environment.getRegion();
    Configuration configuration = problems.collect(() -> Configuration.read(context(app), region));
    HostFiles files = problems.collect(() -> HostFiles.in(folder.resolve("bastion")));
    FunctionZip zip =
        problems.collect(() -> FunctionZip.at(folder.resolve("../function/target/function.zip")));
    problems.throwIfAny();
    new BastionStack(app, new BastionStack.Props(configuration, files, zip, environment));
    app.synth();
  }

  private static Map<String, Object> context(software.amazon.awscdk.App app) {
    Map<String, Object> context = new LinkedHashMap<>();
    ((Map<?, ?>) app.getNode().getAllContext())
        .forEach((key, value) -> context.put((String) key, value));
    return context;
  }

  private static Environment environment() {
    String account = System.getenv("CDK_DEFAULT_ACCOUNT");
    String region = System.getenv("CDK_DEFAULT_REGION");
    if (account == null || region == null) {
      throw new ConfigurationException(
          new Problem(
              account == null ? "the AWS account" : "the AWS region",
              null,
              "what the AWS credentials and the AWS region of the shell say",
              "log in to AWS and set AWS_REGION, then see: aws sts get-caller-identity"));
    }
    return Environment.builder().account(account).region(region).build();
  }
}
