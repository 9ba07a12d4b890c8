package org.dbtbastion.infra.synthesis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;

/** What CloudFormation publishes of the types of resources that the examples have. */
public final class ResourceTypes {

  private static final JsonNode TYPES = read();

  private ResourceTypes() {}

  private static JsonNode read() {
    try (InputStream json = ResourceTypes.class.getResourceAsStream("cloudformation-types.json")) {
      return new ObjectMapper().readTree(json).get("types");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonNode of(String type) {
    if (!TYPES.has(type)) {
      throw new AssertionError("cloudformation-types.json does not know " + type);
    }
    return TYPES.get(type);
  }

  /** The actions that the handlers of a type need to create, read, update and delete. */
  public static SortedSet<String> permissions(String type) {
    SortedSet<String> actions = new TreeSet<>();
    of(type)
        .get("permissions")
        .forEach(handler -> handler.forEach(action -> actions.add(spelt(action.asText()))));
    return actions;
  }

  /** IAM does not tell cases apart; AWS's documents have the service in lower case. */
  private static String spelt(String action) {
    int colon = action.indexOf(':');
    return action.substring(0, colon).toLowerCase(Locale.ROOT) + action.substring(colon);
  }

  /** Whether a resource of the type is replaced when this property of it changes. */
  public static boolean replaces(String type, String property) {
    for (JsonNode path : of(type).path("createOnly")) {
      if (path.asText().split("/")[0].equals(property)) {
        return true;
      }
    }
    return false;
  }
}
