package org.dbtbastion.infra.synthesis;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The order of a template's resources, as CloudFormation finds it: by {@code Ref}, {@code
 * Fn::GetAtt}, {@code Fn::Sub} and {@code DependsOn}. What a resource needs is there before it, and
 * is deleted after it. All else is made and deleted at any time.
 */
public final class Order {

  private static final Pattern IN_TEXT = Pattern.compile("\\$\\{([A-Za-z0-9]+)(\\.[^}]*)?}");

  private final Map<String, Set<String>> needs = new HashMap<>();

  private Order(JsonNode resources) {
    resources
        .properties()
        .forEach(
            resource -> {
              Set<String> named = new TreeSet<>();
              JsonNode dependsOn = resource.getValue().path("DependsOn");
              (dependsOn.isTextual() ? Set.of(dependsOn) : dependsOn)
                  .forEach(id -> named.add(id.asText()));
              findIn(resource.getValue().path("Properties"), named);
              named.removeIf(id -> !resources.has(id));
              needs.put(resource.getKey(), named);
            });
  }

  /** The order of a template. */
  public static Order of(JsonNode template) {
    return new Order(template.get("Resources"));
  }

  /** The logical ids of all that a resource needs, and of what those need. */
  public Set<String> neededBy(String id) {
    Set<String> all = new TreeSet<>();
    collect(id, all);
    return all;
  }

  private void collect(String id, Set<String> all) {
    for (String needed : needs.get(id)) {
      if (all.add(needed)) {
        collect(needed, all);
      }
    }
  }

  private static void findIn(JsonNode value, Set<String> named) {
    if (value.isObject() && value.size() == 1) {
      JsonNode attribute = value.path("Fn::GetAtt");
      JsonNode text = value.path("Fn::Sub");
      named.add(value.path("Ref").asText());
      named.add(
          attribute.isArray() ? attribute.get(0).asText() : attribute.asText().split("\\.")[0]);
      Matcher matcher = IN_TEXT.matcher(text.isArray() ? text.get(0).asText() : text.asText());
      while (matcher.find()) {
        named.add(matcher.group(1));
      }
    }
    value.forEach(child -> findIn(child, named));
  }
}
