package org.dbtbastion.infra;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the schedules of the connection check send. One invocation checks every connection, up to
 * {@link #CONNECTIONS}; more are shared out evenly to several schedules, so that it is Lambda that
 * scales.
 */
final class CheckRequests {

  /** How many one invocation is sent: it checks them within half a minute where most are well. */
  static final int CONNECTIONS = 200;

  private CheckRequests() {}

  /**
   * The requests, one for each schedule.
   *
   * @param connections the names of all connections
   */
  static List<String> of(List<String> connections) {
    if (connections.size() <= CONNECTIONS) {
      return List.of(json(Map.of("action", "check")));
    }
    int schedules = Math.ceilDiv(connections.size(), CONNECTIONS);
    List<String> requests = new ArrayList<>();
    for (int i = 0; i < schedules; i++) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("action", "check");
      fields.put(
          "connections",
          connections.subList(
              i * connections.size() / schedules, (i + 1) * connections.size() / schedules));
      requests.add(json(fields));
    }
    return requests;
  }

  private static String json(Map<String, Object> fields) {
    try {
      return new ObjectMapper().writeValueAsString(fields);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("strings are always JSON", e);
    }
  }
}
