package org.dbtbastion.infra.readme;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.dbtbastion.infra.configuration.Configuration;
import org.dbtbastion.infra.synthesis.Examples;
import org.dbtbastion.infra.synthesis.Lookups;
import org.dbtbastion.infra.synthesis.ResourceTypes;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;

/**
 * What CloudFormation replaces when one context key changes: two templates compared, by what it
 * publishes of their types. The table in README.md is written from it, by {@code mvn -pl infra -am
 * test -Dtest=ReplacementsTest -Dreadme=write -Dsurefire.failIfNoSpecifiedTests=false}.
 */
class ReplacementsTest {

  private static final Path README = Path.of("README.md");
  private static final String BEGIN = "<!-- replacements: written by ReplacementsTest -->\n";
  private static final String END = "<!-- end of replacements -->\n";

  /** Keys after whose change dbt must be told another address, which is said beside the table. */
  private static final Set<String> MOVE_THE_ADDRESS = Set.of("addressMode");

  private static final Set<String> HOLD_ADDRESSES =
      Set.of("AWS::EC2::EIP", "AWS::ElasticLoadBalancingV2::LoadBalancer");

  /** Another value for each key. Without it, {@code name} is another stack beside the first. */
  private static final Map<String, Object> OTHER =
      Map.ofEntries(
          entry("redshift", "finance"),
          entry("endpoint", "other.abc123.us-east-1.redshift.amazonaws.com"),
          entry("port", "5440"),
          entry("vpcId", "vpc-0f1b2c3d4e5f60718"),
          entry("securityGroup", "sg-0f1b2c3d4e5f60718"),
          entry("database", "other"),
          entry("secret", SampleContext.SECRET.replace("warehouse", "other")),
          entry("connections", "[{\"name\":\"other\"}]"),
          entry("dbtRegion", "us1"),
          entry("cidrs", "198.51.100.7/32"),
          entry("addressMode", "network-load-balancer"),
          entry("hosts", "3"),
          entry("instanceType", "t4g.micro"),
          entry("hostSubnets", "subnet-0000002a,subnet-0000002b"),
          entry("checkSubnets", "subnet-0000003a,subnet-0000003b"),
          entry("endpointSecurityGroups", "sg-0f1b2c3d4e5f60718"),
          entry("sshPort", "2222"),
          entry("sshUser", "dbt"),
          entry("publicKeys", "prod=" + SampleContext.KEY),
          entry("checkInterval", "15"),
          entry("loginInterval", "60"),
          entry("alarmEmail", "other@example.com"),
          entry("snapStart", "true"));

  /**
   * What one change does to a stack.
   *
   * @param hosts whether hosts are replaced
   * @param inPlace types of which a resource is replaced by one with the same logical id
   * @param replaced these, and types of which some go and others come
   * @param removed types of which some go
   */
  private record Change(
      boolean hosts,
      SortedSet<String> inPlace,
      SortedSet<String> replaced,
      SortedSet<String> removed) {

    Change and(Change other) {
      return new Change(
          hosts || other.hosts,
          union(inPlace, other.inPlace),
          union(replaced, other.replaced),
          union(removed, other.removed));
    }

    private static SortedSet<String> union(SortedSet<String> these, SortedSet<String> those) {
      SortedSet<String> all = new TreeSet<>(these);
      all.addAll(those);
      return all;
    }

    String row(String key) {
      String others =
          replaced.isEmpty()
              ? ""
              : replaced.stream().map(Change::words).collect(Collectors.joining(", "));
      return "| `%s` | %s | %s |\n".formatted(key, hosts ? "yes" : "no", others);
    }

    private static String words(String type) {
      return type.substring("AWS::".length()).replace("::", " ");
    }
  }

  private static final Map<String, Change> CHANGES = new LinkedHashMap<>();

  private static Map<String, Change> changes() {
    if (CHANGES.isEmpty()) {
      for (String key : Configuration.KEYS) {
        if (!key.equals("name")) {
          CHANGES.put(key, change(key));
        }
      }
    }
    return CHANGES;
  }

  /** With an Elastic IP and with a load balancer, as far as the key has other values there. */
  private static Change change(String key) {
    Map<String, Object> before =
        key.equals("redshift")
            ? Map.of("redshift", "analytics", "dbtRegion", "jp1")
            : SampleContext.LEAST;
    Map<String, Object> behindBalancer = new HashMap<>(before);
    behindBalancer.put("addressMode", "network-load-balancer");
    return switch (key) {
      case "addressMode" -> change(key, before);
      case "hosts" -> change(key, behindBalancer);
      default -> change(key, before).and(change(key, behindBalancer));
    };
  }

  private static Change change(String key, Map<String, Object> before) {
    Map<String, Object> after = new HashMap<>(before);
    after.put(key, OTHER.get(key));
    if (key.equals("connections")) {
      after.remove("secret");
    }
    return compare(synthesize(before), synthesize(after));
  }

  private static Synthesized synthesize(Map<String, Object> configuration) {
    if (configuration.equals(SampleContext.LEAST)) {
      return Synthesized.least();
    }
    return Synthesized.synthesize(
        configuration,
        Lookups.inVpcOf("Public", "Private", "Isolated")
            .andCluster("analytics", "sg-0aa1b2c3d4e5f6071", Examples.VPC)
            .andCluster("finance", "sg-0aa1b2c3d4e5f6071", Examples.VPC));
  }

  /** What refers to something that is replaced changes, too, and may be replaced itself. */
  private static Change compare(Synthesized before, Synthesized after) {
    JsonNode old = before.template().get("Resources");
    JsonNode now = after.template().get("Resources");
    Set<String> ids = new TreeSet<>();
    while (ids.addAll(replacedBecauseOf(ids, old, now))) {}
    SortedSet<String> inPlace = types(old, ids);
    SortedSet<String> replaced = new TreeSet<>(inPlace);
    SortedSet<String> removed = types(old, without(old, now));
    SortedSet<String> added = types(now, without(now, old));
    removed.stream()
        .filter(type -> added.contains(type) && !type.equals("AWS::Lambda::Version"))
        .forEach(replaced::add);
    boolean hosts =
        old.properties().stream()
            .filter(each -> each.getValue().get("Type").asText().equals("AWS::EC2::LaunchTemplate"))
            .anyMatch(each -> !changed(each.getKey(), ids, old, now).isEmpty());
    return new Change(hosts, inPlace, replaced, removed);
  }

  private static Set<String> replacedBecauseOf(Set<String> others, JsonNode old, JsonNode now) {
    return old.properties().stream()
        .filter(
            each ->
                now.has(each.getKey())
                    && changed(each.getKey(), others, old, now).stream()
                        .anyMatch(
                            property ->
                                ResourceTypes.replaces(
                                    each.getValue().get("Type").asText(), property)))
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  private static Set<String> without(JsonNode these, JsonNode those) {
    return these.properties().stream()
        .map(Map.Entry::getKey)
        .filter(id -> !those.has(id))
        .collect(Collectors.toSet());
  }

  private static SortedSet<String> types(JsonNode resources, Set<String> ids) {
    return ids.stream()
        .map(id -> resources.get(id).get("Type").asText())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The properties that have another value, or refer to one of these resources. */
  private static Set<String> changed(String id, Set<String> others, JsonNode old, JsonNode now) {
    JsonNode before = old.path(id).path("Properties");
    JsonNode after = now.path(id).path("Properties");
    Set<String> names = new LinkedHashSet<>();
    before.fieldNames().forEachRemaining(names::add);
    after.fieldNames().forEachRemaining(names::add);
    names.removeIf(
        name ->
            before.path(name).equals(after.path(name))
                && others.stream()
                    .noneMatch(other -> after.path(name).toString().contains('"' + other + '"')));
    return names;
  }

  @Test
  void tableIsAsTheTemplatesSay() throws IOException {
    StringBuilder table =
        new StringBuilder("\n| key | new hosts | replaced besides |\n|---|---|---|\n");
    changes().forEach((key, change) -> table.append(change.row(key)));
    table.append('\n');
    String readme = Files.readString(README);
    assertThat(readme).contains(BEGIN, END);
    int begin = readme.indexOf(BEGIN) + BEGIN.length();
    int end = readme.indexOf(END);
    if ("write".equals(System.getProperty("readme"))) {
      Files.writeString(README, readme.substring(0, begin) + table + readme.substring(end));
      return;
    }

    assertThat(readme.substring(begin, end)).isEqualTo(table.toString());
  }

  /** Keys and host keys are in no template, so no change of one touches them. */
  @Test
  void noChangeTakesDbtsAddressAway() {
    assertThat(changes())
        .allSatisfy(
            (key, change) -> {
              if (!MOVE_THE_ADDRESS.contains(key)) {
                assertThat(change.replaced()).as(key).doesNotContainAnyElementsOf(HOLD_ADDRESSES);
                assertThat(change.removed()).as(key).doesNotContainAnyElementsOf(HOLD_ADDRESSES);
              }
            });
    assertThat(changes().get("addressMode").removed()).contains("AWS::EC2::EIP");
  }

  /** CloudFormation makes the new one first, and a name can be there only once. */
  @Test
  void nothingThatIsReplacedHasANameOfItsOwn() {
    List<String> named = List.of("AlarmName", "FunctionName", "LogGroupName", "QueueName", "Name");
    for (Synthesized stack : Examples.all().values()) {
      stack
          .template()
          .get("Resources")
          .forEach(
              resource -> {
                String type = resource.get("Type").asText();
                boolean isReplaced =
                    changes().values().stream().anyMatch(each -> each.inPlace().contains(type));
                if (isReplaced) {
                  assertThat(resource.path("Properties").fieldNames())
                      .toIterable()
                      .as(type)
                      .doesNotContainAnyElementsOf(named);
                }
              });
    }
  }
}
