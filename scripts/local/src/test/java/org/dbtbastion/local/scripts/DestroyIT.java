package org.dbtbastion.local.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.dbtbastion.local.sandbox.CdkCli;
import org.dbtbastion.local.sandbox.WarehouseAccount;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Command.Result;
import org.dbtbastion.standins.process.Repository;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.cloudformation.model.Stack;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.Parameter;

/**
 * What scripts/deploy makes with the real CDK command line, scripts/destroy deletes, in an account
 * that moto emulates; a stand-in answers for the functions.
 */
class DestroyIT {

  private static final String KEY = "/dbt-bastion/default/authorized-keys/0123";

  @TempDir private Path folder;

  @Test
  void whatIsDeployedIsDestroyedButForKeysUnlessAskedTo() throws IOException {
    try (WarehouseAccount account =
            WarehouseAccount.start(folder.resolve("account"), WarehouseAccount.Kind.WITH_NAT);
        LambdaStandIn lambda = new LambdaStandIn();
        CloudFormationClient stacks = account.client(CloudFormationClient.builder());
        SsmClient ssm = account.client(SsmClient.builder())) {
      account.createSecret("dbt", "not used here");
      BuiltFolder built = BuiltFolder.withReal(folder.resolve("repository"));
      Map<String, String> environment = environment(account, lambda);
      List<String> configuration = configuration(account);
      new CdkCli(Repository.infra(), folder.resolve("cdk"), account.environment()).bootstrap();
      lambda.willAnswer("{\"ok\":true,\"status\":\"created\",\"fingerprint\":\"\",\"hosts\":[]}");

      Result deploy =
          run(
              environment,
              built,
              "deploy",
              configuration,
              "--",
              "--require-approval",
              "never",
              "--ci");

      assertThat(deploy.status()).as(deploy.errors()).isZero();
      assertThat(lambda.invocations())
          .extracting(LambdaStandIn.Invocation::function)
          .containsExactly("dbt-bastion-default-key-registry");
      assertThat(names(stacks)).contains("dbt-bastion-default");
      ssm.putParameter(parameter -> parameter.name(KEY).type("String").value("a key"));

      Result keep = run(environment, built, "destroy", configuration, "--force");

      assertThat(keep.status()).as(keep.errors()).isZero();
      assertThat(keep.errors()).contains(KEY + "  a registered key");
      assertThat(names(stacks)).doesNotContain("dbt-bastion-default");
      assertThat(parameters(ssm)).containsExactly(KEY);

      Result remove = run(environment, built, "destroy", configuration, "--remove-keys", "--force");

      assertThat(remove.status()).as(remove.errors()).isZero();
      assertThat(parameters(ssm)).isEmpty();
    }
  }

  private static Result run(
      Map<String, String> environment,
      BuiltFolder built,
      String script,
      List<String> configuration,
      String... more) {
    List<String> command = new ArrayList<>(List.of(built.script(script).toString()));
    command.addAll(configuration);
    command.addAll(List.of(more));
    return new Command(command, environment).run();
  }

  private Map<String, String> environment(WarehouseAccount account, LambdaStandIn lambda)
      throws IOException {
    Path home = Files.createDirectories(folder.resolve("home"));
    Map<String, String> environment = new HashMap<>(account.environment());
    environment.put("AWS_ENDPOINT_URL_LAMBDA", lambda.endpoint());
    environment.put("DBT_BASTION_NAME", "default");
    environment.put("CDK_DISABLE_CLI_TELEMETRY", "true");
    // Otherwise they keep caches in the user's home.
    environment.put("CDK_HOME", home.toString());
    environment.put("TMPDIR", home.toString());
    environment.put(
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT",
        Repository.root().resolve("infra/target/jsii-cache").toString());
    return environment;
  }

  private static List<String> configuration(WarehouseAccount account) {
    List<String> options = new ArrayList<>();
    new TreeMap<>(
            Map.of(
                "vpcId",
                account.vpcId(),
                "endpoint",
                "analytics.abc123.us-east-1.redshift.amazonaws.com",
                "database",
                "analytics",
                "securityGroup",
                account.securityGroupId(),
                "secret",
                account.secretArn(),
                "dbtRegion",
                "us1"))
        .forEach((key, value) -> options.addAll(List.of("-c", key + "=" + value)));
    return options;
  }

  private static List<String> names(CloudFormationClient stacks) {
    return stacks.describeStacks().stacks().stream().map(Stack::stackName).toList();
  }

  private static List<String> parameters(SsmClient ssm) {
    return ssm
        .getParametersByPath(request -> request.path("/dbt-bastion").recursive(true))
        .parameters()
        .stream()
        .map(Parameter::name)
        .toList();
  }
}
