package org.dbtbastion.wire;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.connection.Connection;

/** The description of a connection, as {@link ConnectionFields} reads it. */
public final class ConnectionJson {

  private ConnectionJson() {}

  /** All of a connection but its name. */
  public static ObjectNode of(Connection connection) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("host", connection.host());
    json.put("port", connection.port());
    json.put("database", connection.database());
    connection
        .authentication()
        .ifPresent(authentication -> json.set("authentication", of(authentication)));
    putNames(json, "schemas", connection.schemas());
    putNames(json, "sources", connection.sources());
    return json;
  }

  private static ObjectNode of(Authentication authentication) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("method", authentication.method().id());
    switch (authentication) {
      case Authentication.Database(String secret) -> json.put("secret", secret);
      case Authentication.Iam iam -> {
        put(json, iam.issuer());
        json.put("user", iam.user());
        if (iam.autocreate()) {
          json.put("autocreate", true);
        }
        putNames(json, "dbGroups", iam.groups());
      }
      case Authentication.IamRole(Issuer issuer) -> put(json, issuer);
      case Authentication.IdentityCenter where -> {
        json.put("secret", where.secret());
        json.putObject("tokenEndpoint")
            .put("type", where.provider().id())
            .put("requestUrl", where.requestUrl().toString())
            .put("requestData", where.requestData());
      }
    }
    return json;
  }

  private static void put(ObjectNode json, Issuer issuer) {
    switch (issuer) {
      case Issuer.Cluster(String clusterId) -> json.put("clusterId", clusterId);
      case Issuer.Workgroup(String workgroup) -> json.put("workgroup", workgroup);
    }
  }

  private static void putNames(ObjectNode json, String field, Collection<String> names) {
    if (!names.isEmpty()) {
      names.forEach(json.putArray(field)::add);
    }
  }
}
