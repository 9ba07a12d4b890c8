package org.dbtbastion.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.problem.Problem;
import org.dbtbastion.report.Report;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.RouteResult;
import org.dbtbastion.wire.ConnectionFields;
import org.dbtbastion.wire.Fields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SelectionTest {

  private static final Connection PROD =
      deployed(
          "prod",
          """
          {"host": "w.example", "database": "prod",
           "authentication": {"method": "database", "secret": "dbt/prod"}}
          """);
  private static final Connection SSO =
      deployed(
          "sso",
          """
          {"host": "sso.example", "port": 5440, "database": "prod",
           "authentication": {"method": "oauth_token_identity_center", "secret": "idp",
             "tokenEndpoint": {"type": "okta", "requestUrl": "https://dev.okta.com/token",
                               "requestData": "a=b"}}}
          """);
  private static final List<Connection> DEPLOYED = List.of(PROD, SSO);

  private static Fields fields(String json) {
    try {
      return new Fields(new ObjectMapper().readTree(json));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Connection deployed(String name, String json) {
    return ConnectionFields.read(name, fields(json)).orElseThrow();
  }

  private static Selection selection(String connections) {
    Fields fields = fields("{\"connections\": %s}".formatted(connections));
    Selection selection = Selection.read(fields);
    assertThat(fields.problems()).isEmpty();
    return selection;
  }

  private static List<String> problems(String connections) {
    Fields fields = fields("{\"connections\": %s}".formatted(connections));
    Selection.read(fields);
    return fields.problems().stream().map(SelectionTest::place).toList();
  }

  private static String place(Problem problem) {
    return problem.field() + " " + problem.code();
  }

  private static String refusal(String connections) {
    return catchThrowableOfType(RequestRefused.class, () -> selection(connections).of(DEPLOYED))
        .getMessage();
  }

  @Test
  void whereNothingIsSaidAllAreMeant() {
    assertThat(Selection.read(fields("{}"))).isEqualTo(Selection.ALL);
    assertThat(Selection.ALL.of(DEPLOYED)).isEqualTo(DEPLOYED);
  }

  @Test
  void namesMeanDeployedOnes() {
    assertThat(selection("[\"sso\"]").of(DEPLOYED)).containsExactly(SSO);
    assertThat(selection("[\"sso\", \"prod\", \"sso\"]").of(DEPLOYED)).containsExactly(PROD, SSO);
  }

  @Test
  void aDescriptionMeansItselfAlone() {
    assertThat(
            selection("[{\"name\": \"adhoc\", \"host\": \"w.example\", \"database\": \"ci\"}]")
                .of(DEPLOYED))
        .singleElement()
        .satisfies(
            connection -> {
              assertThat(connection.name()).isEqualTo("adhoc");
              assertThat(connection.database()).isEqualTo("ci");
            });
  }

  @Test
  void namesAndDescriptionsMayStandTogether() {
    assertThat(
            selection(
                    """
                    ["prod", {"name": "adhoc", "host": "sso.example", "port": 5440,
                     "database": "ci", "schemas": ["s"],
                     "authentication": {"method": "database", "secret": "dbt/prod"}}]
                    """)
                .of(DEPLOYED))
        .extracting(Connection::name)
        .containsExactly("prod", "adhoc");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'prod' | connections field-type",
        "[] | connections field-type",
        "{} | connections field-type",
        "[7, null, []] | connections[0] field-type,connections[1] field-type,connections[2] field-type",
        "[{}] | connections[0].name field-missing,connections[0].host field-missing,"
            + "connections[0].database field-missing",
        "[{'name':'a','host':'w','database':'d','x':1}] | connections[0].'x' field-unknown",
        "[{'name':'a','host':'w','database':'d'},{'name':'a','host':'w','database':'d'}]"
            + " | connections[1].name name-taken",
        "[{'name':'a b','host':'w','database':'d'}] | connections[0].name name-invalid",
        "['prod',{'name':'a','host':'w','database':'d','authentication':{'method':'iam'}}]"
            + " | connections[1].authentication.clusterId field-missing,"
            + "connections[1].authentication.user field-missing",
      })
  void whatIsNoListOfConnectionsIsRefused(String connections, String places) {
    // Quotes of CSV would be lost.
    String json =
        connections.startsWith("[") || connections.startsWith("{") ? connections : "\"x\"";
    assertThat(problems(json.replace('\'', '"')))
        .containsExactly(places.replaceAll("\\.\"x\"", ".'x'").split(","));
  }

  @Test
  void aSecretGoesNowhereButWhereDeployedOnesGo() {
    String refusal =
        refusal(
            """
            ["nobody",
             {"name": "prod", "host": "w.example", "database": "d"},
             {"name": "theirs", "host": "evil.example", "database": "d",
              "authentication": {"method": "database", "secret": "admin"}},
             {"name": "port", "host": "w.example", "port": 22, "database": "d"},
             {"name": "token", "host": "w.example", "database": "d",
              "authentication": {"method": "oauth_token_identity_center", "secret": "idp",
                "tokenEndpoint": {"type": "okta", "requestUrl": "https://evil.example/token",
                                  "requestData": "a=b"}}}]
            """);

    assertThat(refusal.lines().skip(1))
        .containsExactly(
            "connections: connection-unknown: There is no connection 'nobody'."
                + " Use one or more of: prod, sso.",
            "connections prod: name-taken: A deployed connection has this name."
                + " Choose another name, or send the name alone to check that one.",
            "connections theirs: host-not-deployed: The bastion of this deployment does not lead to"
                + " 'evil.example:5439'."
                + " Use one of: sso.example:5440, w.example:5439; or deploy a connection with it.",
            "connections theirs: secret-not-deployed: No deployed connection reads the secret"
                + " 'admin'. Use one of: dbt/prod, idp; or deploy a connection with it.",
            "connections port: host-not-deployed: The bastion of this deployment does not lead to"
                + " 'w.example:22'."
                + " Use one of: sso.example:5440, w.example:5439; or deploy a connection with it.",
            "connections token: token-endpoint-not-deployed: No deployed connection asks"
                + " 'https://evil.example/token' for tokens."
                + " Use one of: https://dev.okta.com/token; or deploy a connection with it.");
  }

  @Test
  void whereNothingIsDeployedNothingMayBeDescribed() {
    RequestRefused refused =
        catchThrowableOfType(
            RequestRefused.class,
            () ->
                selection("[{\"name\": \"a\", \"host\": \"w.example\", \"database\": \"d\"}]")
                    .of(List.of()));

    assertThat(refused).hasMessageContaining("host-not-deployed").hasMessageContaining("Deploy a");
  }

  @Test
  void metricsAreOfDeployedOnes() {
    RouteResult deployed = new RouteResult("prod", Route.DIRECT, Optional.empty(), List.of());
    RouteResult described = new RouteResult("adhoc", Route.DIRECT, Optional.empty(), List.of());
    Report report = new Report(Duration.ofSeconds(1), List.of(deployed, described));

    assertThat(
            selection(
                    "[\"prod\", {\"name\": \"adhoc\", \"host\": \"w.example\", \"database\":"
                        + " \"d\"}]")
                .ofDeployed(report)
                .results())
        .containsExactly(deployed);
    assertThat(Selection.ALL.ofDeployed(report)).isEqualTo(report);
  }
}
