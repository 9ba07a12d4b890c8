package org.dbtbastion.local.lab;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ServerSocketFactory;
import org.dbtbastion.local.client.DbtJobs;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.local.lab.machine.HostTree;
import org.dbtbastion.local.lab.machine.ResidentAwsCli;
import org.dbtbastion.local.lab.network.AwsFront;
import org.dbtbastion.local.lab.network.Namespace;
import org.dbtbastion.local.lab.network.SecurityGroups;
import org.dbtbastion.local.lab.network.Vpc;
import org.dbtbastion.local.sandbox.WarehouseAccount;
import org.dbtbastion.standins.account.ParameterStore;
import org.dbtbastion.standins.account.SystemsManagerFront;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.redshift.RedshiftStandIn;
import org.dbtbastion.standins.ssh.SshKeys;
import software.amazon.awssdk.services.autoscaling.AutoScalingClient;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.elasticloadbalancingv2.ElasticLoadBalancingV2Client;
import software.amazon.awssdk.services.elasticloadbalancingv2.model.TargetDescription;

/**
 * A network of hosts on this machine: the dbt platform, any number of bastions booted by the
 * deployed user data, the warehouse and AWS, with the deployed security groups between them.
 *
 * <p>The bastions are containers with systemd, cloud-init and OpenSSH of their own; the account is
 * moto, to which the template of the real CDK command line is deployed; the warehouse is the
 * Redshift stand-in. The hosts' AWS CLI is {@link AwsCli}, but where something is measured. Needs
 * root on Linux. Safe for use by several threads.
 */
public final class Lab implements AutoCloseable {

  private static final String NETWORK = "10.77";

  /** The bastion's name. */
  public static final String NAME = "lab";

  /** Whom dbt logs in as. */
  public static final String USER = "dbtcloud";

  /** Addresses of the dbt platform. */
  public static final List<String> DBT_ADDRESSES =
      List.of("52.45.144.63", "54.81.134.249", "52.22.161.231", "52.3.77.232");

  /** The first of them. */
  public static final String DBT = DBT_ADDRESSES.getFirst();

  /** An address of somebody else. */
  public static final String STRANGER = "198.51.100.7";

  /**
   * The bastion's Elastic IP, or its balancer's. moto's own are loopback addresses, which no router
   * forwards.
   */
  public static final String ELASTIC_IP = "203.0.113.20";

  /** The warehouse's host name. */
  public static final String REDSHIFT = "analytics.cfumlqd7t5f0.us-east-1.redshift.amazonaws.com";

  /** The warehouse's port. */
  public static final int REDSHIFT_PORT = 5439;

  /** The warehouse's address. */
  public static final String REDSHIFT_ADDRESS = NETWORK + ".1.50";

  private static final String STACK = "dbt-bastion-" + NAME;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final Map<String, String> context;
  private final boolean balanced;
  private final boolean measures;
  private final List<String> targets = new CopyOnWriteArrayList<>();
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Map<String, BootedHost> hosts = new ConcurrentHashMap<>();
  private final AtomicInteger keys = new AtomicInteger();

  private WarehouseAccount account;
  private RedshiftStandIn warehouse;
  private JsonNode template;
  private Path image;
  private Vpc vpc;
  private Namespace dbt;
  private Namespace redshift;
  private SystemsManagerFront systemsManager;
  private AwsFront aws;
  private ParameterStore parameters;

  private Lab(Path folder, Map<String, String> context, boolean measures) {
    this.folder = folder.toAbsolutePath();
    this.context = context;
    this.measures = measures;
    this.balanced = "network-load-balancer".equals(context.get("addressMode"));
  }

  /** Starts the network with all but the bastions, which are to hold an Elastic IP. */
  public static Lab start(Path infra, Path folder) {
    return start(infra, folder, Map.of());
  }

  /**
   * Starts the network with all but the bastions; takes a few seconds, and longer where there is no
   * root file system or template yet.
   *
   * @param infra the built module
   * @param folder where all its files go
   * @param context what is configured besides the name, the warehouse and dbt's region, as with
   *     {@code cdk -c}
   */
  public static Lab start(Path infra, Path folder, Map<String, String> context) {
    return start(infra, new Lab(folder, context, false));
  }

  /** The same with an Elastic IP, for what measures: each call of the AWS CLI starts it. */
  public static Lab measured(Path infra, Path folder) {
    return start(infra, new Lab(folder, Map.of(), true));
  }

  private static Lab start(Path infra, Lab lab) {
    Runtime.getRuntime().addShutdownHook(new Thread(lab::abandon, "lab"));
    try {
      lab.startAll(infra);
      return lab;
    } catch (RuntimeException e) {
      lab.close();
      throw e;
    }
  }

  private void startAll(Path infra) {
    CompletableFuture<Path> building = CompletableFuture.supplyAsync(HostTree::get);
    account =
        opened(
            WarehouseAccount.start(
                folder.resolve("aws"),
                balanced ? WarehouseAccount.Kind.WITHOUT_NAT : WarehouseAccount.Kind.WITH_NAT,
                NETWORK));
    parameters = opened(new ParameterStore(account.moto(), NAME));
    account.createSecret("dbt_user", "unused");
    account.createCluster("analytics", REDSHIFT, REDSHIFT_PORT, "analytics");
    Map<String, String> configured = new HashMap<>(context);
    configured.putAll(
        Map.of(
            "name",
            NAME,
            "redshift",
            "analytics",
            "secret",
            account.secretArn(),
            "dbtRegion",
            "us1"));
    new StackTemplate(infra, folder.resolve("cdk"), account, configured).deploy(STACK);
    emptyGroup();
    template = template();
    vpc =
        opened(new Vpc("lab" + ProcessHandle.current().pid(), folder, SecurityGroups.in(template)));
    dbt =
        vpc.connect(
            "dbt",
            Vpc.INTERNET_MTU,
            Stream.concat(DBT_ADDRESSES.stream(), Stream.of(STRANGER)).toArray(String[]::new));
    startWarehouse();
    systemsManager = opened(SystemsManagerFront.start(account.moto(), this::runAsAgent));
    Namespace network =
        vpc.connect("aws", Vpc.JUMBO_MTU, AwsFront.ADDRESS, AwsFront.METADATA_ADDRESS);
    aws =
        opened(
            new AwsFront(
                network,
                account.moto().endpoint(),
                systemsManager.endpoint(),
                new AwsFront.Listener() {
                  @Override
                  public void associated(String allocationId) {
                    associate(allocationId);
                  }

                  @Override
                  public void hookCompleted(String hook, String instanceId) {
                    if (balanced && hook.equals("launch")) {
                      register(instanceId);
                    }
                  }
                }));
    if (balanced) {
      vpc.join(
          securityGroup(
              template("AWS::ElasticLoadBalancingV2::LoadBalancer").get("SecurityGroups").get(0)),
          ELASTIC_IP);
      vpc.balance(ELASTIC_IP, targets);
    }
    image = building.join();
  }

  private void startWarehouse() {
    redshift = vpc.connect("redshift", Vpc.JUMBO_MTU, REDSHIFT_ADDRESS);
    vpc.join(account.securityGroupId(), REDSHIFT_ADDRESS);
    warehouse =
        opened(
            RedshiftStandIn.in(folder.resolve("warehouse"))
                .host(REDSHIFT)
                .address(REDSHIFT_ADDRESS)
                .port(REDSHIFT_PORT)
                .sockets(socketsOf(redshift))
                .start());
  }

  private static ServerSocketFactory socketsOf(Namespace network) {
    return new ServerSocketFactory() {
      @Override
      public ServerSocket createServerSocket() {
        return network.serverSocket().socket();
      }

      @Override
      public ServerSocket createServerSocket(int port) {
        throw new UnsupportedOperationException();
      }

      @Override
      public ServerSocket createServerSocket(int port, int backlog) {
        throw new UnsupportedOperationException();
      }

      @Override
      public ServerSocket createServerSocket(int port, int backlog, InetAddress address) {
        throw new UnsupportedOperationException();
      }
    };
  }

  private JsonNode template() {
    try (CloudFormationClient stacks = account.client(CloudFormationClient.builder())) {
      return JSON.readTree(stacks.getTemplate(request -> request.stackName(STACK)).templateBody());
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The properties of the one resource of a type, as they were deployed. */
  public JsonNode template(String type) {
    for (JsonNode resource : template.get("Resources")) {
      if (resource.get("Type").asText().equals(type)) {
        return resource.get("Properties");
      }
    }
    throw new IllegalStateException("the stack has no " + type);
  }

  private static String securityGroup(JsonNode reference) {
    return reference.get("Fn::GetAtt").get(0).asText();
  }

  /** The emulated AWS account that the stack is deployed into. */
  public WarehouseAccount account() {
    return account;
  }

  /** The bastion's parameters. */
  public ParameterStore parameters() {
    return parameters;
  }

  /** What stands for the warehouse. */
  public RedshiftStandIn warehouse() {
    return warehouse;
  }

  /**
   * How many connections the warehouse has accepted from this host: who logged in came this way.
   */
  public int forwardedBy(BootedHost host) {
    return warehouse.connectionsFrom(host.address());
  }

  /** The network between dbt, bastions and warehouse. */
  public Vpc vpc() {
    return vpc;
  }

  /** AWS as hosts reach it, with its faults. */
  public AwsFront aws() {
    return aws;
  }

  /** Systems Manager as hosts and functions reach it, with its faults. */
  public SystemsManagerFront systemsManager() {
    return systemsManager;
  }

  /** Where the dbt platform is, and strangers. */
  public Namespace dbt() {
    return dbt;
  }

  /** Where the warehouse is. */
  public Namespace redshift() {
    return redshift;
  }

  /** A new instance from the deployed launch template, switched off. The caller closes it. */
  public BootedHost launch(String name) {
    return launch(name, OptionalLong.empty());
  }

  /** The same, with a disk on which it can write only so many bytes. */
  public BootedHost launch(String name, long diskBytes) {
    return launch(name, OptionalLong.of(diskBytes));
  }

  private BootedHost launch(String name, OptionalLong diskBytes) {
    Instance instance = runInstance();
    String address = instance.privateIpAddress();
    Namespace network = vpc.connect(name, Vpc.JUMBO_MTU, address);
    JsonNode data = template("AWS::EC2::LaunchTemplate").get("LaunchTemplateData");
    data.get("NetworkInterfaces")
        .get(0)
        .get("Groups")
        .forEach(group -> vpc.join(securityGroup(group), address));
    aws.describe(address, instance.instanceId());
    BootedHost host =
        new BootedHost(
            new BootedHost.Instance(
                name,
                instance.instanceId(),
                address,
                network,
                Base64.getDecoder().decode(data.get("UserData").asText())),
            folder.resolve(instance.instanceId()),
            image,
            diskBytes);
    host.append("/etc/hosts", AwsFront.hosts());
    host.append("/etc/hosts", "%s %s%n".formatted(REDSHIFT_ADDRESS, REDSHIFT));
    try {
      host.append(
          "/etc/ssl/certs/ca-certificates.crt",
          Files.readString(aws.authority().writePem(folder.resolve("aws-ca.pem"))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!measures) {
      ResidentAwsCli.install(host);
    }
    hosts.put(instance.instanceId(), host);
    return host;
  }

  /**
   * Wants a host to end, as the Auto Scaling group does with one that has a successor: the balancer
   * leads no more logins to it, and it is told.
   */
  public void retire(BootedHost host) {
    deregister(host);
    aws.targetLifecycleState(host.address(), "Terminated");
  }

  /** The private addresses of the hosts that the balancer leads logins to. */
  public List<String> targets() {
    return List.copyOf(targets);
  }

  private void register(String instanceId) {
    targets.add(hosts.get(instanceId).address());
    vpc.balance(ELASTIC_IP, targets);
    try (ElasticLoadBalancingV2Client balancers =
        account.client(ElasticLoadBalancingV2Client.builder())) {
      balancers.registerTargets(
          request ->
              request
                  .targetGroupArn(parameters.find("target-group").orElseThrow().value())
                  .targets(TargetDescription.builder().id(instanceId).build()));
    }
  }

  private void deregister(BootedHost host) {
    if (targets.remove(host.address())) {
      vpc.balance(ELASTIC_IP, targets);
      try (ElasticLoadBalancingV2Client balancers =
          account.client(ElasticLoadBalancingV2Client.builder())) {
        balancers.deregisterTargets(
            request ->
                request
                    .targetGroupArn(parameters.find("target-group").orElseThrow().value())
                    .targets(TargetDescription.builder().id(host.id()).build()));
      }
    }
  }

  /** Ends an instance as EC2 would: at once, with its disk. */
  public void terminate(BootedHost host) {
    deregister(host);
    hosts.remove(host.id());
    aws.forget(host.id());
    host.close();
    vpc.leave(host.address());
    vpc.disconnect(host.network());
    try (Ec2Client ec2 = account.client(Ec2Client.builder())) {
      // What EC2 does by itself.
      ec2.describeAddresses().addresses().stream()
          .filter(address -> host.id().equals(address.instanceId()))
          .forEach(
              address ->
                  ec2.disassociateAddress(
                      request -> request.associationId(address.associationId())));
      ec2.terminateInstances(request -> request.instanceIds(host.id()));
    }
  }

  /** Hosts come from {@link #launch}: what the group itself launched in moto, nobody would boot. */
  private void emptyGroup() {
    try (AutoScalingClient groups = account.client(AutoScalingClient.builder())) {
      groups.updateAutoScalingGroup(
          request -> request.autoScalingGroupName(STACK).minSize(0).desiredCapacity(0));
    }
  }

  private Instance runInstance() {
    try (Ec2Client ec2 = account.client(Ec2Client.builder())) {
      String launchTemplate =
          ec2.describeLaunchTemplates().launchTemplates().getFirst().launchTemplateId();
      return ec2.runInstances(
              request ->
                  request
                      .minCount(1)
                      .maxCount(1)
                      .subnetId(publicSubnet(ec2))
                      .launchTemplate(
                          template -> template.launchTemplateId(launchTemplate).version("$Latest")))
          .instances()
          .getFirst();
    }
  }

  private String publicSubnet(Ec2Client ec2) {
    return ec2.describeSubnets().subnets().stream()
        .filter(subnet -> subnet.cidrBlock().equals(NETWORK + ".0.0/24"))
        .findFirst()
        .orElseThrow()
        .subnetId();
  }

  private void associate(String allocation) {
    try (Ec2Client ec2 = account.client(Ec2Client.builder())) {
      ec2.describeAddresses(request -> request.allocationIds(allocation)).addresses().stream()
          .filter(address -> address.instanceId() != null)
          .forEach(
              address ->
                  Optional.ofNullable(hosts.get(address.instanceId()))
                      .ifPresent(host -> vpc.associate(ELASTIC_IP, host.address())));
    }
  }

  private SystemsManagerFront.AgentResult runAsAgent(String instanceId, List<String> commands) {
    BootedHost host = hosts.get(instanceId);
    if (host == null) {
      throw new IllegalStateException("no agent runs on " + instanceId);
    }
    Command.Result result = host.run(String.join("\n", commands));
    return new SystemsManagerFront.AgentResult(result.status(), result.output(), result.errors());
  }

  /** A new key pair as the dbt platform makes them. */
  public SshKeys newKey() {
    return SshKeys.likeDbt(folder.resolve("keys"), "key-" + keys.incrementAndGet());
  }

  /** A new key pair that this host lets in. */
  public SshKeys admit(BootedHost host) {
    SshKeys key = newKey();
    parameters.register(key);
    host.ask("/opt/dbt-bastion/sync-keys");
    return key;
  }

  /** The public host keys that are stored now, as clients pin them: Ed25519's and RSA's. */
  public List<String> hostKeys() {
    return Stream.of("ed25519", "rsa")
        .map(type -> parameters.find("host-keys/" + type + ".pub").orElseThrow().value().strip())
        .toList();
  }

  /** The way of dbt's jobs, which trust the host keys that are stored now. */
  public DbtJobs.Way way() {
    return new DbtJobs.Way(dbt()::socket, ELASTIC_IP, USER, DbtJobs.pins(hostKeys()), warehouse());
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  /** Of an interrupted run no mounts, control groups and namespaces stay. */
  private void abandon() {
    hosts.values().forEach(BootedHost::close);
    if (open.contains(vpc)) {
      vpc.close();
    }
  }

  /** Ends all of it, the last started first. */
  @Override
  public void close() {
    List.copyOf(hosts.values()).forEach(this::terminate);
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
