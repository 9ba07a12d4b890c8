package org.dbtbastion.infra;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.functions.FunctionZip;
import org.dbtbastion.infra.hosts.HostFiles;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import org.dbtbastion.problem.Problems;
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
      software.amazon.awscdk.App app = new software.amazon.awscdk.App();
      addStack(
          app,
          Path.of(System.getProperty(FOLDER, "")),
          System.getenv("CDK_DEFAULT_ACCOUNT"),
          System.getenv("CDK_DEFAULT_REGION"));
      app.synth();
    } catch (ConfigurationException e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  /**
   * Puts the stack that an app's context describes into the app.
   *
   * @param folder the folder of this module
   * @param account the AWS account, or null if it is not known
   * @param region the AWS region, or null if it is not known
   * @throws ConfigurationException with all problems at once
   */
  public static void addStack(
      software.amazon.awscdk.App app, Path folder, String account, String region) {
    Problems<ConfigurationProblem> problems = new Problems<>();
    Environment environment = collect(problems, () -> environment(account, region));
    Configuration configuration = collect(problems, () -> Configuration.read(context(app), region));
    HostFiles files = collect(problems, () -> HostFiles.in(folder.resolve("bastion")));
    FunctionZip zip =
        collect(problems, () -> FunctionZip.at(folder.resolve("../function/target/function.zip")));
    problems.throwIfAny(ConfigurationException::new);
    new BastionStack(app, new BastionStack.Props(configuration, files, zip, environment));
  }

  /** What the supplier gives; null if it finds problems, which are then kept. */
  private static <T> T collect(Problems<ConfigurationProblem> problems, Supplier<T> supplier) {
    try {
      return supplier.get();
    } catch (ConfigurationException e) {
      problems.addAll(e.problems());
      return null;
    }
  }

  private static Map<String, Object> context(software.amazon.awscdk.App app) {
    Map<String, Object> context = new LinkedHashMap<>();
    ((Map<?, ?>) app.getNode().getAllContext())
        .forEach((key, value) -> context.put((String) key, value));
    return context;
  }

  private static Environment environment(String account, String region) {
    if (account == null || region == null) {
      throw new ConfigurationException(
          new ConfigurationProblem(
              account == null ? "the AWS account" : "the AWS region",
              null,
              "what the AWS credentials and the AWS region of the shell say",
              "log in to AWS and set AWS_REGION, then see: aws sts get-caller-identity"));
    }
    return Environment.builder().account(account).region(region).build();
  }
}
