package org.dbtbastion.infra.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.dbtbastion.infra.warehouse.Redshift;
import org.dbtbastion.infra.warehouse.SecretArn;
import org.dbtbastion.infra.warehouse.Warehouse;
import org.dbtbastion.keys.Label;
import org.dbtbastion.keys.PublicKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {

  private static Configuration read(Map<String, ?> context) {
    return Configuration.read(context, "us-east-1");
  }

  private static List<ConfigurationProblem> problems(Map<String, ?> context) {
    return catchThrowableOfType(ConfigurationException.class, () -> read(context)).problems();
  }

  /** The shortest: one name. */
  private static final Map<String, Object> NAMED = Map.of("redshift", "analytics");

  private static Map<String, Object> named(Map<String, Object> more) {
    Map<String, Object> context = new HashMap<>(NAMED);
    context.putAll(more);
    return context;
  }

  private static Warehouse warehouse(Configuration configuration) {
    return ((Redshift.Explicit) configuration.redshift()).warehouse();
  }

  private static List<Redshift.Target> targets(Configuration configuration) {
    return ((Redshift.ByName) configuration.redshift()).targets();
  }

  @Test
  void oneNameIsEnough() {
    assertThat(read(NAMED))
        .isEqualTo(
            new Configuration(
                new BastionName("default"),
                new Redshift.ByName(
                    List.of(
                        new Redshift.Target(
                            Optional.empty(), "analytics", Optional.empty(), Optional.empty()))),
                new Configuration.Ssh(DbtRegion.US1.cidrs(), 22, "dbtcloud"),
                new Configuration.Hosts(AddressMode.ELASTIC_IP, 1, "t4g.nano"),
                Configuration.Network.LOOKED_UP,
                new Configuration.Checks(List.of(), Duration.ofMinutes(5), Optional.empty()),
                List.of(),
                Optional.empty(),
                false));
  }

  @Test
  void aWarehouseCanBeDescribedInsteadOfNamed() {
    Map<String, Object> context = new HashMap<>(SampleContext.LEAST);
    context.remove("secret");

    assertThat(read(context).redshift())
        .isEqualTo(
            new Redshift.Explicit(
                "vpc-0a1b2c3d4e5f60718",
                new Warehouse(
                    "analytics",
                    "analytics.abc123.us-east-1.redshift.amazonaws.com",
                    5439,
                    "analytics",
                    "sg-0a1b2c3d4e5f60718",
                    Optional.empty(),
                    Optional.of(new Issuer.Cluster("analytics")),
                    Optional.empty())));
  }

  @Test
  void everythingCanBeChosen() {
    assertThat(
            read(
                named(
                    Map.ofEntries(
                        Map.entry("name", "finance-2"),
                        Map.entry("redshift", "cluster:analytics, workgroup:adhoc"),
                        Map.entry("database", "adhoc=dev"),
                        Map.entry("secret", SampleContext.SECRET),
                        Map.entry("cidrs", "203.0.113.0/28, 198.51.100.7"),
                        Map.entry("addressMode", "network-load-balancer"),
                        Map.entry("hosts", 3),
                        Map.entry("instanceType", "t3.micro"),
                        Map.entry("hostSubnets", "subnet-0000001a,subnet-0000001b"),
                        Map.entry("checkSubnets", "subnet-0000003a"),
                        Map.entry("endpointSecurityGroups", "sg-0a1b2c3d4e5f60718"),
                        Map.entry("sshPort", 2222),
                        Map.entry("sshUser", "tunnel"),
                        Map.entry("publicKeys", "prod: analytics=" + SampleContext.KEY + " dbt"),
                        Map.entry("checkInterval", "PT1H"),
                        Map.entry("loginInterval", "P1D"),
                        Map.entry("alarmEmail", "data@example.com"),
                        Map.entry("snapStart", "true")))))
        .isEqualTo(
            new Configuration(
                new BastionName("finance-2"),
                new Redshift.ByName(
                    List.of(
                        new Redshift.Target(
                            Optional.of(Redshift.Kind.CLUSTER),
                            "analytics",
                            Optional.empty(),
                            Optional.of(new SecretArn(SampleContext.SECRET))),
                        new Redshift.Target(
                            Optional.of(Redshift.Kind.WORKGROUP),
                            "adhoc",
                            Optional.of("dev"),
                            Optional.of(new SecretArn(SampleContext.SECRET))))),
                new Configuration.Ssh(
                    List.of(Cidr.of("203.0.113.0/28"), Cidr.of("198.51.100.7")), 2222, "tunnel"),
                new Configuration.Hosts(AddressMode.NETWORK_LOAD_BALANCER, 3, "t3.micro"),
                new Configuration.Network(
                    List.of("subnet-0000001a", "subnet-0000001b"),
                    List.of("subnet-0000003a"),
                    List.of("sg-0a1b2c3d4e5f60718")),
                new Configuration.Checks(
                    List.of(), Duration.ofHours(1), Optional.of(Duration.ofDays(1))),
                List.of(declared("prod: analytics")),
                Optional.of("data@example.com"),
                true));
  }

  private static DeclaredKey declared(String label) {
    return new DeclaredKey(
        ((PublicKey.Parsed.Accepted) PublicKey.parse(SampleContext.KEY)).key(), new Label(label));
  }

  @Test
  void severalHostsStandBehindABalancer() {
    assertThat(read(named(Map.of("addressMode", "network-load-balancer"))).hosts().count())
        .isEqualTo(2);
    assertThat(read(named(Map.of("addressMode", "elastic-ip", "hosts", 1))).hosts().count())
        .isEqualTo(1);
  }

  @Test
  void anExplicitWarehouseHasAPortOfItsOwn() {
    assertThat(warehouse(read(SampleContext.with("port", "5440"))).port()).isEqualTo(5440);
  }

  @ParameterizedTest
  @CsvSource({
    "analytics.abc123.us-east-1.redshift.amazonaws.com, analytics",
    "sales.123456789012.us-east-1.redshift-serverless.amazonaws.com, sales",
    "warehouse, warehouse",
    "10.0.0.5, 10.0.0.5"
  })
  void anExplicitWarehouseIsCalledLikeItsHost(String host, String name) {
    assertThat(warehouse(read(SampleContext.with("endpoint", host))).name()).isEqualTo(name);
  }

  @Test
  void eachNameMayHaveADatabaseAndASecretOfItsOwn() {
    String other = SampleContext.SECRET.replace("Ab12Cd", "Ef34Gh");

    assertThat(
            targets(
                read(
                    Map.of(
                        "redshift", List.of("analytics", "sales"),
                        "database", "sales=sales_prod",
                        "secret", List.of("analytics=" + SampleContext.SECRET, "sales=" + other)))))
        .extracting(
            Redshift.Target::name,
            target -> target.database().orElse(null),
            target -> target.secret().map(SecretArn::value).orElse(null))
        .containsExactly(
            tuple("analytics", null, SampleContext.SECRET), tuple("sales", "sales_prod", other));
  }

  @ParameterizedTest
  @CsvSource({
    "us-east-1, us1",
    "us-west-2, us5",
    "eu-central-1, eu1",
    "ap-southeast-2, au1",
    "ap-northeast-1, jp1"
  })
  void dbtOfTheSameAwsRegionIsLetInByDefault(String awsRegion, String dbtRegion) {
    assertThat(Configuration.read(NAMED, awsRegion).ssh().sources())
        .isEqualTo(DbtRegion.byId(dbtRegion).orElseThrow().cidrs());
  }

  @Test
  void whereDbtIsMustBeSaidInAnAwsRegionWithoutIt() {
    assertThatExceptionOfType(ConfigurationException.class)
        .isThrownBy(() -> Configuration.read(NAMED, "eu-west-1"))
        .satisfies(
            refusal ->
                assertThat(refusal.problems())
                    .extracting(ConfigurationProblem::subject, ConfigurationProblem::value)
                    .containsExactly(tuple("dbtRegion", null)))
        .withMessageContaining("dbt has no region in eu-west-1");
  }

  @Test
  void valuesOfCdkJsonMayBeNumbersArraysAndFlags() {
    Map<String, Object> context = new HashMap<>(SampleContext.LEAST);
    context.putAll(
        Map.of(
            "port",
            5440.0,
            "checkInterval",
            10,
            "dbtRegion",
            List.of("us3", "eu3"),
            "snapStart",
            true,
            "publicKeys",
            List.of("a=" + SampleContext.KEY)));

    Configuration configuration = read(context);

    assertThat(warehouse(configuration).port()).isEqualTo(5440);
    assertThat(configuration.checks().interval()).isEqualTo(Duration.ofMinutes(10));
    assertThat(configuration.ssh().sources())
        .extracting(Cidr::toString)
        .containsExactly("34.33.2.0/26", "34.39.41.0/26");
    assertThat(configuration.snapStart()).isTrue();
    assertThat(configuration.publicKeys()).containsExactly(declared("a"));
  }

  @Test
  void valuesOfTheCommandLineMayBeJsonArrays() {
    Map<String, Object> context =
        SampleContext.with("cidrs", "[\"203.0.113.7\", \"198.51.100.0/24\"]");
    context.remove("dbtRegion");

    assertThat(read(context).ssh().sources())
        .extracting(Cidr::toString)
        .containsExactly("203.0.113.7/32", "198.51.100.0/24");
  }

  @Test
  void anEmptyValueIsOneLeftOut() {
    assertThat(read(SampleContext.with("sshPort", "")).ssh().port()).isEqualTo(22);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "aws:cdk:enable-path-metadata",
        "@aws-cdk/core:newStyleStackSynthesis",
        "cdk-migrate",
        "vpc-provider:account=123456789012:region=us-east-1",
        "availability-zones:account=123456789012:region=us-east-1",
        "cli-telemetry"
      })
  void keysOfCdkPass(String key) {
    assertThat(read(SampleContext.with(key, "anything"))).isEqualTo(read(SampleContext.LEAST));
  }

  @ParameterizedTest
  @CsvSource({
    "vpcid, vpcId",
    "vpc-id, vpcId",
    "security_group, securityGroup",
    "cidr, cidrs",
    "region, dbtRegion",
    "interval, checkInterval",
    "user, sshUser",
    "redshift-cluster, redshift",
    "address-mode, addressMode",
    "snapstart, snapStart"
  })
  void anUnknownKeyIsRefusedWithTheNearestKnown(String unknown, String known) {
    assertThat(problems(SampleContext.with(unknown, "x")))
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.subject()).isEqualTo(unknown);
              assertThat(problem.fix()).isEqualTo("did you mean %s?".formatted(known));
            });
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name | Finance | choose a short name such as analytics",
        "name | abcdefghijklmnopqrstuvwxyz-abcdef | choose a short name such as analytics",
        "vpcId | subnet-0a1b2c3d | give the VPC that the warehouse is in: -c vpcId=vpc-…",
        "endpoint | a.example.com:5439/dev | write -c endpoint=a.example.com, and give port and"
            + " database by their own keys",
        "endpoint | jdbc:redshift://a.example.com:5439/dev | write -c endpoint=a.example.com, and"
            + " give port and database by their own keys",
        "endpoint | bad_name!.example.com | copy the host name from the Redshift console, without"
            + " port and database",
        "endpoint | x'; rm -rf /; ' | copy the host name from the Redshift console, without port"
            + " and database",
        "port | 0 | leave it out for 5439",
        "port | 65536 | leave it out for 5439",
        "port | abc | leave it out for 5439",
        "database | a\"b | give the database that dbt connects to: -c database=analytics",
        "database | x?ssl=false | give the database that dbt connects to: -c database=analytics",
        "database | x;y=z | give the database that dbt connects to: -c database=analytics",
        "database | x&y=z | give the database that dbt connects to: -c database=analytics",
        "database | a/b | give the database that dbt connects to: -c database=analytics",
        "database | a%2Fb | give the database that dbt connects to: -c database=analytics",
        "database | a b | give the database that dbt connects to: -c database=analytics",
        "database | {{x}} | give the database that dbt connects to: -c database=analytics",
        "securityGroup | vpc-0a1b2c3d | give the security group of the warehouse: -c"
            + " securityGroup=sg-…",
        "secret | arn:aws:secretsmanager:us-east-1:123456789012:secret:warehouse | print it: aws"
            + " secretsmanager describe-secret --secret-id NAME --query ARN",
        "dbtRegion | us9 | look at the host name of your dbt; for a single tenant give cidrs",
        "dbtRegion | US1 | look at the host name of your dbt; for a single tenant give cidrs",
        "cidrs | 203.0.113.1/24 | bits behind the prefix are set: write 203.0.113.0/24 for the"
            + " block or 203.0.113.1/32 for the one address",
        "cidrs | [1 | write it with commas between",
        "sshPort | -1 | leave it out for 22",
        "sshUser | a b | leave it out for dbtcloud, as in dbt's documentation",
        "sshUser | *  | leave it out for dbtcloud, as in dbt's documentation",
        "checkInterval | 0 | write 5 or PT5M for five minutes",
        "checkInterval | PT90S | write 5 or PT5M for five minutes",
        "checkInterval | P2D | write 5 or PT5M for five minutes",
        "checkInterval | -5 | write 5 or PT5M for five minutes",
        "checkInterval | soon | write 5 or PT5M for five minutes",
        "loginInterval | never | write 5 or PT5M for five minutes",
        "sshPort | 70000 | leave it out for 22",
        "addressMode | nlb | leave it out for elastic-ip",
        "hosts | 2 | leave it out, or for several: -c addressMode=network-load-balancer",
        "hosts | 0 | leave it out, or for several: -c addressMode=network-load-balancer",
        "publicKeys | ssh-rsa AAAA | put the name of the dbt connection in front:"
            + " prod-analytics=ssh-rsa AAAA…",
        "alarmEmail | nobody | give a list's address for several people, or subscribe them to the"
            + " topic",
        "alarmEmail | a@example.com b@example.com | give a list's address for several people, or"
            + " subscribe them to the topic",
        "snapStart | yes | leave it out for false",
        "instanceType | nano | leave it out, or see: aws ec2 describe-instance-types"
      })
  void aBadValueIsRefusedWithItsFix(String key, String value, String fix) {
    assertThat(problems(SampleContext.with(key, value)))
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.subject()).isEqualTo(key);
              assertThat(problem.value()).isEqualTo(value);
              assertThat(problem.allowed()).isNotBlank();
              assertThat(problem.fix()).isEqualTo(fix);
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"dev", "Analytics_2", "a-b$c", "2024"})
  void aPlainDatabaseNamePasses(String database) {
    assertThat(warehouse(read(SampleContext.with("database", database))).database())
        .isEqualTo(database);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "redshift | Analytics | copy the name from the Redshift console, not the endpoint",
        "redshift | a.example.com | copy the name from the Redshift console, not the endpoint",
        "redshift | database:a | copy the name from the Redshift console, not the endpoint",
        "database | other=dev | did you mean analytics=dev?",
        "database | a?b | give the database that dbt connects to: -c database=analytics",
        "secret | arn:aws:secretsmanager:us-east-1:123456789012:secret:warehouse | print it: aws"
            + " secretsmanager describe-secret --secret-id NAME --query ARN",
        "hosts | 11 | leave it out for 2",
        "hosts | 1 | leave it out for 2",
      })
  void aBadValueBesidesANameIsRefusedWithItsFix(String key, String value, String fix) {
    assertThat(problems(named(Map.of("addressMode", "network-load-balancer", key, value))))
        .singleElement()
        .satisfies(
            problem -> {
              assertThat(problem.subject()).isEqualTo(key);
              assertThat(problem.value()).isEqualTo(value);
              assertThat(problem.fix()).isEqualTo(fix);
            });
  }

  @Test
  void nothingThatMayBeSecretIsRepeated() {
    Map<String, Object> context =
        Map.of(
            "redshift", "analytics",
            "secret", "{\"username\":\"dbt\",\"password\":\"hunter2\"}",
            "password", "hunter2",
            "publicKey", "-----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNzaC1rZXktdjEAAAAABG5v",
            "sshUser", "-----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNzaC1rZXktdjEAAAAABG5v");

    assertThat(problems(context).toString())
        .contains("publicKey = \"…\"", "secret = \"…\"", "this is a private key")
        .doesNotContain("hunter2", "b3BlbnNz");
  }

  @Test
  void moreAddressesThanASecurityGroupTakesAreRefused() {
    String many =
        IntStream.range(0, 60).mapToObj("203.0.113.%d"::formatted).collect(Collectors.joining(","));

    assertThat(problems(named(Map.of("cidrs", many))))
        .extracting(ConfigurationProblem::subject, ConfigurationProblem::value)
        .containsExactly(tuple("cidrs", "60 addresses and blocks"));
  }

  @Test
  void aNameIsGivenOnce() {
    assertThat(problems(Map.of("redshift", "analytics,cluster:analytics")))
        .extracting(ConfigurationProblem::subject, ConfigurationProblem::value)
        .containsExactly(tuple("redshift", "cluster:analytics"));
  }

  @Test
  void severalNamesMayShareAValueOrHaveOneEach() {
    assertThat(problems(Map.of("redshift", "a,b", "database", "dev,prod")))
        .extracting(
            ConfigurationProblem::subject, ConfigurationProblem::value, ConfigurationProblem::fix)
        .containsExactly(
            tuple("database", "dev", "write a=dev"), tuple("database", "prod", "write a=prod"));
  }

  @Test
  void whatIsLookedUpIsNotGivenBesides() {
    assertThat(problems(named(Map.of("endpoint", "a.example.com", "port", 5440))))
        .extracting(ConfigurationProblem::subject, ConfigurationProblem::fix)
        .containsExactly(
            tuple("endpoint", "leave out either endpoint or redshift"),
            tuple("port", "leave out either port or redshift"));
  }

  @Test
  void badKeysAreRefusedWithoutRepeatingThem() {
    String privateKey = "-----BEGIN OPENSSH PRIVATE KEY-----b3BlbnNzaC1rZXktdjEAAAAABG5vbmUA";

    List<ConfigurationProblem> problems =
        problems(
            named(
                Map.of(
                    "publicKeys",
                    List.of(
                        "a=ssh-ed25519 AAAA",
                        "a;b=" + SampleContext.KEY,
                        "prod=" + privateKey,
                        privateKey,
                        "one=" + SampleContext.KEY,
                        "two=" + SampleContext.KEY))));

    assertThat(problems)
        .hasSize(5)
        .extracting(ConfigurationProblem::subject)
        .containsOnly("publicKeys");
    assertThat(problems.toString())
        .contains("A label has 1 to 100 characters".substring(2))
        .contains("each key once")
        .doesNotContain("b3BlbnNzaC1rZXktdjE");
  }

  @Test
  void allProblemsAreReportedAtOnce() {
    ConfigurationException refusal =
        catchThrowableOfType(
            ConfigurationException.class,
            () ->
                read(
                    Map.of(
                        "vpc", "x",
                        "port", "x",
                        "dbtRegion", "us1,us9",
                        "cidrs", "0.0.0.0/0",
                        "hosts", "many",
                        "publicKeys", "x")));

    assertThat(refusal.problems())
        .extracting(ConfigurationProblem::subject)
        .containsExactly(
            "vpc",
            "endpoint",
            "port",
            "vpcId",
            "securityGroup",
            "database",
            "dbtRegion",
            "cidrs",
            "hosts",
            "publicKeys");
    assertThat(refusal)
        .hasMessageStartingWith("There are 10 problems:")
        .hasMessageContaining("vpcId is missing")
        .hasMessageContaining("port = \"x\"")
        .hasMessageContaining("dbtRegion = \"us9\"");
  }

  @Test
  void withoutAnythingTheNameIsMissing() {
    assertThat(problems(Map.of()))
        .extracting(ConfigurationProblem::subject, ConfigurationProblem::value)
        .containsExactly(tuple("redshift", null));
  }

  @ParameterizedTest
  @CsvSource({
    "PT5M, , false, PT5M",
    "PT5M, , true, PT6H",
    "PT12H, , true, PT12H",
    "PT5M, PT1H, false, PT1H",
    "PT5M, PT1H, true, PT1H",
    "PT15M, PT5M, true, PT15M"
  })
  void logsInNoMoreOftenThanItChecksAndOnServerlessRarely(
      Duration interval, Duration logins, boolean serverless, Duration expected) {
    assertThat(
            new Configuration.Checks(List.of(), interval, Optional.ofNullable(logins))
                .loginInterval(serverless))
        .isEqualTo(expected);
  }
}
