package org.dbtbastion.infra.synthesis;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An account in which CDK's lookups find things: it answers what an app reported as missing, as the
 * CDK command line does. A stand-in for both.
 *
 * @param subnetTypes the types of subnets that VPCs have, two of each
 * @param resources properties that Cloud Control gives out, by type and identifier with a space
 *     between
 * @param zones the last letters of the zones that have subnets
 * @param endpointZones the last letters of the zones in which interface endpoints can be
 */
public record Lookups(
    List<String> subnetTypes,
    Map<String, Map<String, Object>> resources,
    List<String> zones,
    List<String> endpointZones) {

  private static final Map<String, Integer> DIGITS =
      Map.of("Public", 1, "Private", 2, "Isolated", 3);

  public Lookups {
    subnetTypes = List.copyOf(subnetTypes);
    resources = Map.copyOf(resources);
    zones = List.copyOf(zones);
    endpointZones = List.copyOf(endpointZones);
  }

  public Lookups(List<String> subnetTypes, Map<String, Map<String, Object>> resources) {
    this(subnetTypes, resources, List.of("a", "b"), List.of("a", "b", "c"));
  }

  /** A VPC with subnets of these types, and nothing else. */
  public static Lookups inVpcOf(String... subnetTypes) {
    return new Lookups(List.of(subnetTypes), Map.of());
  }

  /** With subnets in the first zone only. */
  public Lookups inOneZone() {
    return inZones("a");
  }

  /** With subnets in these zones. */
  public Lookups inZones(String... letters) {
    return new Lookups(subnetTypes, resources, List.of(letters), endpointZones);
  }

  /** With interface endpoints in these zones only. */
  public Lookups withEndpointsIn(String... letters) {
    return new Lookups(subnetTypes, resources, zones, List.of(letters));
  }

  /** With one resource more. */
  public Lookups and(String type, String identifier, Map<String, Object> properties) {
    Map<String, Map<String, Object>> more = new HashMap<>(resources);
    more.put(type + " " + identifier, properties);
    return new Lookups(subnetTypes, more, zones, endpointZones);
  }

  /** With a provisioned cluster more. */
  public Lookups andCluster(String name, String securityGroup, String vpcId) {
    return and(
            "AWS::Redshift::Cluster",
            name,
            Map.of(
                "Endpoint.Address",
                name + ".abc123.us-east-1.redshift.amazonaws.com",
                "Endpoint.Port",
                "5439",
                "VpcSecurityGroupIds",
                List.of(securityGroup, "sg-0ffffffffffffffff"),
                "DBName",
                "dev"))
        .and("AWS::EC2::SecurityGroup", securityGroup, Map.of("VpcId", vpcId));
  }

  /** With a workgroup of Redshift Serverless and its namespace more. */
  public Lookups andWorkgroup(String name, String securityGroup, String vpcId) {
    return and(
            "AWS::RedshiftServerless::Workgroup",
            name,
            Map.of(
                "Workgroup.Endpoint.Address",
                name + ".123456789012.us-east-1.redshift-serverless.amazonaws.com",
                "Workgroup.Endpoint.Port",
                5440,
                "Workgroup.SecurityGroupIds",
                List.of(securityGroup),
                "Workgroup.NamespaceName",
                name + "-namespace",
                "Workgroup.WorkgroupArn",
                "arn:aws:redshift-serverless:us-east-1:123456789012:workgroup/id-of-" + name))
        .and(
            "AWS::RedshiftServerless::Namespace",
            name + "-namespace",
            Map.of("Namespace.DbName", "warehouse"))
        .and("AWS::EC2::SecurityGroup", securityGroup, Map.of("VpcId", vpcId));
  }

  /** The answer to one entry of {@code missing} in the manifest of a cloud assembly. */
  public Object answer(JsonNode missing) {
    JsonNode query = missing.get("props");
    return switch (missing.get("provider").asText()) {
      case "vpc-provider" -> vpc(query.at("/filter/vpc-id").asText());
      case "cc-api-provider" -> {
        String identifier = query.get("exactIdentifier").asText();
        Map<String, Object> found =
            resources.get(query.get("typeName").asText() + " " + identifier);
        yield found == null
            ? Synthesized.plain(query.get("dummyValue"))
            : List.of(only(found, query.get("propertiesToReturn"), identifier));
      }
      case "endpoint-service-availability-zones" ->
          endpointZones.stream().map(zone -> Synthesized.REGION + zone).toList();
      default -> throw new AssertionError("a lookup that nobody expected: " + missing);
    };
  }

  private static Map<String, Object> only(
      Map<String, Object> found, JsonNode wanted, String identifier) {
    Map<String, Object> answer = new HashMap<>();
    wanted.forEach(
        property -> {
          if (!found.containsKey(property.asText())) {
            throw new AssertionError("Cannot read field " + property.asText());
          }
          answer.put(property.asText(), found.get(property.asText()));
        });
    answer.put("Identifier", identifier);
    return answer;
  }

  /** What a lookup of a VPC gives. */
  public Map<String, Object> vpc(String vpcId) {
    return Map.of(
        "vpcId",
        vpcId,
        "vpcCidrBlock",
        "10.0.0.0/16",
        "ownerAccountId",
        Synthesized.ACCOUNT,
        "availabilityZones",
        List.of(),
        "subnetGroups",
        subnetTypes.stream().map(type -> subnets(type, DIGITS.get(type))).toList());
  }

  private Map<String, Object> subnets(String type, int digit) {
    return Map.of(
        "name",
        type,
        "type",
        type,
        "subnets",
        zones.stream().map(zone -> subnet(zone, digit + zone)).toList());
  }

  private static Map<String, Object> subnet(String zone, String idEnd) {
    return Map.of(
        "subnetId", "subnet-000000" + idEnd,
        "cidr", "10.0.0.0/24",
        "availabilityZone", Synthesized.REGION + zone,
        "routeTableId", "rtb-000000" + idEnd);
  }
}
