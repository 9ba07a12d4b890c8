package org.dbtbastion.infra.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.dbtbastion.testing.FreePort;
import org.dbtbastion.testing.LambdaService;
import org.dbtbastion.testing.RedshiftStandIn;
import org.dbtbastion.testing.SystemsManagerFront;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.cloudformation.model.StackResourceSummary;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ssm.SsmClient;

/**
 * Everything on one machine: the stack deployed by the real CDK CLI into an emulated account, the
 * real OpenSSH server on the deployed host files, the packaged functions under AWS's runtime
 * client, and PostgreSQL as the warehouse. All of it ends with the sandbox; its files stay in its
 * folder.
 */
final class Sandbox implements AutoCloseable {

  /** The bastion's name. */
  static final String NAME = "sandbox";

  /** The warehouse's name. */
  static final String CLUSTER = "analytics";

  static final String STACK = "dbt-bastion-" + NAME;
  static final String KEY_REGISTRY = STACK + "-key-registry";
  static final String CONNECTION_CHECK = STACK + "-connection-check";

  private static final int MAXIMUM_CONCURRENCY = 4;

  private final Path repository;
  private final Path folder;
  private final Progress progress;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  private Account account;
  private RedshiftStandIn warehouse;
  private CdkCli cdk;
  private BastionMachine machine;
  private SystemsManagerFront systemsManager;
  private LambdaService lambda;
  private String userData;
  private int sshPort;

  private Sandbox(Path repository, Path folder, Progress progress) {
    this.repository = repository;
    this.folder = folder;
    this.progress = progress;
  }

  /**
   * Starts everything.
   *
   * @param repository the built repository
   * @param folder where all files go; what an earlier sandbox left there is removed
   */
  static Sandbox start(Path repository, Path folder, Progress progress) {
    Sandbox sandbox = new Sandbox(repository, folder.toAbsolutePath().normalize(), progress);
    try {
      sandbox.startAll();
      return sandbox;
    } catch (RuntimeException e) {
      sandbox.close();
      throw e;
    }
  }

  Path folder() {
    return folder;
  }

  Account account() {
    return account;
  }

  RedshiftStandIn warehouse() {
    return warehouse;
  }

  BastionMachine machine() {
    return machine;
  }

  LambdaService lambda() {
    return lambda;
  }

  /** The user data as it was deployed. */
  String userData() {
    return userData;
  }

  /** What makes the AWS CLI, SDKs and the scripts talk to the sandbox as they would to AWS. */
  Map<String, String> environment() {
    Map<String, String> environment = new TreeMap<>(account.environment());
    environment.put("AWS_ENDPOINT_URL_SSM", systemsManager.endpoint().toString());
    environment.putAll(lambda.environment());
    environment.put("DBT_BASTION_NAME", NAME);
    return environment;
  }

  /** The repository's scripts, which take the sandbox for AWS. */
  Scripts scripts() {
    return new Scripts(repository, environment());
  }

  /** Does what the deployment's schedule does every hour. */
  void renewCheckKey() {
    LambdaService.Invocation invocation =
        lambda.invoke(KEY_REGISTRY, "{\"action\":\"renew-check-key\"}");
    if (invocation.functionError().isPresent() || !invocation.text().startsWith("{\"ok\":true")) {
      throw new IllegalStateException("renew-check-key answered " + invocation.text());
    }
  }

  /** Has the check log in to another database than the one that was deployed. */
  void renameDatabaseOfConnection(String before, String after) {
    String name = "/dbt-bastion/" + NAME + "/connections/" + CLUSTER;
    try (SsmClient ssm = account.client(SsmClient.builder())) {
      String value = ssm.getParameter(request -> request.name(name)).parameter().value();
      ssm.putParameter(
          request ->
              request
                  .name(name)
                  .value(value.replace('"' + before + '"', '"' + after + '"'))
                  .overwrite(true));
    }
  }

  private void startAll() {
    progress.step("emptied " + folder, this::emptyFolder);
    // Side by side: each of them mostly waits.
    CompletableFuture<RedshiftStandIn> startingWarehouse =
        CompletableFuture.supplyAsync(() -> RedshiftStandIn.start(folder.resolve("warehouse")));
    account =
        progress.step(
            "moto as the AWS account, with a VPC",
            () -> opened(Account.start(folder.resolve("aws"), Account.Kind.WITH_NAT)));
    cdk = new CdkCli(repository.resolve("infra"), folder.resolve("cdk"), account.environment());
    progress.step("cdk bootstrap", () -> run(cdk::bootstrap));
    warehouse =
        progress.step(
            "PostgreSQL behind a Redshift-shaped gateway", () -> opened(joined(startingWarehouse)));
    account.createSecret(warehouse.user(), warehouse.password());
    account.createCluster(CLUSTER, warehouse.host(), warehouse.port(), warehouse.database());
    sshPort = FreePort.find();
    progress.step("cdk deploy", () -> run(() -> cdk.deploy(context())));
    machine = progress.step("user data on the bastion host, and sshd", this::boot);
    progress.step("the packaged functions", () -> run(this::startFunctions));
  }

  /** What a user would pass to {@code cdk deploy -c}. */
  Map<String, String> context() {
    return Map.of(
        "name",
        NAME,
        "redshift",
        CLUSTER,
        "secret",
        account.secretArn(),
        "dbtRegion",
        "us1",
        "sshPort",
        Integer.toString(sshPort),
        "sshUser",
        System.getProperty("user.name"));
  }

  private BastionMachine boot() {
    Instance instance = instance();
    userData = deployedUserData();
    BastionMachine host =
        opened(
            new BastionMachine(
                folder.resolve("bastion"),
                instance.instanceId(),
                instance.privateIpAddress(),
                sshPort,
                account.environment()));
    host.boot(userData);
    return host;
  }

  private void startFunctions() {
    systemsManager = opened(SystemsManagerFront.start(account.moto(), this::runAsAgent));
    lambda = opened(LambdaService.start(folder.resolve("lambda")));
    for (String name : List.of(KEY_REGISTRY, CONNECTION_CHECK)) {
      lambda.deploy(
          account.function(
              name,
              repository.resolve("function/target/function.zip"),
              systemsManager.environment(),
              MAXIMUM_CONCURRENCY,
              // Whom TLS trusts.
              List.of("-Djavax.net.ssl.trustStore=" + warehouse.caTrustStore())));
    }
  }

  /** The document has one command. */
  private SystemsManagerFront.AgentResult runAsAgent(String instanceId, List<String> commands)
      throws IOException {
    return machine.run(String.join("\n", commands));
  }

  private Instance instance() {
    try (Ec2Client ec2 = account.client(Ec2Client.builder())) {
      return ec2
          .describeInstances(
              request ->
                  request.filters(Filter.builder().name("tag:dbt-bastion").values(NAME).build()))
          .reservations()
          .stream()
          .flatMap(reservation -> reservation.instances().stream())
          .findFirst()
          .orElseThrow(() -> new IllegalStateException("the stack has launched no instance"));
    }
  }

  private String deployedUserData() {
    try (CloudFormationClient cloudFormation = account.client(CloudFormationClient.builder());
        Ec2Client ec2 = account.client(Ec2Client.builder())) {
      String template =
          cloudFormation
              .listStackResources(request -> request.stackName(STACK))
              .stackResourceSummaries()
              .stream()
              .filter(resource -> resource.resourceType().equals("AWS::EC2::LaunchTemplate"))
              .map(StackResourceSummary::physicalResourceId)
              .findFirst()
              .orElseThrow(() -> new IllegalStateException("the stack has no launch template"));
      String base64 =
          ec2.describeLaunchTemplateVersions(
                  request -> request.launchTemplateId(template).versions("$Latest"))
              .launchTemplateVersions()
              .getFirst()
              .launchTemplateData()
              .userData();
      return UserData.script(base64);
    }
  }

  private Void emptyFolder() throws IOException {
    if (Files.exists(folder)) {
      try (var files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
    Files.createDirectories(folder);
    return null;
  }

  private static Void run(Runnable action) {
    action.run();
    return null;
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  private static <T> T joined(CompletableFuture<T> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
  }

  /** Ends all parts, the last started first. */
  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
