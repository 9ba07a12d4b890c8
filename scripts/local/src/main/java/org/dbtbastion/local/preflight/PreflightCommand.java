package org.dbtbastion.local.preflight;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.text.Printable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;

/** What {@code scripts/preflight} runs, in the repository's folder. */
@Command(name = "scripts/preflight", mixinStandardHelpOptions = true)
public final class PreflightCommand implements Callable<Integer> {

  @Option(names = "-c", paramLabel = "KEY=VALUE", description = "Configuration, as of the CDK.")
  private Map<String, String> context = new LinkedHashMap<>();

  @Option(names = "--json", description = "Print the findings as JSON.")
  private boolean json;

  /** Ends with 0 if nothing stands in the way, 1 if something does, 64 if it makes no sense. */
  public static void main(String[] arguments) {
    CommandLine commandLine = new CommandLine(new PreflightCommand());
    commandLine.setParameterExceptionHandler(
        (e, _) -> {
          System.err.println(e.getMessage());
          return 64;
        });
    System.exit(commandLine.execute(arguments));
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    String region;
    Configuration configuration;
    try {
      region = new DefaultAwsRegionProviderChain().getRegion().id();
    } catch (SdkClientException _) {
      System.err.println(
          "The AWS region is not known. Choose one, for example: export AWS_REGION=eu-central-1");
      return 64;
    }
    try {
      configuration = Configuration.read(context(), region);
    } catch (ConfigurationException e) {
      System.err.println(e.getMessage());
      return 64;
    }
    System.err.printf(
        "  Asking AWS what stands in the way of %s …%n", configuration.name().stack());
    Preflight.Result result = Preflight.run(configuration, region);
    if (json) {
      System.out.println(json(configuration, result).toPrettyString());
    } else {
      print(System.out, result);
    }
    return result.ok() ? 0 : 1;
  }

  /** As the CDK has it: what is typed comes before what is in cdk.json. */
  private Map<String, Object> context() throws IOException {
    Map<String, Object> whole = new LinkedHashMap<>();
    ObjectMapper mapper = new ObjectMapper();
    mapper
        .readTree(Path.of("infra/cdk.json").toFile())
        .path("context")
        .properties()
        .forEach(
            each -> whole.put(each.getKey(), mapper.convertValue(each.getValue(), Object.class)));
    whole.putAll(context);
    return whole;
  }

  private static ObjectNode json(Configuration configuration, Preflight.Result result) {
    ObjectNode report = new ObjectMapper().createObjectNode();
    report.put("ok", result.ok());
    report.put("account", result.account().orElse(null));
    report.put("region", result.region());
    report.put("bastion", configuration.name().value());
    ArrayNode findings = report.putArray("findings");
    for (Finding finding : result.findings()) {
      findings
          .addObject()
          .put("code", finding.cause().id())
          .put("severity", finding.cause().severity().id())
          .put("resource", finding.resource())
          .put("detail", finding.detail())
          .put("remedy", finding.remedy());
    }
    return report;
  }

  private static void print(PrintStream out, Preflight.Result result) {
    for (Finding finding : result.findings()) {
      String sign =
          switch (finding.cause().severity()) {
            case ERROR -> "✗";
            case WARNING -> "!";
            case UNKNOWN -> "?";
          };
      out.printf(
          "%s %s: %s%n    %s%n    fix: %s%n",
          sign,
          Printable.of(finding.resource()),
          finding.cause().meaning(),
          finding.cause().id() + ": " + Printable.of(finding.detail()),
          Printable.of(finding.remedy()));
    }
    out.println(
        result.ok()
            ? "Nothing that could be seen stands in the way of a deployment."
            : "A deployment would fail, or the bastion would be of no use.");
  }
}
