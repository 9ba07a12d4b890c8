package org.dbtbastion.dbt;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.regex.Pattern;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.connection.Authentication.Method;
import org.dbtbastion.connection.Authentication.Provider;
import org.dbtbastion.connection.Connection;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/**
 * A connection as dbt's Redshift adapter wants it described, without anything secret: where a
 * secret belongs, an environment variable is named.
 *
 * @see <a href="https://docs.getdbt.com/docs/core/connect-data-platform/redshift-setup">dbt's
 *     Redshift setup</a>
 * @see <a href="https://docs.getdbt.com/docs/cloud/connect-data-platform/connect-redshift">dbt's
 *     page on Redshift for the platform</a>
 */
public final class Profile {

  // Names that the dbt platform allows; dbt keeps values of DBT_ENV_SECRET… out of logs. Source:
  // dbt's page on environment variables.
  private static final String USER = "DBT_ENV_USER";
  private static final String PASSWORD = "DBT_ENV_SECRET_PASSWORD";
  private static final String ACCESS_KEY_ID = "DBT_ENV_ACCESS_KEY_ID";
  private static final String SECRET_ACCESS_KEY = "DBT_ENV_SECRET_ACCESS_KEY";
  private static final String CLIENT_ID = "DBT_ENV_CLIENT_ID";
  private static final String CLIENT_SECRET = "DBT_ENV_SECRET_CLIENT_SECRET";
  private static final String CLIENT_CREDENTIALS = "DBT_ENV_SECRET_CLIENT_CREDENTIALS";
  private static final String SCHEMA = "DBT_ENV_SCHEMA";

  /** What begins an expression, a statement or a comment of Jinja, by which dbt reads profiles. */
  private static final Pattern JINJA = Pattern.compile("\\{(?=[{%#])");

  private static final String TARGET = "default";

  private final Connection connection;
  private final SequencedMap<String, Object> login = new LinkedHashMap<>();
  private final SequencedMap<String, String> environment = new LinkedHashMap<>();
  private final List<Warning> warnings = new ArrayList<>();
  private final boolean extendsAttributes;

  /**
   * @param region of a cluster or workgroup that issues passwords
   */
  public Profile(Connection connection, String region) {
    this.connection = connection;
    // Without a description of the login, as dbt does without a method.
    Optional<Authentication> authentication = connection.authentication();
    login.put("method", method());
    switch (authentication.orElse(null)) {
      case null ->
          password("the database user's password", "the database user that dbt logs in as");
      case Authentication.Database(String secret) ->
          password("password in the secret " + secret, "username in the secret " + secret);
      case Authentication.Iam iam -> iam(iam, region);
      case Authentication.IamRole(Issuer issuer) -> {
        issuer(issuer, region);
        warnings.add(Warning.CORE_ONLY);
      }
      case Authentication.IdentityCenter where -> {
        tokenEndpoint(where);
        warnings.add(Warning.IN_INTEGRATIONS);
      }
    }
    authentication
        .filter(method -> !(method instanceof Authentication.Database))
        .ifPresent(method -> warnings.addFirst(Warning.notInTunnels(method)));
    extendsAttributes = authentication.orElse(null) instanceof Authentication.Iam;
  }

  /** The connection's name. */
  public String name() {
    return connection.name();
  }

  /** The adapter's name of the method. */
  public String method() {
    return connection.authentication().map(Authentication::method).orElse(Method.DATABASE).id();
  }

  /** The dbt platform's fields of a connection, under the names that its page has for them. */
  public SequencedMap<String, Object> fields() {
    SequencedMap<String, Object> fields = new LinkedHashMap<>();
    fields.put("Host Name", connection.host());
    fields.put("Port", connection.port());
    fields.put("Database", connection.database());
    return fields;
  }

  /**
   * The file for dbt Core, which goes straight to the warehouse: the profile has the connection's
   * name.
   */
  public String profilesYml() {
    SequencedMap<String, Object> target = new LinkedHashMap<>();
    target.put("type", "redshift");
    target.put("host", connection.host());
    target.put("port", connection.port());
    target.put("dbname", connection.database());
    target.put("schema", schema());
    // The adapter's default does not look at the name; the check does.
    target.put("sslmode", "verify-full");
    target.putAll(login);
    return yaml(
        Map.of(
            connection.name(),
            inOrder("target", TARGET, "outputs", new LinkedHashMap<>(Map.of(TARGET, target)))));
  }

  /** What makes the dbt platform use the method; empty where its own fields are enough or all. */
  public Optional<String> extendedAttributes() {
    if (!extendsAttributes) {
      return Optional.empty();
    }
    SequencedMap<String, Object> attributes = new LinkedHashMap<>();
    attributes.put("host", connection.host());
    attributes.putAll(login);
    return Optional.of(yaml(attributes));
  }

  /** The environment variables of both texts, and what each is to hold. */
  public SequencedMap<String, String> environment() {
    SequencedMap<String, String> all = new LinkedHashMap<>(environment);
    if (connection.schemas().isEmpty()) {
      all.put(SCHEMA, "the schema that dbt builds in; for profiles.yml");
    }
    return Collections.unmodifiableSequencedMap(all);
  }

  /** What dbt does not do with this connection. */
  public List<Warning> warnings() {
    return List.copyOf(warnings);
  }

  private void password(String password, String user) {
    login.put("user", variable(USER, user));
    login.put("password", variable(PASSWORD, password));
  }

  private void iam(Authentication.Iam iam, String region) {
    issuer(iam.issuer(), region);
    login.put("user", literal(iam.user()));
    login.put("access_key_id", variable(ACCESS_KEY_ID, "the IAM user's access key ID"));
    login.put("secret_access_key", variable(SECRET_ACCESS_KEY, "the IAM user's secret access key"));
    if (iam.autocreate()) {
      login.put("autocreate", true);
    }
    if (!iam.groups().isEmpty()) {
      login.put("db_groups", iam.groups().stream().map(Profile::literal).toList());
    }
  }

  private void issuer(Issuer issuer, String region) {
    switch (issuer) {
      case Issuer.Cluster(String clusterId) -> login.put("cluster_id", clusterId);
      case Issuer.Workgroup _ -> {
        // By its name the adapter knows a workgroup's own endpoint.
        if (!connection.host().contains("serverless")) {
          login.put("is_serverless", true);
        }
      }
    }
    login.put("region", region);
  }

  private void tokenEndpoint(Authentication.IdentityCenter where) {
    SequencedMap<String, Object> endpoint = new LinkedHashMap<>();
    endpoint.put("type", where.provider().id());
    endpoint.put("request_url", literal(where.requestUrl().toString()));
    endpoint.put("request_data", literal(where.requestData()));
    // The adapter puts neither into the form by itself.
    switch (where.provider()) {
      case Provider.OKTA ->
          endpoint.put(
              "idp_auth_credentials",
              variable(
                  CLIENT_CREDENTIALS,
                  "client_id:client_secret of the secret " + where.secret() + ", in Base64"));
      case Provider.ENTRA ->
          endpoint.put(
              "request_data",
              literal(where.requestData())
                  + "&client_id="
                  + variable(CLIENT_ID, "client_id in the secret " + where.secret())
                  + "&client_secret="
                  + variable(
                      CLIENT_SECRET,
                      "client_secret in the secret " + where.secret() + ", encoded as in a URL"));
    }
    login.put("token_endpoint", endpoint);
  }

  private String schema() {
    return connection.schemas().isEmpty()
        ? reference(SCHEMA)
        : literal(connection.schemas().getFirst());
  }

  private String variable(String name, String holds) {
    environment.put(name, holds);
    return reference(name);
  }

  private static String reference(String name) {
    return "{{ env_var('" + name + "') }}";
  }

  /** A text that dbt does not take for Jinja, whatever is in it. */
  private static String literal(String text) {
    return JINJA.matcher(text).replaceAll("{{ '{' }}");
  }

  private static SequencedMap<String, Object> inOrder(
      String first, Object value, String second, Object other) {
    SequencedMap<String, Object> map = new LinkedHashMap<>();
    map.put(first, value);
    map.put(second, other);
    return map;
  }

  private static String yaml(Map<String, Object> content) {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setIndicatorIndent(2);
    options.setIndentWithIndicator(true);
    options.setSplitLines(false);
    return new Yaml(options).dump(content);
  }
}
