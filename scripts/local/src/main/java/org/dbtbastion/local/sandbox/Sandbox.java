package org.dbtbastion.local.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.account.ParameterStore;
import org.dbtbastion.standins.account.SystemsManagerFront;
import org.dbtbastion.standins.iam.JudgedAccount;
import org.dbtbastion.standins.iam.Schedules;
import org.dbtbastion.standins.lambda.LambdaService;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.redshift.RedshiftStandIn;
import software.amazon.awssdk.services.ec2.model.Instance;

/**
 * Everything on one machine: the stack deployed by the real CDK CLI into an emulated account, the
 * real OpenSSH server on the deployed host files, the packaged functions under AWS's runtime
 * client, and PostgreSQL as the warehouse. All of it ends with the sandbox; its files stay in its
 * folder.
 */
public final class Sandbox implements AutoCloseable {

  /** The bastion's name. */
  static final String NAME = "sandbox";

  /** The warehouse's name, and that of the connection with user name and password. */
  public static final String CLUSTER = "analytics";

  /** The connection that logs in by IAM. */
  static final String IAM = "analytics-iam";

  /** The connection that logs in by an identity provider's token. */
  static final String IDENTITY_CENTER = "analytics-identity-center";

  static final String STACK = "dbt-bastion-" + NAME;

  /** The name of the function that may write keys. */
  public static final String KEY_REGISTRY = STACK + "-key-registry";

  /** The name of the function that checks. */
  public static final String CONNECTION_CHECK = STACK + "-connection-check";

  /** The roles of pipelines in scripts/README.md, each with one of the deployed policies. */
  static final String CHECK_ROLE = "dbt-bastion-check";

  static final String KEYS_ROLE = "dbt-bastion-keys";

  private static final int MAXIMUM_CONCURRENCY = 4;

  private final Path repository;
  private final Path folder;
  private final Progress progress;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  private WarehouseAccount account;
  private RedshiftStandIn warehouse;
  private Issuers issuers;
  private JudgedAccount judged;
  private CdkCli cdk;
  private DeployedStack stack;
  private BastionMachine machine;
  private LambdaService lambda;
  private ParameterStore parameters;
  private int sshPort;
  private final Faults faults = new Faults(this);

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
  public static Sandbox start(Path repository, Path folder, Progress progress) {
    Sandbox sandbox = new Sandbox(repository, folder.toAbsolutePath().normalize(), progress);
    try {
      sandbox.startAll();
      return sandbox;
    } catch (RuntimeException e) {
      sandbox.close();
      throw e;
    }
  }

  /** Where all files are. */
  public Path folder() {
    return folder;
  }

  /** The AWS account. */
  public WarehouseAccount account() {
    return account;
  }

  /** The warehouse. */
  public RedshiftStandIn warehouse() {
    return warehouse;
  }

  /** Who issues what the warehouse lets in. */
  Issuers issuers() {
    return issuers;
  }

  /** The command line that has deployed it; what that looked up is in its cdk.context.json. */
  public CdkCli cdk() {
    return cdk;
  }

  /** What was deployed. */
  DeployedStack stack() {
    return stack;
  }

  /** The account as hosts, functions, schedules and pipelines see it: IAM judges them. */
  JudgedAccount judged() {
    return judged;
  }

  /** The bastion host. */
  public BastionMachine machine() {
    return machine;
  }

  /** Where sshd listens on the bastion host. */
  public int sshPort() {
    return sshPort;
  }

  /** Where the functions run. */
  public LambdaService lambda() {
    return lambda;
  }

  /** What can be broken and mended again. */
  public Faults faults() {
    return faults;
  }

  /**
   * What makes the AWS CLI, SDKs and the scripts talk to the sandbox as they would to AWS, as the
   * account's administrator.
   */
  Map<String, String> environment() {
    Map<String, String> environment = new TreeMap<>(account.environment());
    environment.putAll(judged.environment());
    environment.put("DBT_BASTION_NAME", NAME);
    return environment;
  }

  /** One of the repository's scripts, which takes the sandbox for AWS, with the role it needs. */
  Command script(String name, String... arguments) {
    return scriptAs(
        List.of("check", "dbt-settings").contains(name) ? CHECK_ROLE : KEYS_ROLE, name, arguments);
  }

  /** One of the repository's scripts as a pipeline types it that has this role. */
  Command scriptAs(String role, String name, String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(repository.resolve("scripts").resolve(name).toString());
    words.addAll(List.of(arguments));
    Map<String, String> environment = environment();
    environment.putAll(judged.assumeInPipeline(role));
    return new Command(words, environment);
  }

  /** Does what the deployment's schedule does every hour. */
  public void renewCheckKey() {
    HttpResponse<String> answer =
        new Schedules(judged, account.moto(), STACK).run(STACK + "-renew-check-key");
    if (!answer.body().startsWith("{\"ok\":true")) {
      throw new IllegalStateException("renew-check-key answered " + answer.body());
    }
  }

  /** Describes the connection {@link #CLUSTER} otherwise than it was deployed. */
  void correctConnection(String before, String after) {
    String path = "connections/" + CLUSTER;
    String description = parameters.find(path).orElseThrow().value();
    parameters.put(path, description.replace('"' + before + '"', '"' + after + '"'));
  }

  /** The bastion's parameters. */
  public ParameterStore parameters() {
    return parameters;
  }

  /** The order is that of a user: the warehouse is there, the stack is deployed, functions run. */
  private void startAll() {
    progress.run("emptied " + folder, () -> Folders.empty(folder));
    // Side by side: each of them mostly waits.
    CompletableFuture<RedshiftStandIn> startingWarehouse =
        CompletableFuture.supplyAsync(() -> RedshiftStandIn.start(folder.resolve("warehouse")));
    account =
        progress.step(
            "moto as the AWS account, with a VPC",
            () ->
                opened(
                    WarehouseAccount.start(folder.resolve("aws"), WarehouseAccount.Kind.WITH_NAT)));
    parameters = opened(new ParameterStore(account.moto(), NAME));
    cdk = new CdkCli(repository.resolve("infra"), folder.resolve("cdk"), account.environment());
    progress.run("cdk bootstrap", cdk::bootstrap);
    warehouse =
        progress.step(
            "PostgreSQL behind a Redshift-shaped gateway", () -> opened(joined(startingWarehouse)));
    prepareWarehouse();
    issuers =
        progress.step(
            "stand-ins of Redshift's API and of an identity provider",
            () -> opened(new Issuers(account, warehouse)));
    sshPort = FreePort.find();
    progress.run("cdk deploy", () -> cdk.deploy(context()));
    stack = new DeployedStack(account, STACK, NAME);
    judged = progress.step("IAM, which judges with the deployed roles", this::startJudging);
    machine = progress.step("user data on the bastion host, and sshd", this::boot);
    progress.run("the packaged functions", this::startFunctions);
  }

  /** Makes what dbt needs in the warehouse, and what the account knows of the warehouse. */
  private void prepareWarehouse() {
    warehouse.execute(
        """
        create schema dbt;
        create schema raw;
        create table raw.orders (id int);
        grant usage, create on schema dbt to dbt_user;
        grant usage on schema raw to dbt_user;
        grant select on raw.orders to dbt_user;
        """);
    account.createSecret(warehouse.user(), warehouse.password());
    account.createCluster(CLUSTER, warehouse.host(), warehouse.port(), warehouse.database());
  }

  private String connections() {
    return """
        [{"name": "%1$s",
          "authentication": {"method": "database", "secret": "%2$s"},
          "schemas": ["dbt"], "sources": ["raw"]},
         {"name": "%3$s", "authentication": {"method": "iam", "user": "dbt_ci", "autocreate": true}},
         {"name": "%4$s",
          "authentication": {"method": "oauth_token_identity_center", "secret": "%5$s",
            "tokenEndpoint": {"type": "okta", "requestUrl": "%6$s",
              "requestData": "grant_type=client_credentials&scope=redshift"}}}]
        """
        .formatted(
            CLUSTER,
            account.secretArn(),
            IAM,
            IDENTITY_CENTER,
            issuers.clientSecretArn(),
            issuers.tokenEndpoint())
        // The CDK CLI takes the first line only.
        .replaceAll("\\s+", " ");
  }

  /** What a user would pass to {@code cdk deploy -c}. */
  public Map<String, String> context() {
    return Map.of(
        "name",
        NAME,
        "redshift",
        CLUSTER,
        "connections",
        connections(),
        "dbtRegion",
        "us1",
        "sshPort",
        Integer.toString(sshPort),
        "sshUser",
        System.getProperty("user.name"));
  }

  private JudgedAccount startJudging() {
    JudgedAccount started = opened(JudgedAccount.start(account.moto()));
    SystemsManagerFront systemsManager =
        opened(SystemsManagerFront.start(account.moto(), this::runAsAgent));
    started.route("ssm", systemsManager.endpoint());
    issuers.routes().forEach(started::route);
    started.createPipelineRole(CHECK_ROLE, policy("check"));
    started.createPipelineRole(KEYS_ROLE, policy("register-keys"));
    return started;
  }

  private static String policy(String what) {
    return "%s-%s-%s".formatted(STACK, what, Moto.REGION);
  }

  /** What makes a process talk to the account with these credentials. */
  private Map<String, String> environmentOf(Map<String, String> credentials) {
    Map<String, String> environment = new HashMap<>(judged.environment());
    environment.putAll(credentials);
    return environment;
  }

  private BastionMachine boot() {
    Instance instance = stack.instance();
    stack.joinSecurityGroups(instance);
    BastionMachine host =
        opened(
            new BastionMachine(
                folder.resolve("bastion"),
                instance.instanceId(),
                instance.privateIpAddress(),
                sshPort,
                environmentOf(
                    judged.assumeForInstance(stack.instanceProfile(), instance.instanceId()))));
    host.boot(stack.userData());
    return host;
  }

  private void startFunctions() {
    lambda = opened(LambdaService.start(folder.resolve("lambda")));
    judged.route("lambda", lambda.endpoint());
    for (String name : List.of(KEY_REGISTRY, CONNECTION_CHECK)) {
      lambda.deploy(
          account.function(
              name,
              repository.resolve("function/target/function.zip"),
              environmentOf(
                  judged.assumeForFunction(account.functionRole(name), LambdaService.arn(name))),
              MAXIMUM_CONCURRENCY,
              // Whom TLS trusts.
              List.of("-Djavax.net.ssl.trustStore=" + warehouse.caTrustStore())));
    }
  }

  /** The document has one command. */
  private SystemsManagerFront.AgentResult runAsAgent(String instanceId, List<String> commands) {
    Command.Result result = machine.run(String.join("\n", commands));
    return new SystemsManagerFront.AgentResult(result.status(), result.output(), result.errors());
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
