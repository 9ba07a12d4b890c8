package org.dbtbastion.infra.configuration;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import org.dbtbastion.infra.warehouse.SecretArn;
import org.dbtbastion.infra.warehouse.Warehouse;
import org.dbtbastion.wire.ConnectionFields;
import org.dbtbastion.wire.Fields;

/**
 * Reads the context key {@code connections}. The function's own reader judges what a connection
 * consists of; here is only what a deployment adds.
 */
final class ConnectionsReader {

  private static final String KEY = "connections";

  private final ContextReader context;
  private final SequencedMap<String, Warehouse> warehouses;
  private final Set<String> names = new HashSet<>();

  /**
   * @param warehouses by their names, as far as they are known before they are looked up
   */
  ConnectionsReader(ContextReader context, SequencedMap<String, Warehouse> warehouses) {
    this.context = context;
    this.warehouses = warehouses;
  }

  /** The connections, without those that something is wrong with; empty if the key was left out. */
  List<DeclaredConnection> read() {
    List<DeclaredConnection> connections = new ArrayList<>();
    Optional<JsonNode> json = context.json(KEY);
    if (json.isEmpty()) {
      return connections;
    }
    context
        .value("secret")
        .ifPresent(
            value ->
                context.refuse(
                    "secret",
                    value,
                    "nothing besides connections, each of which has its own authentication",
                    "put it there: {\"method\": \"database\", \"secret\": \"ARN\"}"));
    ObjectNode whole = JsonNodeFactory.instance.objectNode().set(KEY, json.get());
    Fields fields = new Fields(whole);
    List<Fields> elements = fields.objects(KEY);
    refuse("", fields);
    if (fields.problems().isEmpty()) {
      for (int i = 0; i < elements.size(); i++) {
        connection("%s[%d]".formatted(KEY, i), (ObjectNode) json.get().get(i))
            .ifPresent(connections::add);
      }
    }
    return connections;
  }

  private Optional<DeclaredConnection> connection(String place, ObjectNode json) {
    Fields fields = new Fields(json);
    Optional<String> name = ConnectionFields.name(fields);
    if (name.isPresent() && !names.add(name.get())) {
      fields.problem(
          "name", "name-taken", "There are two connections of this name.", "Choose another.");
    }
    Optional<String> warehouse = warehouse(fields);
    for (String field : List.of("host", "port")) {
      if (fields.has(field)) {
        fields.problem(
            field, "field-unknown", "The warehouse has it.", "Name the warehouse as redshift.");
      }
    }
    refuse(place, fields);
    if (name.isEmpty() || warehouse.isEmpty()) {
      return Optional.empty();
    }
    ObjectNode description = json.deepCopy();
    description.remove(List.of("name", "redshift", "host", "port"));
    DeclaredConnection declared =
        new DeclaredConnection(place, name.get(), warehouse.get(), description);
    try {
      refuseSecretWithoutPermission(place, declared.to(warehouses.get(warehouse.get())));
    } catch (ConfigurationException e) {
      context.refuse(e);
    }
    return Optional.of(declared);
  }

  /** By its name; the only one may be left out. */
  private Optional<String> warehouse(Fields fields) {
    if (!fields.has("redshift") && warehouses.size() == 1) {
      return Optional.of(warehouses.firstEntry().getKey());
    }
    Optional<String> name = fields.text("redshift");
    // Where there are none, that is a problem of its own already.
    if (name.isPresent() && !warehouses.containsKey(name.get()) && !warehouses.isEmpty()) {
      fields.problem(
          "redshift",
          "warehouse-unknown",
          "There is no warehouse " + Fields.quoted(name.get()) + ".",
          "Use one of: " + String.join(", ", warehouses.sequencedKeySet()) + ".");
    }
    return name.filter(warehouses::containsKey);
  }

  /** By a shorter name the function would find a secret that its role may not read. */
  private void refuseSecretWithoutPermission(String place, Connection connection) {
    connection
        .authentication()
        .flatMap(Authentication::secretId)
        .filter(secret -> !SecretArn.SYNTAX.matcher(secret).matches())
        .ifPresent(
            _ ->
                context.refuse(
                    place + ".authentication.secret",
                    ContextReader.NOT_SHOWN,
                    SecretArn.ALLOWED,
                    SecretArn.FIX));
  }

  private void refuse(String place, Fields fields) {
    if (!fields.problems().isEmpty()) {
      context.refuse(new ConfigurationException(ConfigurationProblem.in(place, fields.problems())));
    }
  }
}
