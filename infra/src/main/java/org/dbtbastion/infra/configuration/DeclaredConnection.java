package org.dbtbastion.infra.configuration;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.connection.Authentication.Method;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import org.dbtbastion.infra.warehouse.Warehouse;
import org.dbtbastion.wire.ConnectionFields;
import org.dbtbastion.wire.ConnectionJson;
import org.dbtbastion.wire.Fields;

/**
 * A connection as the user describes it: all that the connection check needs, except what its
 * warehouse provides.
 *
 * @param place where it stands, such as {@code connections[0]}
 * @param name what it is called
 * @param warehouse the name of its warehouse
 * @param description the rest
 */
public record DeclaredConnection(
    String place, String name, String warehouse, ObjectNode description) {

  // Of a standard parameter. Source: the Systems Manager user guide, "Managing parameter tiers".
  private static final int LONGEST = 4096;

  // The methods whose passwords a cluster or workgroup issues.
  private static final Set<Method> ISSUED = EnumSet.of(Method.IAM, Method.IAM_ROLE);

  public DeclaredConnection {
    Objects.requireNonNull(place, "place");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(warehouse, "warehouse");
    description = description.deepCopy();
  }

  /**
   * The connection to its warehouse. Where database, cluster or workgroup were left out, they are
   * the warehouse's.
   *
   * @throws ConfigurationException with all problems at once
   */
  public Connection to(Warehouse found) {
    ObjectNode whole = description.deepCopy();
    whole.put("host", found.host());
    whole.put("port", found.port());
    if (!whole.has("database")) {
      whole.put("database", found.database());
    }
    if (whole.get("authentication") instanceof ObjectNode authentication
        && Method.find(authentication.path("method").asText()).filter(ISSUED::contains).isPresent()
        && !authentication.has("clusterId")
        && !authentication.has("workgroup")) {
      found.issuer().ifPresent(issuer -> put(authentication, issuer));
    }
    Fields fields = new Fields(whole);
    Optional<Connection> connection = ConnectionFields.read(name, fields);
    fields.refuseOthers("a connection");
    fields.throwIfAny(
        problems -> new ConfigurationException(ConfigurationProblem.in(place, problems)));
    int length =
        ConnectionJson.of(connection.orElseThrow())
            .toString()
            .getBytes(StandardCharsets.UTF_8)
            .length;
    if (length > LONGEST) {
      throw new ConfigurationException(
          new ConfigurationProblem(
              place,
              "%d bytes".formatted(length),
              "a description that fits into a parameter: %d bytes".formatted(LONGEST),
              "describe several connections, each with some of the schemas and sources"));
    }
    return connection.get();
  }

  private static void put(ObjectNode authentication, Issuer issuer) {
    switch (issuer) {
      case Issuer.Cluster(String clusterId) -> authentication.put("clusterId", clusterId);
      case Issuer.Workgroup(String workgroup) -> authentication.put("workgroup", workgroup);
    }
  }
}
