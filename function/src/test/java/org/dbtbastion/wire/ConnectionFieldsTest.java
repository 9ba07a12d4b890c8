package org.dbtbastion.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.connection.Authentication.Provider;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.problem.Problem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionFieldsTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static Fields fields(String json) {
    try {
      return new Fields(JSON.readTree(json));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static List<String> problems(String json) {
    Fields fields = fields(json);
    assertThat(ConnectionFields.read("c", fields)).isEmpty();
    return fields.problems().stream().map(each -> each.field() + " " + each.code()).toList();
  }

  private static Authentication authentication(String json) {
    Fields fields =
        fields("{\"host\":\"w\",\"database\":\"d\",\"authentication\":%s}".formatted(json));
    Optional<Connection> connection = ConnectionFields.read("c", fields);
    assertThat(fields.problems()).isEmpty();
    return connection.orElseThrow().authentication().orElseThrow();
  }

  @Test
  void readsAllOfAConnection() {
    Connection connection =
        ConnectionFields.read(
                "prod",
                fields(
                    """
                    {"host": "w.example", "port": 5440, "database": "analytics",
                     "authentication": {"method": "database", "secret": "dbt/prod"},
                     "schemas": ["dbt_prod", "dbt_ci"], "sources": ["raw"]}
                    """))
            .orElseThrow();

    assertThat(connection.name()).isEqualTo("prod");
    assertThat(connection.host()).isEqualTo("w.example");
    assertThat(connection.port()).isEqualTo(5440);
    assertThat(connection.database()).isEqualTo("analytics");
    assertThat(connection.authentication()).contains(new Authentication.Database("dbt/prod"));
    assertThat(connection.schemas()).containsExactly("dbt_prod", "dbt_ci");
    assertThat(connection.sources()).containsExactly("raw");
  }

  @Test
  void portAuthenticationAndSchemasMayBeLeftOut() {
    Connection connection =
        ConnectionFields.read("c", fields("{\"host\":\"w\",\"database\":\"d\"}")).orElseThrow();

    assertThat(connection.port()).isEqualTo(5439);
    assertThat(connection.authentication()).isEmpty();
    assertThat(connection.schemas()).isEmpty();
  }

  @Test
  void readsEveryMethod() {
    assertThat(
            authentication(
                """
                {"method": "iam", "clusterId": "analytics", "user": "dbt", "autocreate": true,
                 "dbGroups": ["a", "b"]}
                """))
        .isEqualTo(
            new Authentication.Iam(
                new Issuer.Cluster("analytics"), "dbt", true, List.of("a", "b")));
    assertThat(authentication("{\"method\":\"iam\",\"workgroup\":\"adhoc\",\"user\":\"dbt\"}"))
        .isEqualTo(new Authentication.Iam(new Issuer.Workgroup("adhoc"), "dbt", false, List.of()));
    assertThat(authentication("{\"method\":\"iam_role\",\"clusterId\":\"analytics\"}"))
        .isEqualTo(new Authentication.IamRole(new Issuer.Cluster("analytics")));
    assertThat(
            authentication(
                """
                {"method": "oauth_token_identity_center", "secret": "idp",
                 "tokenEndpoint": {"type": "okta", "requestUrl": "https://dev.okta.com/v1/token",
                                   "requestData": "grant_type=client_credentials&scope=x"}}
                """))
        .isEqualTo(
            new Authentication.IdentityCenter(
                Provider.OKTA,
                URI.create("https://dev.okta.com/v1/token"),
                "grant_type=client_credentials&scope=x",
                "idp"));
  }

  static List<String> authentications() {
    return List.of(
        "{\"method\":\"database\",\"secret\":\"dbt/prod\"}",
        // One that Redshift manages.
        """
        {"method":"database","secret":"arn:aws:secretsmanager:us-east-1:111122223333:secret:\
        redshift!analytics-admin-AbCdEf"}\
        """,
        """
        {"method":"iam","clusterId":"analytics","user":"dbt","autocreate":true,"dbGroups":["a","b"]}\
        """,
        "{\"method\":\"iam\",\"workgroup\":\"adhoc\",\"user\":\"dbt\"}",
        "{\"method\":\"iam_role\",\"clusterId\":\"analytics\"}",
        """
        {"method":"oauth_token_identity_center","secret":"idp","tokenEndpoint":{"type":"entra",\
        "requestUrl":"https://login.example/token","requestData":"grant_type=x"}}\
        """);
  }

  @ParameterizedTest
  @MethodSource("authentications")
  void whatIsWrittenIsWhatWasRead(String authentication) {
    String json =
        "{\"host\":\"w\",\"port\":5440,\"database\":\"d\",\"authentication\":%s,"
                .formatted(authentication)
            + "\"schemas\":[\"b\",\"a\"],\"sources\":[\"raw\"]}";

    Connection read = ConnectionFields.read("c", fields(json)).orElseThrow();

    assertThat(ConnectionJson.of(read)).hasToString(json);
  }

  @Test
  void writesNothingOfWhatIsNotThere() {
    String json = "{\"host\":\"w\",\"port\":5439,\"database\":\"d\"}";

    assertThat(ConnectionJson.of(ConnectionFields.read("c", fields(json)).orElseThrow()))
        .hasToString(json);
  }

  @ParameterizedTest
  @ValueSource(strings = {"prod", "10.0.0.5", "a_b-C.9"})
  void readsANameThatCanBePartOfAParameters(String name) {
    assertThat(ConnectionFields.name(fields("{\"name\":\"%s\"}".formatted(name)))).contains(name);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-a", "a b", "a/b", "käse", "a\\nb"})
  void refusesOtherNames(String name) {
    Fields fields = fields("{\"name\":\"%s\"}".formatted(name));

    assertThat(ConnectionFields.name(fields)).isEmpty();
    assertThat(fields.problems()).extracting(Problem::code).containsExactly("name-invalid");
  }

  @Test
  void refusesUpperCaseWhereRedshiftIssuesPasswordsForLowerCaseOnly() {
    assertThat(
            problems(
                """
                {"host": "w", "database": "d", "authentication": {"method": "iam",
                 "clusterId": "a", "user": "DBT_CI", "dbGroups": ["loaders", "Transformers"]}}
                """))
        .containsExactly(
            "authentication.user user-upper-case", "authentication.dbGroups group-upper-case");
    // On Serverless it is of no meaning.
    assertThat(
            authentication("{\"method\": \"iam\", \"workgroup\": \"abc\", \"user\": \"DBT_CI\"}"))
        .isInstanceOf(Authentication.Iam.class);
  }

  /** They become parts of ARNs, where some signs are wildcards. */
  @ParameterizedTest
  @ValueSource(strings = {"*", "a*", "a?", "a/b", "a:b", "${x}", "1a", ""})
  void refusesUsersThatRedshiftIssuesNoPasswordsFor(String user) {
    assertThat(
            problems(
                """
                {"host": "w", "database": "d", "authentication": {"method": "iam",
                 "clusterId": "a", "user": "%1$s", "dbGroups": ["%1$s"]}}
                """
                    .formatted(user)))
        .containsExactly(
            "authentication.user user-invalid", "authentication.dbGroups name-invalid");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "grant_type=x&client_secret=canary-1 | requestdata-secret",
        "Client_Assertion=canary-1 | requestdata-secret",
        "{\\\"client_secret\\\": \\\"canary-1\\\"} | requestdata-invalid",
        "a canary-1 | requestdata-invalid",
      })
  void showsNothingOfAFormThatMayHoldTheClientsSecret(String form, String code) {
    Fields fields =
        fields(
            """
            {"host": "w", "database": "d",
             "authentication": {"method": "oauth_token_identity_center", "secret": "idp",
               "tokenEndpoint": {"type": "entra", "requestUrl": "https://x.example/t",
                                 "requestData": "%s"}}}
            """
                .formatted(form));

    ConnectionFields.read("c", fields);

    assertThat(fields.problems()).extracting(Problem::code).containsExactly(code);
    assertThat(fields.problems().toString()).doesNotContain("canary");
  }

  @Test
  void showsNothingOfASecretsContent() {
    Fields fields =
        fields(
            """
            {"host": "w", "database": "d", "authentication": {"method": "database",
             "secret": "{\\"password\\":\\"canary-1\\"}"}}
            """);

    ConnectionFields.read("c", fields);

    assertThat(fields.problems()).extracting(Problem::code).containsExactly("secret-invalid");
    assertThat(fields.problems().toString()).doesNotContain("canary");
  }

  @Test
  void namesAllProblemsAtOnceWithTheirPlaces() {
    assertThat(
            problems(
                """
                {"host": "w/x", "port": 70000, "database": "a?b",
                 "authentication": {"method": "iam", "clusterId": "A", "autocreate": "yes"},
                 "schemas": "dbt", "sources": [7]}
                """))
        .containsExactly(
            "host host-invalid",
            "port port-invalid",
            "database database-invalid",
            "authentication.clusterId clusterid-invalid",
            "authentication.user field-missing",
            "authentication.autocreate field-type",
            "schemas field-type",
            "sources field-type");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "grant_type=client_credentials&client_secret=canary",
        "CLIENT_SECRET=canary&scope=x",
        "grant_type=password&password=canary",
        "grant_type=refresh_token&refresh_token=canary",
        "a canary"
      })
  void takesNoSecretInAFormAndDoesNotRepeatIt(String form) {
    String json =
        """
        {"host": "h", "database": "d",
         "authentication": {"method": "oauth_token_identity_center", "secret": "a canary",
           "tokenEndpoint": {"type": "okta", "requestUrl": "https://a:canary@idp.example.com",
             "requestData": "%s"}}}
        """
            .formatted(form);

    Fields fields = fields(json);
    assertThat(ConnectionFields.read("c", fields)).isEmpty();
    assertThat(fields.problems())
        .extracting(Problem::field)
        .containsExactly(
            "authentication.secret",
            "authentication.tokenEndpoint.requestUrl",
            "authentication.tokenEndpoint.requestData");
    assertThat(fields.problems().toString()).doesNotContain("canary");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "7 | authentication field-type",
        "null | authentication field-type",
        "{} | authentication.method field-missing",
        "{\"method\":\"password\"} | authentication.method method-unknown",
        "{\"method\":\"database\"} | authentication.secret field-missing",
        "{\"method\":\"database\",\"secret\":\"a b\"} | authentication.secret secret-invalid",
        "{\"method\":\"database\",\"secret\":\"s\",\"x\":1} | authentication.'x' field-unknown",
        "{\"method\":\"iam_role\"} | authentication.clusterId field-missing",
        "{\"method\":\"iam_role\",\"clusterId\":\"a\",\"workgroup\":\"b\"}"
            + " | authentication.clusterId issuer-ambiguous",
      })
  void refusesWhatIsNoAuthentication(String json, String problem) {
    assertThat(
            problems("{\"host\":\"w\",\"database\":\"d\",\"authentication\":%s}".formatted(json)))
        .containsExactly(problem);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://dev.okta.com/token",
        "https://user@dev.okta.com/token",
        "https:///token",
        "file:///etc/passwd",
        "no url",
      })
  void theClientsSecretGoesToHttpsOnly(String url) {
    assertThat(
            problems(
                """
                {"host": "w", "database": "d",
                 "authentication": {"method": "oauth_token_identity_center", "secret": "idp",
                   "tokenEndpoint": {"type": "entra", "requestUrl": "%s", "requestData": "a=b"}}}
                """
                    .formatted(url)))
        .containsExactly("authentication.tokenEndpoint.requestUrl url-invalid");
  }
}
