package org.dbtbastion.wire;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dbtbastion.address.TcpPort;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.connection.Authentication.Method;
import org.dbtbastion.connection.Authentication.Provider;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.text.Kebab;

/**
 * The description of a connection as JSON, in a request and in the parameter that the deployment
 * writes for each connection:
 *
 * <pre>{@code
 * {"host": "analytics.abc.us-east-1.redshift.amazonaws.com", "port": 5439, "database": "analytics",
 *  "authentication": {"method": "iam_role", "clusterId": "analytics"},
 *  "schemas": ["dbt_prod"], "sources": ["raw"]}
 * }</pre>
 *
 * <p>Methods and their fields go by the names of dbt's adapter, in camel case.
 */
public final class ConnectionFields {

  /** RFC 1123's host names, and IPv4 addresses. */
  public static final Pattern HOST =
      Pattern.compile(
          "(?=.{1,253}$)[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
              + "(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*");

  /**
   * It becomes the end of a JDBC URL: there ?, & and ; begin options, and % and / mean something.
   */
  public static final Pattern DATABASE = Pattern.compile("[A-Za-z0-9_$-]{1,127}");

  /** What {@link #DATABASE} allows. */
  public static final String DATABASE_ALLOWED =
      "up to 127 letters, digits, underscores, dollar signs and hyphens";

  private static final int DEFAULT_PORT = 5439;
  private static final int LONGEST = 2048;

  // Cluster identifiers, workgroup names. Sources: the Redshift API reference, CreateCluster; the
  // Redshift Serverless API reference, CreateWorkgroup.
  private static final Pattern IDENTIFIER = Pattern.compile("[a-z0-9][a-z0-9-]{0,63}");
  // As a part of a parameter's name, and of CloudWatch's dimensions.
  private static final Pattern CONNECTION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}");
  // Users and groups that credentials are issued for. Source: the Redshift API reference,
  // GetClusterCredentials.
  private static final Pattern USER = Pattern.compile("[A-Za-z][A-Za-z0-9_+.@-]{0,63}");
  private static final String USER_ALLOWED =
      "a letter, then up to 63 letters, digits and _ + . @ -";
  // Identifiers of Redshift are up to 127 bytes; these are quoted where they become SQL.
  private static final Pattern NAME = Pattern.compile("\\P{C}{1,127}");
  // With the exclamation mark of secrets that AWS services manage, as in redshift!analytics-admin.
  private static final Pattern SECRET = Pattern.compile("[A-Za-z0-9/_+=.@:!-]{1,512}");
  // Visible ASCII but braces, which are no part of a form, and which Parameter Store may take for a
  // reference.
  private static final Pattern FORM = Pattern.compile("[!-z|~]{1," + LONGEST + "}");
  private static final Pattern CLIENT_SECRET =
      Pattern.compile(
          "(^|&)(client_(secret|assertion)|password|refresh_token)=", Pattern.CASE_INSENSITIVE);

  private ConnectionFields() {}

  /**
   * Reads a description; empty, and problems in the fields, if it is none.
   *
   * @param name what the connection is called
   */
  public static Optional<Connection> read(String name, Fields fields) {
    int before = fields.problems().size();
    Optional<String> host =
        matching(
            fields, "host", HOST, "a host name", "Copy the endpoint, without port and database.");
    int port = fields.has("port") ? port(fields) : DEFAULT_PORT;
    Optional<String> database =
        matching(fields, "database", DATABASE, DATABASE_ALLOWED, "Give what dbt has as Database.");
    Optional<Authentication> authentication =
        fields.has("authentication")
            ? fields.object("authentication").flatMap(ConnectionFields::authentication)
            : Optional.empty();
    SequencedSet<String> schemas = names(fields, "schemas");
    SequencedSet<String> sources = names(fields, "sources");
    return fields.problems().size() > before
        ? Optional.empty()
        : Optional.of(
            new Connection(
                name,
                host.orElseThrow(),
                port,
                database.orElseThrow(),
                authentication,
                schemas,
                sources));
  }

  /**
   * Reads the field {@code name} of a description that brings its own; empty, and a problem, if it
   * is none.
   */
  public static Optional<String> name(Fields fields) {
    return matching(
        fields,
        "name",
        CONNECTION,
        "a letter or digit, then up to 63 letters, digits and _ . -",
        "Choose a short name, such as prod.");
  }

  /** Reads how to log in; empty, and problems in the fields, if it is invalid. */
  public static Optional<Authentication> authentication(Fields fields) {
    int before = fields.problems().size();
    Optional<Authentication> authentication =
        fields
            .text("method")
            .flatMap(id -> method(fields, id))
            .flatMap(
                method ->
                    switch (method) {
                      case DATABASE -> secret(fields).map(Authentication.Database::new);
                      case IAM -> iam(fields);
                      case IAM_ROLE -> issuer(fields).map(Authentication.IamRole::new);
                      case OAUTH_TOKEN_IDENTITY_CENTER -> identityCenter(fields);
                    });
    authentication.ifPresent(known -> fields.refuseOthers("method " + known.method().id()));
    return fields.problems().size() > before ? Optional.empty() : authentication;
  }

  private static Optional<Method> method(Fields fields, String id) {
    Optional<Method> known = Method.find(id);
    if (known.isEmpty()) {
      fields.problem(
          "method",
          "method-unknown",
          "There is no method " + Fields.quoted(id) + ".",
          Arrays.stream(Method.values())
              .map(Method::id)
              .collect(Collectors.joining(", ", "Use one of: ", ".")));
    }
    return known;
  }

  private static Optional<Authentication> iam(Fields fields) {
    Optional<Issuer> issuer = issuer(fields);
    // Ignored on Serverless, where dbt's adapter wants it all the same.
    Optional<String> user =
        matching(fields, "user", USER, USER_ALLOWED, "Give the database user of dbt's profile.");
    boolean autocreate =
        fields.has("autocreate")
            && fields
                .required("autocreate", JsonNode::isBoolean, "true or false")
                .map(JsonNode::booleanValue)
                .orElse(false);
    SequencedSet<String> groups = names(fields, "dbGroups", USER, USER_ALLOWED);
    if (issuer.filter(Issuer.Cluster.class::isInstance).isPresent()) {
      user.ifPresent(name -> refuseUpperCase(fields, "user", name));
      groups.forEach(name -> refuseUpperCase(fields, "dbGroups", name));
    }
    return issuer.isEmpty() || user.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Authentication.Iam(issuer.get(), user.get(), autocreate, List.copyOf(groups)));
  }

  /**
   * Source: the Redshift API reference, "GetClusterCredentials", of {@code DbUser} and {@code
   * DbGroups}.
   */
  private static void refuseUpperCase(Fields fields, String field, String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    if (!lower.equals(name)) {
      fields.problem(
          field,
          field.equals("user") ? "user-upper-case" : "group-upper-case",
          Fields.quoted(name) + " has upper-case letters, for which Redshift issues no password.",
          "Write " + lower + ", as the database has it.");
    }
  }

  private static Optional<Issuer> issuer(Fields fields) {
    boolean cluster = fields.has("clusterId");
    boolean workgroup = fields.has("workgroup");
    if (cluster == workgroup) {
      fields.problem(
          "clusterId",
          cluster ? "issuer-ambiguous" : "field-missing",
          cluster ? "There is a workgroup too." : "It is missing, and there is no workgroup.",
          "Give clusterId for a provisioned cluster, or workgroup for Serverless.");
      return Optional.empty();
    }
    return cluster
        ? identifier(fields, "clusterId").map(Issuer.Cluster::new)
        : identifier(fields, "workgroup").map(Issuer.Workgroup::new);
  }

  private static Optional<String> identifier(Fields fields, String field) {
    return matching(
        fields,
        field,
        IDENTIFIER,
        "lower-case letters, digits and hyphens",
        "Copy the name from the Redshift console.");
  }

  private static Optional<Authentication> identityCenter(Fields fields) {
    Optional<String> secret = secret(fields);
    Optional<Fields> endpoint = fields.object("tokenEndpoint");
    if (endpoint.isEmpty()) {
      return Optional.empty();
    }
    Optional<Provider> provider =
        endpoint.get().text("type").flatMap(type -> provider(endpoint.get(), type));
    Optional<URI> url =
        endpoint.get().text("requestUrl").flatMap(text -> url(endpoint.get(), text));
    Optional<String> data = form(endpoint.get());
    endpoint.get().refuseOthers("a token endpoint");
    return secret.isEmpty() || provider.isEmpty() || url.isEmpty() || data.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Authentication.IdentityCenter(provider.get(), url.get(), data.get(), secret.get()));
  }

  /** Of what is wrong nothing is shown: it may hold the client's secret. */
  private static Optional<String> form(Fields fields) {
    Optional<String> form = fields.text("requestData");
    boolean secret = form.filter(text -> CLIENT_SECRET.matcher(text).find()).isPresent();
    if (secret || form.filter(text -> !FORM.matcher(text).matches()).isPresent()) {
      fields.problem(
          "requestData",
          secret ? "requestdata-secret" : "requestdata-invalid",
          secret ? "It holds the client's secret." : "It is not a form as in a URL.",
          "Write it like grant_type=client_credentials&scope=SCOPE, and put the client's id and"
              + " secret into the secret.");
      return Optional.empty();
    }
    return form;
  }

  private static Optional<Provider> provider(Fields fields, String type) {
    Optional<Provider> known = Kebab.find(Provider.class, type);
    if (known.isEmpty()) {
      fields.problem(
          "type",
          "provider-unknown",
          "There is no provider " + Fields.quoted(type) + ".",
          Arrays.stream(Provider.values())
              .map(Provider::id)
              .collect(Collectors.joining(" or ", "Use ", ".")));
    }
    return known;
  }

  private static Optional<URI> url(Fields fields, String text) {
    try {
      URI url = URI.create(text);
      if ("https".equals(url.getScheme()) && url.getHost() != null && url.getUserInfo() == null) {
        return Optional.of(url);
      }
    } catch (IllegalArgumentException _) {
      // No URL at all.
    }
    fields.problem(
        "requestUrl",
        "url-invalid",
        "It is no https URL, or it names a user.",
        "Give the identity provider's token endpoint: the client's secret goes there.");
    return Optional.empty();
  }

  /** Of what is wrong nothing is shown: it may be the secret's content. */
  private static Optional<String> secret(Fields fields) {
    Optional<String> secret = fields.text("secret");
    if (secret.isPresent() && !SECRET.matcher(secret.get()).matches()) {
      fields.problem(
          "secret",
          "secret-invalid",
          "It is not the name or ARN of a secret.",
          "Give the ARN, never the content.");
      return Optional.empty();
    }
    return secret;
  }

  private static int port(Fields fields) {
    Optional<JsonNode> port = fields.required("port", JsonNode::isIntegralNumber, TcpPort.EXPECTED);
    if (port.isPresent()
        && (!port.get().canConvertToInt() || !TcpPort.isPort(port.get().intValue()))) {
      fields.problem(
          "port", "port-invalid", "It is no TCP port.", "Give " + TcpPort.EXPECTED + ".");
    }
    return port.map(JsonNode::intValue).filter(TcpPort::isPort).orElse(DEFAULT_PORT);
  }

  private static SequencedSet<String> names(Fields fields, String field) {
    return names(fields, field, NAME, "up to 127 characters, none of them a control character");
  }

  private static SequencedSet<String> names(
      Fields fields, String field, Pattern syntax, String allowed) {
    SequencedSet<String> names = new LinkedHashSet<>();
    if (fields.has(field)) {
      fields.texts(field).ifPresent(names::addAll);
      for (String name : names) {
        if (!syntax.matcher(name).matches()) {
          fields.problem(
              field, "name-invalid", Fields.quoted(name) + " is no name.", "Give " + allowed + ".");
        }
      }
    }
    return names;
  }

  private static Optional<String> matching(
      Fields fields, String field, Pattern syntax, String allowed, String fix) {
    Optional<String> text = fields.text(field);
    if (text.isPresent() && !syntax.matcher(text.get()).matches()) {
      fields.problem(
          field,
          field.toLowerCase(Locale.ROOT) + "-invalid",
          Fields.quoted(text.get()) + " is not " + allowed + ".",
          fix);
      return Optional.empty();
    }
    return text;
  }
}
