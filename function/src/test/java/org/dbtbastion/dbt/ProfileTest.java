package org.dbtbastion.dbt;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.regex.Pattern;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.connection.Authentication.Provider;
import org.dbtbastion.connection.Connection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** Field names are those of dbt's Redshift adapter; values are read back by a YAML parser. */
class ProfileTest {

  private static final String HOST = "analytics.abc123.us-east-1.redshift.amazonaws.com";
  private static final String REGION = "us-east-1";
  private static final Issuer CLUSTER = new Issuer.Cluster("analytics");
  private static final Issuer WORKGROUP = new Issuer.Workgroup("adhoc");
  private static final URI TOKENS = URI.create("https://idp.example.com/oauth2/v1/token");
  private static final String GRANT = "grant_type=client_credentials&scope=redshift";

  private static final Authentication DATABASE = new Authentication.Database("dbt/analytics");
  private static final Authentication IAM =
      new Authentication.Iam(CLUSTER, "dbt_user", true, List.of("builders", "yes"));
  private static final Authentication ROLE = new Authentication.IamRole(CLUSTER);
  private static final Authentication OKTA =
      new Authentication.IdentityCenter(Provider.OKTA, TOKENS, GRANT, "idp/client");
  private static final Authentication ENTRA =
      new Authentication.IdentityCenter(Provider.ENTRA, TOKENS, GRANT, "idp/client");

  private static Profile profile(Authentication authentication, String... schemas) {
    return new Profile(connection("analytics", HOST, authentication, schemas), REGION);
  }

  private static Connection connection(
      String name, String host, Authentication authentication, String... schemas) {
    SequencedSet<String> set = new LinkedHashSet<>(List.of(schemas));
    return new Connection(
        name,
        host,
        5439,
        "analytics",
        Optional.ofNullable(authentication),
        set,
        new LinkedHashSet<>());
  }

  private static Map<String, Object> target(Profile profile) {
    Map<String, Object> file = map(load(profile.profilesYml()));
    assertThat(file).containsOnlyKeys(profile.name());
    Map<String, Object> named = map(file.get(profile.name()));
    assertThat(named).containsOnlyKeys("target", "outputs").containsEntry("target", "default");
    Map<String, Object> outputs = map(named.get("outputs"));
    assertThat(outputs).containsOnlyKeys("default");
    return map(outputs.get("default"));
  }

  private static Object load(String yaml) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    return new Yaml(new SafeConstructor(options)).load(yaml);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> map(Object yaml) {
    return (Map<String, Object>) yaml;
  }

  @Test
  void namesTheFieldsAsDbtsPageDoes() {
    assertThat(profile(DATABASE).fields())
        .containsExactlyEntriesOf(profile(null).fields())
        .containsExactly(
            Map.entry("Host Name", HOST),
            Map.entry("Port", 5439),
            Map.entry("Database", "analytics"));
  }

  @Test
  void writesAFileAsPeopleDo() {
    assertThat(profile(DATABASE, "dbt_prod").profilesYml())
        .isEqualTo(
            """
            analytics:
              target: default
              outputs:
                default:
                  type: redshift
                  host: analytics.abc123.us-east-1.redshift.amazonaws.com
                  port: 5439
                  dbname: analytics
                  schema: dbt_prod
                  sslmode: verify-full
                  method: database
                  user: '{{ env_var(''DBT_ENV_USER'') }}'
                  password: '{{ env_var(''DBT_ENV_SECRET_PASSWORD'') }}'
            """);
  }

  @Test
  void aDatabaseUserNeedsNothingButTheFields() {
    Profile profile = profile(DATABASE, "dbt_prod");

    assertThat(profile.method()).isEqualTo("database");
    assertThat(profile.extendedAttributes()).isEmpty();
    assertThat(profile.warnings()).isEmpty();
    assertThat(profile.environment())
        .containsExactly(
            Map.entry("DBT_ENV_USER", "username in the secret dbt/analytics"),
            Map.entry("DBT_ENV_SECRET_PASSWORD", "password in the secret dbt/analytics"));
  }

  @Test
  void whereTheCheckDoesNotLogInDbtDoesByPassword() {
    assertThat(profile(null).method()).isEqualTo("database");
    assertThat(target(profile(null))).isEqualTo(target(profile(DATABASE)));
    assertThat(profile(null).environment().keySet())
        .containsExactlyElementsOf(profile(DATABASE).environment().keySet());
    assertThat(profile(null).warnings()).isEmpty();
  }

  @Test
  void withoutASchemaAsksForOne() {
    assertThat(target(profile(DATABASE)))
        .containsEntry("schema", "{{ env_var('DBT_ENV_SCHEMA') }}");
    assertThat(profile(DATABASE).environment()).containsKey("DBT_ENV_SCHEMA");
  }

  @Test
  void anIamUserOfAClusterHasKeysFromTheEnvironment() {
    Map<String, Object> login =
        Map.of(
            "method", "iam",
            "cluster_id", "analytics",
            "region", REGION,
            "user", "dbt_user",
            "access_key_id", "{{ env_var('DBT_ENV_ACCESS_KEY_ID') }}",
            "secret_access_key", "{{ env_var('DBT_ENV_SECRET_ACCESS_KEY') }}",
            "autocreate", true,
            "db_groups", List.of("builders", "yes"));
    Profile profile = profile(IAM, "dbt_prod");

    assertThat(target(profile))
        .containsAllEntriesOf(login)
        .doesNotContainKeys("password", "is_serverless");
    assertThat(map(load(profile.extendedAttributes().orElseThrow())))
        .containsAllEntriesOf(login)
        .containsEntry("host", HOST)
        .hasSize(login.size() + 1);
    assertThat(profile.environment())
        .containsOnlyKeys("DBT_ENV_ACCESS_KEY_ID", "DBT_ENV_SECRET_ACCESS_KEY");
    assertThat(profile.warnings())
        .singleElement()
        .satisfies(
            warning -> {
              assertThat(warning.code()).isEqualTo("not-in-dbt-tunnels");
              assertThat(warning.remedy()).contains("which iam needs");
            });
  }

  @Test
  void anIamUserOfServerlessHasAUserAllTheSame() {
    Authentication iam = new Authentication.Iam(WORKGROUP, "ignored", false, List.of());
    Profile own =
        new Profile(
            connection("adhoc", "adhoc.1.us-east-1.redshift-serverless.amazonaws.com", iam),
            REGION);
    Profile customDomain = new Profile(connection("adhoc", "redshift.example.com", iam), REGION);

    assertThat(target(own))
        .containsEntry("user", "ignored")
        .containsEntry("region", REGION)
        .doesNotContainKeys("cluster_id", "is_serverless", "autocreate", "db_groups");
    assertThat(target(customDomain)).containsEntry("is_serverless", true);
  }

  @Test
  void anIamRoleIsForDbtCore() {
    Profile profile = profile(ROLE, "dbt_prod");

    assertThat(target(profile))
        .containsEntry("method", "iam_role")
        .containsEntry("cluster_id", "analytics")
        .containsEntry("region", REGION)
        .doesNotContainKeys("user", "password", "access_key_id");
    assertThat(profile.extendedAttributes()).isEmpty();
    assertThat(profile.environment()).isEmpty();
    assertThat(profile.warnings())
        .extracting(Warning::code)
        .containsExactly("not-in-dbt-tunnels", "dbt-core-only");
  }

  @Test
  void oktaWantsTheClientInAHeader() {
    Profile profile = profile(OKTA, "dbt_prod");

    assertThat(target(profile))
        .containsEntry("method", "oauth_token_identity_center")
        .containsEntry(
            "token_endpoint",
            Map.of(
                "type",
                "okta",
                "request_url",
                TOKENS.toString(),
                "request_data",
                GRANT,
                "idp_auth_credentials",
                "{{ env_var('DBT_ENV_SECRET_CLIENT_CREDENTIALS') }}"))
        .doesNotContainKeys("user", "password", "region");
    assertThat(profile.environment())
        .containsExactly(
            Map.entry(
                "DBT_ENV_SECRET_CLIENT_CREDENTIALS",
                "client_id:client_secret of the secret idp/client, in Base64"));
    assertThat(profile.extendedAttributes()).isEmpty();
    assertThat(profile.warnings())
        .extracting(Warning::code)
        .containsExactly("not-in-dbt-tunnels", "set-up-in-integrations");
  }

  @Test
  void entraWantsTheClientInTheForm() {
    assertThat(map(target(profile(ENTRA)).get("token_endpoint")))
        .containsEntry("type", "entra")
        .containsEntry(
            "request_data",
            GRANT
                + "&client_id={{ env_var('DBT_ENV_CLIENT_ID') }}"
                + "&client_secret={{ env_var('DBT_ENV_SECRET_CLIENT_SECRET') }}")
        .doesNotContainKey("idp_auth_credentials");
  }

  static List<Authentication> methods() {
    return List.of(DATABASE, IAM, ROLE, OKTA, ENTRA);
  }

  @ParameterizedTest
  @MethodSource("methods")
  void everyVariableIsExplainedAndNoneIsForNothing(Authentication method) {
    Profile profile = profile(method);
    String texts = profile.profilesYml() + profile.extendedAttributes().orElse("");

    assertThat(
            Pattern.compile("env_var\\('+(\\w+)'+\\)")
                .matcher(texts)
                .results()
                .map(result -> result.group(1))
                .distinct())
        .containsExactlyInAnyOrderElementsOf(profile.environment().keySet())
        // The dbt platform knows no others.
        .allSatisfy(name -> assertThat(name).startsWith("DBT_ENV_"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "yes",
        "null",
        "~",
        "1e3",
        "0x1f",
        "1:30",
        "- a",
        "a: b",
        "a #b",
        "\"a\"",
        "'a'",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "@a",
        "%a",
        " a ",
        "[a]",
        "{a",
        "ä日本",
        "a\u2028b",
        "\ud83d\ude80",
        "\\n"
      })
  void aNameMeansItselfWhateverIsInIt(String name) {
    Profile profile =
        new Profile(
            connection(
                name, HOST, new Authentication.Iam(CLUSTER, name, false, List.of(name)), name),
            REGION);

    assertThat(target(profile))
        .containsEntry("schema", name)
        .containsEntry("user", name)
        .containsEntry("db_groups", List.of(name));
  }

  @Test
  void aNameIsNotTakenForJinja() {
    Map<String, Object> target =
        target(profile(new Authentication.Iam(CLUSTER, "{{ x }}{% y %}{# z #}", false, List.of())));

    assertThat(target).containsEntry("user", "{{ '{' }}{ x }}{{ '{' }}% y %}{{ '{' }}# z #}");
  }
}
