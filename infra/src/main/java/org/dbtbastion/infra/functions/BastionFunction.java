package org.dbtbastion.infra.functions;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.dbtbastion.action.Action;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.permissions.Arns;
import org.dbtbastion.infra.permissions.Permission;
import software.amazon.awscdk.Annotations;
import software.amazon.awscdk.RemovalPolicy;
import software.amazon.awscdk.services.ec2.ISecurityGroup;
import software.amazon.awscdk.services.ec2.IVpc;
import software.amazon.awscdk.services.ec2.SubnetSelection;
import software.amazon.awscdk.services.iam.Role;
import software.amazon.awscdk.services.iam.ServicePrincipal;
import software.amazon.awscdk.services.lambda.Alias;
import software.amazon.awscdk.services.lambda.Architecture;
import software.amazon.awscdk.services.lambda.CfnFunction;
import software.amazon.awscdk.services.lambda.Function;
import software.amazon.awscdk.services.lambda.IFunction;
import software.amazon.awscdk.services.lambda.SnapStartConf;
import software.amazon.awscdk.services.logs.LogGroup;
import software.amazon.awscdk.services.logs.RetentionDays;
import software.amazon.awscdk.services.sqs.IQueue;
import software.constructs.Construct;

/**
 * One of the functions that run the zip: with a role that has what it is given and nothing else,
 * and with its own log group.
 */
public final class BastionFunction extends Construct {

  /**
   * The network that a function is attached to.
   *
   * @param vpc the VPC
   * @param subnets where its network interfaces are
   * @param securityGroup their security group
   */
  public record Network(IVpc vpc, SubnetSelection subnets, ISecurityGroup securityGroup) {

    public Network {
      Objects.requireNonNull(vpc, "vpc");
      Objects.requireNonNull(subnets, "subnets");
      Objects.requireNonNull(securityGroup, "securityGroup");
    }
  }

  /**
   * What the functions of a bastion have in common.
   *
   * @param bastion the bastion that they belong to
   * @param zip what they run
   * @param snapStart whether they start from a snapshot that Lambda takes of each published version
   * @param missedRuns gets the scheduled calls that never reached them
   */
  public record Shared(BastionName bastion, FunctionZip zip, boolean snapStart, IQueue missedRuns) {

    public Shared {
      Objects.requireNonNull(bastion, "bastion");
      Objects.requireNonNull(zip, "zip");
      Objects.requireNonNull(missedRuns, "missedRuns");
    }
  }

  /**
   * What makes a function different from the other.
   *
   * @param shared what it has in common with the other
   * @param name the function's name
   * @param description what it is for
   * @param actions the actions that it answers; others are refused by the function
   * @param environment further variables
   * @param timeout after which Lambda ends an invocation
   * @param permissions what it may do, besides writing its log
   * @param network where it is attached; empty for none
   */
  public record Props(
      Shared shared,
      String name,
      String description,
      List<Action> actions,
      Map<String, String> environment,
      Duration timeout,
      List<Permission> permissions,
      Optional<Network> network) {

    public Props {
      Objects.requireNonNull(shared, "shared");
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(description, "description");
      actions = List.copyOf(actions);
      environment = Map.copyOf(environment);
      Objects.requireNonNull(timeout, "timeout");
      permissions = List.copyOf(permissions);
      Objects.requireNonNull(network, "network");
    }
  }

  // For the CPU that comes with it: one whole vCPU. Java's start and SSH handshakes take it, and an
  // invocation that ends sooner costs no more. Source: the Lambda developer guide, "Configure
  // Lambda function memory".
  private static final int MEMORY_MEBIBYTES = 1769;

  // Scripts and pipelines may know it: it is part of what is promised.
  private static final String ALIAS = "live";

  private final Function function;
  private final IFunction invoked;

  /** Puts a function into a construct. */
  public BastionFunction(Construct scope, String id, Props props) {
    super(scope, id);
    LogGroup logGroup =
        LogGroup.Builder.create(this, "Log")
            .logGroupName(logGroupName(props))
            .retention(RetentionDays.ONE_MONTH)
            .removalPolicy(RemovalPolicy.DESTROY)
            .build();
    Role role =
        Permission.role(
            this,
            "Role",
            "What the function %s may do".formatted(props.name()),
            new ServicePrincipal("lambda.amazonaws.com"),
            permissions(props));
    Function.Builder builder =
        Function.Builder.create(this, "Function")
            .functionName(props.name())
            .description(props.description())
            .runtime(FunctionZip.RUNTIME)
            .architecture(Architecture.ARM_64)
            .handler(FunctionZip.HANDLER)
            .code(props.shared().zip().code())
            .memorySize(MEMORY_MEBIBYTES)
            .timeout(software.amazon.awscdk.Duration.seconds(props.timeout().toSeconds()))
            .environment(environment(props))
            .role(role)
            .logGroup(logGroup);
    props.network().ifPresent(network -> attach(builder, network, role));
    if (props.shared().snapStart()) {
      builder.snapStart(SnapStartConf.ON_PUBLISHED_VERSIONS);
    }
    function = builder.build();
    // CDK waits for policies apart from the role; here they are in the role, and the function
    // refers to that.
    ((CfnFunction) Objects.requireNonNull(function.getNode().getDefaultChild()))
        .addDeletionOverride("DependsOn");
    invoked = props.shared().snapStart() ? alias() : function;
  }

  private static String logGroupName(Props props) {
    return "/aws/lambda/" + props.name();
  }

  private List<Permission> permissions(Props props) {
    List<Permission> permissions = new ArrayList<>(props.permissions());
    permissions.add(
        Permission.allow("WriteLog", "logs:CreateLogStream", "logs:PutLogEvents")
            .onAny(
                "Lambda makes a log stream for each environment",
                Arns.of(this).logStreams(logGroupName(props))));
    if (props.network().isPresent()) {
      permissions.addAll(networkPermissions(props.name()));
    }
    return permissions;
  }

  private static Map<String, String> environment(Props props) {
    Map<String, String> environment = new TreeMap<>(props.environment());
    environment.put("DBT_BASTION_NAME", props.shared().bastion().value());
    environment.put(
        "DBT_BASTION_ACTIONS",
        props.actions().stream().map(Action::id).collect(Collectors.joining(",")));
    return environment;
  }

  private static void attach(Function.Builder builder, Network network, Role role) {
    // After the function Lambda removes its interfaces, with its role. Until then its security
    // group cannot be deleted; so the role goes last. Source: aws-cdk 6701, 34400.
    network.securityGroup().getNode().addDependency(role);
    builder
        .vpc(network.vpc())
        .vpcSubnets(network.subnets())
        // Whoever chose the subnets knows that a function has no public address in them.
        .allowPublicSubnet(true)
        .securityGroups(List.of(network.securityGroup()));
  }

  /** The function itself, whose metrics count the calls of all its versions. */
  public IFunction function() {
    return function;
  }

  /**
   * What callers invoke: with SnapStart the alias of the newest version, because a snapshot is
   * taken of published versions only; else the function itself.
   */
  public IFunction invoked() {
    return invoked;
  }

  private Alias alias() {
    Annotations.of(function)
        .acknowledgeWarning(
            "@aws-cdk/aws-lambda:snapStartRequirePublish", "the alias is of a published version");
    return Alias.Builder.create(this, "Alias")
        .aliasName(ALIAS)
        .description("The newest version, which callers invoke")
        // It is published anew whenever the code or the configuration changes.
        .version(function.getCurrentVersion())
        .build();
  }

  /**
   * Lambda attaches a function to a VPC with the function's own role, for which these actions know
   * no narrower resource. The code itself is denied those again that change something.
   *
   * <p>Source: the Lambda developer guide, "Giving Lambda functions access to resources in an
   * Amazon VPC".
   */
  private List<Permission> networkPermissions(String functionName) {
    String[] actions = {
      "ec2:AssignPrivateIpAddresses",
      "ec2:CreateNetworkInterface",
      "ec2:DeleteNetworkInterface",
      "ec2:UnassignPrivateIpAddresses"
    };
    String functionArn = Arns.of(this).function(functionName);
    return List.of(
        Permission.allow("AttachToVpc", actions)
            .onAny("Lambda refuses a role in which these are narrower", "*"),
        Permission.allow("SeeVpc", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets")
            .onAny("IAM knows neither resources nor conditions for the actions", "*"),
        Permission.deny("AttachToVpcIsForLambdaOnly", actions)
            .onAny("a denial, of all that AttachToVpc allows", "*")
            .when(
                Map.of(
                    "ArnEquals",
                    // The second is its versions.
                    Map.of("lambda:SourceFunctionArn", List.of(functionArn, functionArn + ":*")))));
  }
}
