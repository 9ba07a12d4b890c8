package org.dbtbastion.infra.functions;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.dbtbastion.action.Action;

/** What schedules send to the functions, as JSON. */
public final class Requests {

  private Requests() {}

  /** The request for an action that needs nothing else. */
  public static String of(Action action) {
    return json(fields(action));
  }

  /**
   * The request to check these connections.
   *
   * @param login whether to log in
   */
  public static String check(List<String> connections, boolean login) {
    SequencedMap<String, Object> fields = fields(Action.CHECK);
    fields.put("connections", connections);
    if (!login) {
      fields.put("login", false);
    }
    return json(fields);
  }

  private static SequencedMap<String, Object> fields(Action action) {
    SequencedMap<String, Object> fields = new LinkedHashMap<>();
    fields.put("action", action.id());
    return fields;
  }

  private static String json(SequencedMap<String, Object> fields) {
    try {
      return new ObjectMapper().writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings are always JSON", e);
    }
  }
}
