package org.dbtbastion.infra.checks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import org.dbtbastion.action.Action;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.entrance.Entrance;
import org.dbtbastion.infra.functions.BastionFunction;
import org.dbtbastion.infra.functions.RecurringInvocation;
import org.dbtbastion.infra.network.AwsApiAccess;
import org.dbtbastion.infra.network.DnsServers;
import org.dbtbastion.infra.network.FragmentationNeeded;
import org.dbtbastion.wire.ConnectionJson;
import software.amazon.awscdk.services.ec2.ISubnet;
import software.amazon.awscdk.services.ec2.IVpc;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.amazon.awscdk.services.ssm.CfnParameter;
import software.constructs.Construct;
import software.constructs.IDependable;

/**
 * The function that checks connections and says what to type into dbt, and the schedules that call
 * it. It runs in the warehouse's VPC. It changes nothing, except that a connection may create its
 * database user (autocreate): a caller who may check cannot register a key.
 */
public final class ConnectionCheckFunction extends Construct {

  /**
   * What is checked, and from where.
   *
   * @param shared what it has in common with the other function of the bastion
   * @param vpc the VPC to check from
   * @param subnets the subnets to check from, which lead to AWS's APIs; empty to look for some
   * @param ssh the user and the port for SSH, and who may connect
   * @param entrance what dbt connects to
   * @param checked what is checked
   * @param checks how often, in whole minutes
   */
  public record Props(
      BastionFunction.Shared shared,
      IVpc vpc,
      Optional<List<ISubnet>> subnets,
      Configuration.Ssh ssh,
      Entrance entrance,
      CheckedConnections checked,
      Configuration.Checks checks) {

    public Props {
      Objects.requireNonNull(shared, "shared");
      Objects.requireNonNull(vpc, "vpc");
      subnets = subnets.map(List::copyOf);
      Objects.requireNonNull(ssh, "ssh");
      Objects.requireNonNull(entrance, "entrance");
      Objects.requireNonNull(checked, "checked");
      Objects.requireNonNull(checks, "checks");
    }
  }

  // Lambda's longest, for tunnels that are held. A check without a hold ends long before, as each
  // of its stages has a limit of its own.
  private static final Duration TIMEOUT = Duration.ofMinutes(15);

  private static final List<Action> ACTIONS = List.of(Action.CHECK, Action.DBT_SETTINGS);

  private final SecurityGroup securityGroup;
  private final BastionFunction function;
  private final List<RecurringInvocation> schedules = new ArrayList<>();

  /** Puts the check into a construct. */
  public ConnectionCheckFunction(Construct scope, String id, Props props) {
    super(scope, id);
    BastionName bastion = props.shared().bastion();
    IDependable[] parameters =
        props.checked().connections().stream()
            .map(connection -> parameter(bastion, connection))
            .toArray(IDependable[]::new);
    securityGroup =
        SecurityGroup.Builder.create(this, "SecurityGroup")
            .vpc(props.vpc())
            .description("Connection check of the bastion " + bastion)
            .allowAllOutbound(false)
            .build();
    FragmentationNeeded.allowInto(securityGroup);
    DnsServers.allowFrom(securityGroup);
    LoginPermissions logins = new LoginPermissions(this, props.checked());
    AwsApiAccess apis =
        new AwsApiAccess(
            this,
            "AwsApis",
            new AwsApiAccess.Props(
                bastion,
                props.vpc(),
                props.subnets(),
                securityGroup,
                logins.needClusters(),
                logins.needWorkgroups()));
    function =
        new BastionFunction(
            this,
            "Function",
            new BastionFunction.Props(
                props.shared(),
                bastion.connectionCheckFunction(),
                "Proves that the warehouse is reached, directly and through the bastion",
                ACTIONS,
                environment(props, apis),
                TIMEOUT,
                CheckPermissions.of(this, bastion, logins),
                Optional.of(
                    new BastionFunction.Network(props.vpc(), apis.subnets(), securityGroup))));
    for (CheckRequests.Recurring request : CheckRequests.of(props.checked(), props.checks())) {
      RecurringInvocation schedule = schedule(props, schedules.size() + 1, request);
      schedule.needs(parameters);
      schedule.needs(apis, securityGroup);
      schedules.add(schedule);
    }
  }

  private CfnParameter parameter(BastionName bastion, Connection connection) {
    return CfnParameter.Builder.create(this, "Connection-" + connection.name())
        .name(bastion.connections() + "/" + connection.name())
        .description("What the connection check logs in to as " + connection.name())
        .type("String")
        .value(ConnectionJson.of(connection).toString())
        .build();
  }

  private RecurringInvocation schedule(Props props, int number, CheckRequests.Recurring request) {
    return new RecurringInvocation(
        this,
        number == 1 ? "Check" : "Check" + number,
        new RecurringInvocation.Props(
            props.shared().bastion().stack() + "-check" + (number == 1 ? "" : "-" + number),
            request.what(),
            function.invoked(),
            request.interval(),
            request.json(),
            props.shared().missedRuns()));
  }

  private Map<String, String> environment(Props props, AwsApiAccess apis) {
    Configuration.Ssh ssh = props.ssh();
    Entrance entrance = props.entrance();
    Map<String, String> environment = new HashMap<>(apis.environment());
    environment.put("DBT_BASTION_SSH_USER", ssh.user());
    environment.put("DBT_BASTION_SSH_PORT", Integer.toString(ssh.port()));
    environment.put("DBT_BASTION_TUNNEL_HOST", entrance.host());
    entrance
        .heldAddress()
        .ifPresent(address -> environment.put("DBT_BASTION_PUBLIC_ADDRESS", address));
    // What the audit looks at, besides what it finds by these.
    entrance.targetGroup().ifPresent(arn -> environment.put("DBT_BASTION_TARGET_GROUP", arn));
    environment.put(
        "DBT_BASTION_SOURCES",
        ssh.sources().stream().map(Cidr::toString).collect(Collectors.joining(",")));
    environment.put("DBT_BASTION_SECURITY_GROUP", securityGroup.getSecurityGroupId());
    environment.put(
        "DBT_BASTION_SUBNETS",
        String.join(",", props.vpc().selectSubnets(apis.subnets()).getSubnetIds()));
    return environment;
  }

  /** The function. */
  public BastionFunction function() {
    return function;
  }

  /** The schedules that call the function; their names begin with that of the first. */
  public List<RecurringInvocation> schedules() {
    return List.copyOf(schedules);
  }

  /** The security group of the function's network interfaces. */
  public SecurityGroup securityGroup() {
    return securityGroup;
  }
}
