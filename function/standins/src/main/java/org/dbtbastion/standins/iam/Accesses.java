package org.dbtbastion.standins.iam;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.dbtbastion.standins.account.Moto;
import org.w3c.dom.Node;

/**
 * What each call needs: actions, resources and context keys. It holds all calls of the roles in
 * use, and no others. Source: the Service Authorization Reference. Safe for use by several threads.
 */
final class Accesses {

  private static final Map<String, BiFunction<Accesses, Call, List<Access>>> TABLE =
      new HashMap<>();

  static {
    put("ssm:GetParameter", (all, call) -> List.of(all.parameter(call, call.text("Name"))));
    put("ssm:GetParameters", Accesses::parameters);
    // The path as it is given. Who may read a path may read all that is below.
    put("ssm:GetParametersByPath", (all, call) -> List.of(all.parameter(call, call.text("Path"))));
    put("ssm:DeleteParameter", (all, call) -> List.of(all.parameter(call, call.text("Name"))));
    put("ssm:DeleteParameters", Accesses::parameters);
    put("ssm:PutParameter", Accesses::putParameter);
    put("ssm:SendCommand", Accesses::sendCommand);
    for (String action : List.of("ssm:GetCommandInvocation", "ssm:DescribeInstanceInformation")) {
      put(action, (_, _) -> List.of(Access.to(action)));
    }

    for (String what :
        List.of(
            "Addresses",
            "InstanceStatus",
            "Instances",
            "NetworkAcls",
            "NetworkInterfaces",
            "RouteTables",
            "SecurityGroups",
            "Subnets")) {
      put("ec2:Describe" + what, (_, _) -> List.of(Access.to("ec2:Describe" + what)));
    }
    put(
        "ec2:DescribeVpcAttribute",
        (_, call) -> List.of(Access.on("ec2:" + call.operation(), ec2("vpc", call.text("VpcId")))));
    put(
        "ec2:GetManagedPrefixListEntries",
        (_, call) ->
            List.of(
                Access.on(
                    "ec2:" + call.operation(), ec2("prefix-list", call.text("PrefixListId")))));
    put("ec2:AssociateAddress", Accesses::associateAddress);

    for (String what :
        List.of(
            "ListenerAttributes", "Listeners", "LoadBalancers", "TargetGroups", "TargetHealth")) {
      String action = "elasticloadbalancing:Describe" + what;
      put(action, (_, _) -> List.of(Access.to(action)));
    }
    put("autoscaling:DescribeAutoScalingGroups", (_, call) -> List.of(Access.to(call.toString())));
    put(
        "autoscaling:CompleteLifecycleAction",
        (all, call) -> List.of(Access.on(call.toString(), all.group(call))));
    put(
        "cloudformation:SignalResource",
        (all, call) -> List.of(Access.on(call.toString(), all.stack(call))));
    for (String action : List.of("logs:CreateLogStream", "logs:PutLogEvents")) {
      put(action, (_, call) -> List.of(Access.on(action, logStream(call))));
    }
    put("secretsmanager:GetSecretValue", (all, call) -> List.of(all.secret(call)));

    put(
        "redshift:DescribeClusters",
        (_, call) -> {
          String cluster = call.text("ClusterIdentifier");
          return List.of(
              Access.on(
                  call.toString(),
                  arn("redshift", "cluster:" + (cluster.isEmpty() ? "*" : cluster))));
        });
    put("redshift:GetClusterCredentials", (_, call) -> clusterCredentials(call));
    put(
        "redshift:GetClusterCredentialsWithIAM",
        (_, call) -> List.of(Access.on(call.toString(), redshift("dbname", call, "DbName"))));

    put(
        "lambda:Invoke",
        (_, call) ->
            List.of(
                Access.on(
                    "lambda:InvokeFunction",
                    arn("lambda", "function:" + call.text("FunctionName")))));
    // Everybody may ask who they are.
    put("sts:GetCallerIdentity", (_, _) -> List.of());
  }

  private final MotoQueries moto;

  Accesses(MotoQueries moto) {
    this.moto = moto;
  }

  private static void put(String call, BiFunction<Accesses, Call, List<Access>> accesses) {
    TABLE.put(call, accesses);
  }

  /**
   * What a call needs.
   *
   * @throws IllegalArgumentException if it is not in the table
   */
  List<Access> of(Call call) {
    BiFunction<Accesses, Call, List<Access>> accesses = TABLE.get(call.toString());
    if (accesses == null) {
      throw new IllegalArgumentException(
          "what %s needs is not in the table of %s".formatted(call, Accesses.class.getName()));
    }
    return accesses.apply(this, call);
  }

  private Access parameter(Call call, String name) {
    // A name outside all paths has no slash.
    String resource = arn("ssm", "parameter" + (name.startsWith("/") ? name : "/" + name));
    return Access.on(call.toString(), resource);
  }

  private List<Access> parameters(Call call) {
    return call.texts("Names").stream().map(name -> parameter(call, name)).toList();
  }

  private List<Access> putParameter(Call call) {
    Access access = parameter(call, call.text("Name"));
    boolean overwrite = call.json().path("Overwrite").asBoolean();
    return List.of(
        new Access(
            access.action(),
            access.resource(),
            Map.of("ssm:Overwrite", Boolean.toString(overwrite))));
  }

  /** The document, and each instance that is named or has the tags. */
  private List<Access> sendCommand(Call call) {
    List<Access> accesses = new ArrayList<>();
    accesses.add(Access.on(call.toString(), arn("ssm", "document/" + call.text("DocumentName"))));
    List<String> instances = new ArrayList<>(call.texts("InstanceIds"));
    for (JsonNode target : call.json().path("Targets")) {
      Map<String, String> filter = new HashMap<>();
      filter.put("Filter.1.Name", target.path("Key").asText());
      int number = 1;
      for (JsonNode value : target.path("Values")) {
        filter.put("Filter.1.Value." + number++, value.asText());
      }
      instances.addAll(moto.texts("ec2", "DescribeInstances", filter, "//instanceId"));
    }
    for (String instance : instances) {
      Map<String, String> context = new HashMap<>();
      tags(instance).forEach((key, value) -> context.put("ssm:resourceTag/" + key, value));
      accesses.add(new Access(call.toString(), ec2("instance", instance), context));
    }
    return accesses;
  }

  /** The address, the instance, and its interface, which is in a VPC. */
  private List<Access> associateAddress(Call call) {
    String instance = call.text("InstanceId");
    List<Access> accesses = new ArrayList<>();
    accesses.add(tagged(call, "elastic-ip", call.text("AllocationId")));
    accesses.add(tagged(call, "instance", instance));
    for (Node each :
        moto.nodes(
            "ec2",
            "DescribeNetworkInterfaces",
            Map.of("Filter.1.Name", "attachment.instance-id", "Filter.1.Value.1", instance),
            "//networkInterfaceSet/item")) {
      accesses.add(
          new Access(
              call.toString(),
              ec2("network-interface", child(each, "networkInterfaceId")),
              Map.of("ec2:Vpc", ec2("vpc", child(each, "vpcId")))));
    }
    return accesses;
  }

  private Access tagged(Call call, String type, String id) {
    Map<String, String> context = new HashMap<>();
    tags(id).forEach((key, value) -> context.put("aws:ResourceTag/" + key, value));
    return new Access(call.toString(), ec2(type, id), context);
  }

  private Map<String, String> tags(String resource) {
    Map<String, String> tags = new HashMap<>();
    moto.nodes(
            "ec2",
            "DescribeTags",
            Map.of("Filter.1.Name", "resource-id", "Filter.1.Value.1", resource),
            "//tagSet/item")
        .forEach(tag -> tags.put(child(tag, "key"), child(tag, "value")));
    return tags;
  }

  private String group(Call call) {
    String name = call.text("AutoScalingGroupName");
    return moto
        .texts(
            "autoscaling",
            "DescribeAutoScalingGroups",
            Map.of("AutoScalingGroupNames.member.1", name),
            "//AutoScalingGroupARN")
        .stream()
        .findFirst()
        .orElse(arn("autoscaling", "autoScalingGroup:none:autoScalingGroupName/" + name));
  }

  private String stack(Call call) {
    String name = call.text("StackName");
    return name.startsWith("arn:")
        ? name
        : moto.texts("cloudformation", "DescribeStacks", Map.of("StackName", name), "//StackId")
            .getFirst();
  }

  private static String logStream(Call call) {
    return arn(
        "logs",
        "log-group:%s:log-stream:%s"
            .formatted(call.text("logGroupName"), call.text("logStreamName")));
  }

  /** A secret that is named is judged by its ARN; one that does not exist by its name. */
  private Access secret(Call call) {
    String id = call.text("SecretId");
    if (id.startsWith("arn:")) {
      return Access.on(call.toString(), id);
    }
    try {
      JsonNode secret =
          moto.json(
              "secretsmanager",
              "secretsmanager.DescribeSecret",
              JsonNodeFactory.instance.objectNode().put("SecretId", id));
      return Access.on(call.toString(), secret.path("ARN").asText());
    } catch (IllegalArgumentException _) {
      return Access.on(call.toString(), arn("secretsmanager", "secret:" + id));
    }
  }

  private static List<Access> clusterCredentials(Call call) {
    List<Access> accesses = new ArrayList<>();
    String user = redshift("dbuser", call, "DbUser");
    accesses.add(Access.on(call.toString(), user));
    if (!call.text("DbName").isEmpty()) {
      accesses.add(Access.on(call.toString(), redshift("dbname", call, "DbName")));
    }
    if (Boolean.parseBoolean(call.text("AutoCreate"))) {
      accesses.add(Access.on("redshift:CreateClusterUser", user));
    }
    for (String group : call.texts("DbGroups.DbGroup")) {
      String name = "dbgroup:%s/%s".formatted(call.text("ClusterIdentifier"), group);
      accesses.add(Access.on("redshift:JoinGroup", arn("redshift", name)));
    }
    return accesses;
  }

  private static String redshift(String type, Call call, String field) {
    return arn(
        "redshift", "%s:%s/%s".formatted(type, call.text("ClusterIdentifier"), call.text(field)));
  }

  private static String ec2(String type, String id) {
    return arn("ec2", type + "/" + id);
  }

  private static String arn(String service, String resource) {
    return "arn:aws:%s:%s:%s:%s".formatted(service, Moto.REGION, Moto.ACCOUNT, resource);
  }

  private static String child(Node node, String name) {
    for (Node child = node.getFirstChild(); child != null; child = child.getNextSibling()) {
      if (child.getNodeName().equals(name)) {
        return child.getTextContent();
      }
    }
    throw new IllegalStateException("moto says no " + name);
  }
}
