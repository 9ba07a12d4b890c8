package org.dbtbastion.local.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.dbtbastion.standins.account.ParameterStore;
import org.dbtbastion.standins.account.RedshiftApiFront;
import org.dbtbastion.standins.account.SystemsManagerFront;
import org.dbtbastion.standins.account.UserData;
import org.dbtbastion.standins.idp.IdentityProvider;
import org.dbtbastion.standins.lambda.LambdaService;
import org.dbtbastion.standins.net.SilentPort;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.redshift.Passwords;
import org.dbtbastion.standins.redshift.RedshiftStandIn;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.cloudformation.model.StackResourceSummary;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.IpPermission;
import software.amazon.awssdk.services.ec2.model.ResponseLaunchTemplateData;

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
  public static final String KEY_REGISTRY = STACK + "-key-registry";
  public static final String CONNECTION_CHECK = STACK + "-connection-check";

  private static final int MAXIMUM_CONCURRENCY = 4;
  private static final List<String> HOST_KEYS =
      List.of("host-keys/ed25519.pub", "host-keys/rsa.pub");

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
  private ParameterStore parameters;
  private final String clientSecret = Passwords.random();
  private final Map<String, List<IpPermission>> closed = new HashMap<>();
  private final Map<String, String> forgotten = new HashMap<>();
  private SilentPort silentSsh;
  private String clientSecretArn;
  private RedshiftApiFront redshiftApi;
  private IdentityProvider identityProvider;
  private volatile boolean trusting = true;
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

  public Path folder() {
    return folder;
  }

  public Account account() {
    return account;
  }

  public RedshiftStandIn warehouse() {
    return warehouse;
  }

  /** The command line that has deployed it; what that looked up is in its cdk.context.json. */
  public CdkCli cdk() {
    return cdk;
  }

  public BastionMachine machine() {
    return machine;
  }

  public LambdaService lambda() {
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

  /** One of the repository's scripts, which takes the sandbox for AWS. */
  Command script(String name, String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(repository.resolve("scripts").resolve(name).toString());
    words.addAll(List.of(arguments));
    return new Command(words, environment());
  }

  /** Does what the deployment's schedule does every hour. */
  public void renewCheckKey() {
    LambdaService.Invocation invocation =
        lambda.invoke(KEY_REGISTRY, "{\"action\":\"renew-check-key\"}");
    if (invocation.functionError().isPresent() || !invocation.text().startsWith("{\"ok\":true")) {
      throw new IllegalStateException("renew-check-key answered " + invocation.text());
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

  /** The identity provider's client as its secret has it. */
  static String client(String secret) {
    return "{\"client_id\":\"%s\",\"client_secret\":\"%s\"}"
        .formatted(IdentityProvider.CLIENT_ID, secret);
  }

  /** The identity provider's secret for its client. */
  String clientSecret() {
    return clientSecret;
  }

  /** The ARN of the secret with the identity provider's client. */
  String clientSecretArn() {
    return clientSecretArn;
  }

  RedshiftApiFront redshiftApi() {
    return redshiftApi;
  }

  /**
   * Whether the warehouse takes what Redshift's API and the identity provider issue from now on.
   */
  void trustIssuers(boolean trust) {
    trusting = trust;
  }

  /** Has this security group let nobody in. */
  void close(String securityGroup) {
    closed.put(securityGroup, account.closeSecurityGroup(securityGroup));
  }

  /** Takes back every {@link #close(String)}. */
  void reopen() {
    closed.forEach(account::openSecurityGroup);
    closed.clear();
  }

  /** Closes the bastion's security group, and has its SSH port answer nobody. */
  void silenceBastion() {
    close(instance().securityGroups().getFirst().groupId());
    machine.stopSshd();
    silentSsh = SilentPort.open(new InetSocketAddress(machine.address(), sshPort));
  }

  /** Takes back {@link #silenceBastion}. */
  void endSilenceOfBastion() {
    if (silentSsh != null) {
      silentSsh.close();
    }
    machine.startSshd();
    reopen();
  }

  /** Switches the bastion host off, as far as EC2 and dbt can see. */
  public void stopInstance() {
    machine.stopSshd();
    try (Ec2Client ec2 = account.client(Ec2Client.builder())) {
      ec2.stopInstances(request -> request.instanceIds(machine.instanceId()));
    }
  }

  /** Takes back {@link #stopInstance}. */
  public void startInstance() {
    try (Ec2Client ec2 = account.client(Ec2Client.builder())) {
      ec2.startInstances(request -> request.instanceIds(machine.instanceId()));
    }
    machine.startSshd();
  }

  /** Takes the Elastic IP from the bastion host. */
  void disassociate() {
    String allocation = parameters.find("elastic-ip").orElseThrow().value();
    try (Ec2Client ec2 = account.client(Ec2Client.builder())) {
      String association =
          ec2.describeAddresses(request -> request.allocationIds(allocation))
              .addresses()
              .getFirst()
              .associationId();
      ec2.disassociateAddress(request -> request.associationId(association));
    }
  }

  /** Takes back {@link #disassociate}. */
  void associateAgain() {
    String allocation = parameters.find("elastic-ip").orElseThrow().value();
    try (Ec2Client ec2 = account.client(Ec2Client.builder())) {
      ec2.associateAddress(
          request -> request.allocationId(allocation).instanceId(machine.instanceId()));
    }
  }

  /** Takes the public host keys out of Parameter Store. */
  void forgetHostKeys() {
    for (String path : HOST_KEYS) {
      forgotten.put(path, parameters.find(path).orElseThrow().value());
      parameters.delete(path);
    }
  }

  /** Takes back {@link #forgetHostKeys}. */
  void storeHostKeysAgain() {
    forgotten.forEach(parameters::put);
    forgotten.clear();
  }

  void stopIdentityProvider() {
    identityProvider.close();
  }

  /** Where it was before. */
  void startIdentityProvider() {
    identityProvider = identityProvider(identityProvider.port());
  }

  private IdentityProvider identityProvider(int port) {
    return new IdentityProvider(warehouse.authority(), clientSecret, this::issueToken, port);
  }

  private String issueToken() {
    String token = Passwords.random();
    if (trusting) {
      warehouse.acceptToken(token);
    }
    return token;
  }

  private String issuePassword(String user) {
    String password = warehouse.issuePassword(user);
    return trusting ? password : Passwords.random();
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
    parameters = opened(new ParameterStore(account.moto(), NAME));
    cdk = new CdkCli(repository.resolve("infra"), folder.resolve("cdk"), account.environment());
    progress.step("cdk bootstrap", () -> run(cdk::bootstrap));
    warehouse =
        progress.step(
            "PostgreSQL behind a Redshift-shaped gateway", () -> opened(joined(startingWarehouse)));
    warehouse.execute(
        """
        create schema dbt;
        create schema raw;
        create table raw.orders (id int);
        grant usage, create on schema dbt to dbt_user;
        grant usage on schema raw to dbt_user;
        grant select on raw.orders to dbt_user;
        """);
    progress.step(
        "stand-ins of Redshift's API and of an identity provider", () -> run(this::startIssuers));
    account.createSecret(warehouse.user(), warehouse.password());
    account.createCluster(CLUSTER, warehouse.host(), warehouse.port(), warehouse.database());
    sshPort = FreePort.find();
    progress.step("cdk deploy", () -> run(() -> cdk.deploy(context())));
    machine = progress.step("user data on the bastion host, and sshd", this::boot);
    progress.step("the packaged functions", () -> run(this::startFunctions));
  }

  private void startIssuers() {
    redshiftApi = opened(new RedshiftApiFront(account.moto().endpoint(), this::issuePassword));
    redshiftApi.leadTo(warehouse.host(), warehouse.port());
    clientSecretArn = account.createSecretOf("dbt/okta", client(clientSecret));
    identityProvider = identityProvider(0);
    open.push(() -> identityProvider.close());
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
            clientSecretArn,
            identityProvider.okta())
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

  private BastionMachine boot() {
    Instance instance = instance();
    ResponseLaunchTemplateData template = launchTemplateData();
    userData = UserData.script(template.userData());
    joinSecurityGroups(instance, template.networkInterfaces().getFirst().groups());
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
    Map<String, String> environment = new HashMap<>(systemsManager.environment());
    environment.putAll(redshiftApi.environment());
    for (String name : List.of(KEY_REGISTRY, CONNECTION_CHECK)) {
      lambda.deploy(
          account.function(
              name,
              repository.resolve("function/target/function.zip"),
              environment,
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

  /** The bastion host as EC2 knows it. */
  Instance instance() {
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

  private ResponseLaunchTemplateData launchTemplateData() {
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
      return ec2.describeLaunchTemplateVersions(
              request -> request.launchTemplateId(template).versions("$Latest"))
          .launchTemplateVersions()
          .getFirst()
          .launchTemplateData();
    }
  }

  /** What moto leaves out when the Auto Scaling group launches an instance. */
  private void joinSecurityGroups(Instance instance, List<String> groups) {
    try (Ec2Client ec2 = account.client(Ec2Client.builder())) {
      ec2.modifyInstanceAttribute(
          request -> request.instanceId(instance.instanceId()).groups(groups));
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
