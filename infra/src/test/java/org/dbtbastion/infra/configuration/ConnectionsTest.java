package org.dbtbastion.infra.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import org.dbtbastion.infra.synthesis.Examples;
import org.dbtbastion.infra.synthesis.Lookups;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The context key {@code connections}: what is checked, and what the check may do for it. */
class ConnectionsTest {

  private static final String IDP_SECRET =
      "arn:aws:secretsmanager:us-east-1:123456789012:secret:idp-Cd34Ef";
  private static final Lookups LOOKUPS =
      Lookups.inVpcOf("Public", "Private")
          .andCluster("analytics", "sg-0aa1b2c3d4e5f6071", Examples.VPC)
          .andWorkgroup("adhoc", "sg-0aa1b2c3d4e5f6071", Examples.VPC);

  /** One of each method. */
  private static final String ALL =
      """
      [{"name": "prod", "redshift": "analytics", "database": "prod",
        "authentication": {"method": "database", "secret": "%1$s"},
        "schemas": ["dbt_prod"], "sources": ["raw"]},
       {"name": "ci", "redshift": "analytics",
        "authentication": {"method": "iam", "user": "ci", "autocreate": true,
                           "dbGroups": ["transformers"]}},
       {"name": "docs", "redshift": "analytics",
        "authentication": {"method": "iam_role", "clusterId": "analytics"}},
       {"name": "notebooks", "redshift": "adhoc", "authentication": {"method": "iam_role"}},
       {"name": "sso", "redshift": "adhoc",
        "authentication": {"method": "oauth_token_identity_center", "secret": "%2$s",
          "tokenEndpoint": {"type": "okta", "requestUrl": "https://dev.okta.com/v1/token",
                            "requestData": "grant_type=client_credentials&scope=x"}}},
       {"name": "reach", "redshift": "adhoc"}]
      """
          .formatted(SampleContext.SECRET, IDP_SECRET);

  private static Map<String, Object> configuration(Object connections) {
    return Map.of("redshift", "analytics,workgroup:adhoc", "connections", connections);
  }

  private static Configuration read(Object connections) {
    return Configuration.read(configuration(connections), "us-east-1");
  }

  private static List<ConfigurationProblem> problems(Map<String, Object> configuration) {
    return catchThrowableOfType(
            ConfigurationException.class, () -> Configuration.read(configuration, "us-east-1"))
        .problems();
  }

  private static JsonNode json(String text) {
    try {
      return new ObjectMapper().readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  @Test
  void eachIsAParameterWithWhatItsWarehouseTells() {
    Map<String, JsonNode> parameters = new TreeMap<>();
    Synthesized.synthesize(configuration(ALL), LOOKUPS)
        .resources("AWS::SSM::Parameter")
        .values()
        .forEach(
            parameter ->
                parameters.put(
                    parameter.at("/Properties/Name").asText(), parameter.at("/Properties/Value")));

    String path = "/dbt-bastion/default/connections/";
    assertThat(parameters).containsKeys(path + "prod", path + "ci", path + "docs", path + "reach");
    assertThat(json(parameters.get(path + "prod").asText()))
        .isEqualTo(
            json(
                """
                {"host": "analytics.abc123.us-east-1.redshift.amazonaws.com", "port": 5439,
                 "database": "prod", "authentication": {"method": "database", "secret": "%s"},
                 "schemas": ["dbt_prod"], "sources": ["raw"]}
                """
                    .formatted(SampleContext.SECRET)));
    assertThat(json(parameters.get(path + "ci").asText()))
        .isEqualTo(
            json(
                """
                {"host": "analytics.abc123.us-east-1.redshift.amazonaws.com", "port": 5439,
                 "database": "dev",
                 "authentication": {"method": "iam", "clusterId": "analytics", "user": "ci",
                                    "autocreate": true, "dbGroups": ["transformers"]}}
                """));
    assertThat(json(parameters.get(path + "notebooks").asText()))
        .isEqualTo(
            json(
                """
                {"host": "adhoc.123456789012.us-east-1.redshift-serverless.amazonaws.com",
                 "port": 5440, "database": "warehouse",
                 "authentication": {"method": "iam_role", "workgroup": "adhoc"}}
                """));
    assertThat(parameters).doesNotContainKeys(path + "analytics", path + "adhoc");
  }

  @Test
  void theCheckMayDoWhatTheyNeedAndNoMore() {
    List<String> statements =
        Synthesized.synthesize(configuration(ALL), LOOKUPS)
            .statements("ConnectionChecksFunctionRole");

    assertThat(statements)
        .filteredOn(statement -> statement.contains("redshift") || statement.contains("secrets"))
        .filteredOn(statement -> !statement.contains("kms:"))
        // What the audit may look at.
        .filteredOn(statement -> !statement.matches("Allow \\S+:(Describe|GetWorkgroup).*"))
        .containsExactly(
            "Allow secretsmanager:GetSecretValue on secretsmanager:secret:idp-Cd34Ef"
                + " secretsmanager:secret:warehouse-Ab12Cd",
            "Allow redshift:GetClusterCredentials on redshift:dbgroup:analytics/transformers"
                + " redshift:dbname:analytics/dev redshift:dbuser:analytics/ci",
            "Allow redshift:CreateClusterUser on redshift:dbuser:analytics/ci",
            "Allow redshift:JoinGroup on redshift:dbgroup:analytics/transformers",
            "Allow redshift:GetClusterCredentialsWithIAM on redshift:dbname:analytics/dev",
            "Allow redshift-serverless:GetCredentials on"
                + " redshift-serverless:workgroup/id-of-adhoc");
    assertThat(statements)
        .filteredOn(statement -> statement.contains("kms:"))
        .singleElement()
        .asString()
        .contains(SampleContext.SECRET, IDP_SECRET);
  }

  @Test
  void whatNoConnectionNeedsIsNotAllowed() {
    List<String> statements =
        Synthesized.synthesize(
                configuration(
                    """
                    [{"name": "ci", "redshift": "analytics",
                      "authentication": {"method": "iam", "user": "ci"}}]
                    """),
                LOOKUPS)
            .statements("ConnectionChecksFunctionRole");

    assertThat(statements)
        .contains(
            "Allow redshift:GetClusterCredentials on redshift:dbname:analytics/dev"
                + " redshift:dbuser:analytics/ci");
    assertThat(String.join("\n", statements))
        .doesNotContain(
            "CreateClusterUser",
            "JoinGroup",
            "WithIAM",
            "serverless:GetCredentials",
            "kms:",
            "secret");
  }

  @Test
  void withoutAWayOutTheApisOfRedshiftHaveEndpoints() {
    Synthesized stack =
        Synthesized.synthesize(
            configuration(
                """
                [{"name": "a", "redshift": "analytics", "authentication": {"method": "iam_role"}},
                 {"name": "b", "redshift": "adhoc", "authentication": {"method": "iam_role"}}]
                """),
            Lookups.inVpcOf("Public", "Isolated")
                .andCluster("analytics", "sg-0aa1b2c3d4e5f6071", Examples.VPC)
                .andWorkgroup("adhoc", "sg-0aa1b2c3d4e5f6071", Examples.VPC));

    assertThat(stack.resources("AWS::EC2::VPCEndpoint").values())
        .extracting(endpoint -> endpoint.at("/Properties/ServiceName").asText())
        .contains(
            "com.amazonaws.us-east-1.redshift", "com.amazonaws.us-east-1.redshift-serverless");
    JsonNode variables =
        stack
            .properties("AWS::Lambda::Function", "ConnectionChecksFunction")
            .at("/Environment/Variables");
    assertThat(variables.has("AWS_ENDPOINT_URL_REDSHIFT")).isTrue();
    assertThat(variables.has("AWS_ENDPOINT_URL_REDSHIFT_SERVERLESS")).isTrue();
  }

  @Test
  void eachIsWatched() {
    String alarms =
        Synthesized.synthesize(configuration(ALL), LOOKUPS)
            .resources("AWS::CloudWatch::Alarm")
            .values()
            .toString();

    assertThat(alarms).contains("\"prod\"", "\"ci\"", "\"notebooks\"").doesNotContain("\"adhoc\"");
  }

  @Test
  void theyMayBeAnArrayInCdkJson() {
    assertThat(
            read(List.of(
                    Map.of(
                        "name",
                        "ci",
                        "redshift",
                        "adhoc",
                        "authentication",
                        Map.of("method", "iam", "user", "ci", "autocreate", true))))
                .checks()
                .connections())
        .singleElement()
        .satisfies(
            connection -> {
              assertThat(connection.name()).isEqualTo("ci");
              assertThat(connection.warehouse()).isEqualTo("adhoc");
            });
  }

  @Test
  void theOnlyWarehouseNeedsNoName() {
    Configuration configuration =
        Configuration.read(
            Map.of("redshift", "analytics", "connections", "[{\"name\": \"c\"}]"), "us-east-1");

    assertThat(configuration.checks().connections())
        .extracting(DeclaredConnection::warehouse)
        .containsExactly("analytics");
  }

  @Test
  void anEmptyValueIsNone() {
    assertThat(read("").checks().connections()).isEmpty();
  }

  @Test
  void allThatIsWrongIsSaidAtOnce() {
    Map<String, Object> configuration =
        new HashMap<>(
            configuration(
                """
                [{"name": "a b", "redshift": "analytics"},
                 {"name": "c", "redshift": "sales", "host": "w"},
                 {"name": "d", "redshift": "analytics", "shemas": [],
                  "authentication": {"method": "iam", "dbGroups": ["a*"]}},
                 {"name": "d"},
                 {"name": "e", "redshift": "adhoc",
                  "authentication": {"method": "database", "secret": "warehouse"}}]
                """));
    configuration.put("secret", SampleContext.SECRET);
    configuration.put("hosts", 7);

    assertThat(problems(configuration))
        .extracting(ConfigurationProblem::subject)
        .containsExactly(
            "secret",
            "connections[0].name",
            "connections[1].redshift",
            "connections[1].host",
            "connections[2].authentication.user",
            "connections[2].authentication.dbGroups",
            "connections[2].'shemas'",
            "connections[3].name",
            "connections[3].redshift",
            "connections[4].authentication.secret",
            "hosts");
    assertThat(problems(configuration).get(1))
        .hasToString(
            "  connections[0].name: 'a b' is not a letter or digit, then up to 63 letters, digits"
                + " and"
                + " _ . -.%n    fix: Choose a short name, such as prod.".formatted());
    assertThat(problems(configuration).get(2).toString())
        .contains("There is no warehouse 'sales'.", "Use one of: analytics, adhoc.");
    assertThat(problems(configuration).get(9).fix()).startsWith("print it: aws secretsmanager");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "7 | connections",
        "{} | connections",
        "[] | connections",
        "['canary' | connections",
        "[7] | connections[0]",
        "[{\"name\":\"c\",\"name\":\"canary\"}] | connections",
      })
  void whatIsNoListOfConnectionsIsRefused(String connections, String subject) {
    assertThat(problems(configuration(connections)))
        .extracting(ConfigurationProblem::subject)
        .containsExactly(subject);
    assertThat(problems(configuration(connections)).toString()).doesNotContain("canary");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\\\"username\\\":\\\"dbt\\\",\\\"password\\\":\\\"canary\\\"}",
        "canary",
      })
  void aSecretsContentIsNotShown(String content) {
    List<ConfigurationProblem> problems =
        problems(
            configuration(
                """
                [{"name": "c", "redshift": "analytics",
                  "authentication": {"method": "database", "secret": "%s"}}]
                """
                    .formatted(content)));

    assertThat(problems)
        .extracting(ConfigurationProblem::subject)
        .containsExactly("connections[0].authentication.secret");
    assertThat(problems.toString()).doesNotContain("canary");
  }

  @Test
  void aDescriptionThatFitsIntoNoParameterIsRefused() {
    String many =
        IntStream.range(0, 50)
            .mapToObj(i -> "\"%s%d\"".formatted("x".repeat(100), i))
            .collect(Collectors.joining(", "));

    assertThat(
            problems(
                configuration(
                    "[{\"name\": \"c\", \"redshift\": \"adhoc\", \"sources\": [%s]}]"
                        .formatted(many))))
        .extracting(ConfigurationProblem::subject, ConfigurationProblem::allowed)
        .containsExactly(
            tuple("connections[0]", "a description that fits into a parameter: 4096 bytes"));
  }

  /** IAM would refuse it in the middle of a deployment. */
  @Test
  void moreSecretsThanARoleHasRoomForAreRefused() {
    Map<String, Object> fits = configuration(withSecrets(38));
    Map<String, Object> tooMany = configuration(withSecrets(80));

    assertThat(
            Synthesized.synthesize(fits, LOOKUPS)
                .properties("AWS::IAM::Role", "ConnectionChecksFunctionRole")
                .get("Policies")
                .toString())
        .hasSizeLessThan(10_240);
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> Synthesized.synthesize(tooMany, LOOKUPS))
        .withMessageContaining("connections = \"80 secrets, in permissions of");
  }

  /** The alarms on many connections together could not look back far enough. */
  @Test
  void manyConnectionsAreCheckedEveryHourAtLeast() {
    Map<String, Object> configuration = new HashMap<>(configuration(withoutLogin(101)));
    configuration.put("checkInterval", "PT61M");

    assertThat(
            catchThrowableOfType(
                    ConfigurationException.class,
                    () -> Synthesized.synthesize(configuration, LOOKUPS))
                .problems())
        .containsExactly(
            new ConfigurationProblem(
                "checkInterval",
                "PT1H1M",
                "an hour at most with more than 100 connections",
                "write PT1H, or give some of the connections a bastion of their own"));
  }

  private static String withoutLogin(int number) {
    return IntStream.range(0, number)
        .mapToObj("{\"name\": \"c%d\", \"redshift\": \"adhoc\"}"::formatted)
        .collect(Collectors.joining(",", "[", "]"));
  }

  private static String withSecrets(int number) {
    return IntStream.range(0, number)
        .mapToObj(
            i ->
                """
                {"name": "c%1$d", "redshift": "adhoc",
                 "authentication": {"method": "database", "secret": "%2$s"}}
                """
                    .formatted(i, SampleContext.SECRET.replace("Ab12Cd", "Ab12%02d".formatted(i))))
        .collect(Collectors.joining(",", "[", "]"));
  }

  @Test
  void anEndpointsClusterIsItsFirstPart() {
    Map<String, Object> configuration = new HashMap<>(SampleContext.LEAST);
    configuration.remove("secret");
    configuration.put(
        "connections", "[{\"name\": \"c\", \"authentication\": {\"method\": \"iam_role\"}}]");

    assertThat(
            Synthesized.synthesize(configuration, Lookups.inVpcOf("Public", "Private"))
                .statements("ConnectionChecksFunctionRole"))
        .contains(
            "Allow redshift:GetClusterCredentialsWithIAM on redshift:dbname:analytics/analytics");
  }

  @Test
  void anEndpointThatTellsNoClusterIsAskedFor() {
    Map<String, Object> configuration = new HashMap<>(SampleContext.LEAST);
    configuration.remove("secret");
    configuration.put("endpoint", "warehouse.example.com");
    configuration.put(
        "connections", "[{\"name\": \"c\", \"authentication\": {\"method\": \"iam_role\"}}]");

    assertThat(problems(configuration))
        .extracting(ConfigurationProblem::subject)
        .containsExactly("connections[0].authentication.clusterId");
  }

  @Test
  void loginsThatTheDeploymentCannotDoAreRefusedAtOnce() {
    Map<String, Object> configuration = new HashMap<>(SampleContext.LEAST);
    configuration.remove("secret");
    configuration.put("endpoint", "adhoc.123456789012.us-east-1.redshift-serverless.amazonaws.com");
    configuration.put(
        "connections",
        """
        [{"name": "a", "authentication": {"method": "iam_role"}},
         {"name": "b", "authentication": {"method": "oauth_token_identity_center",
           "secret": "%s", "tokenEndpoint": {"type": "entra",
           "requestUrl": "https://login.example/token", "requestData": "a=b"}}}]
        """
            .formatted(IDP_SECRET.replace("us-east-1", "eu-west-1")));

    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(
            () -> Synthesized.synthesize(configuration, Lookups.inVpcOf("Public", "Isolated")))
        .satisfies(
            refusal ->
                assertThat(refusal.problems())
                    .extracting(ConfigurationProblem::subject)
                    .containsExactly("secret", "connections", "connections"))
        .withMessageContaining("-c redshift=workgroup:adhoc")
        .withMessageContaining("add a NAT gateway");
  }
}
