package org.dbtbastion.infra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {

  static final String SECRET =
      "arn:aws:secretsmanager:us-east-1:123456789012:secret:warehouse-Ab12Cd";

  static final Map<String, Object> LEAST =
      Map.of(
          "vpcId", "vpc-0a1b2c3d4e5f60718",
          "endpoint", "analytics.abc123.us-east-1.redshift.amazonaws.com",
          "database", "analytics",
          "securityGroup", "sg-0a1b2c3d4e5f60718",
          "secret", SECRET,
          "dbtRegion", "jp1");

  static Map<String, Object> with(String key, Object value) {
    Map<String, Object> context = new HashMap<>(LEAST);
    context.put(key, value);
    return context;
  }

  private static List<Problem> problems(Map<String, ?> context) {
    return catchThrowableOfType(ConfigurationException.class, () -> Configuration.read(context))
        .problems();
  }

  @Test
  void whatIsLeftOutHasADefault() {
    assertThat(Configuration.read(LEAST))
        .isEqualTo(
            new Configuration(
                new BastionName("default"),
                "vpc-0a1b2c3d4e5f60718",
                "analytics.abc123.us-east-1.redshift.amazonaws.com",
                5439,
                "analytics",
                "sg-0a1b2c3d4e5f60718",
                SECRET,
                List.of(
                    Cidr.parse("", "35.76.76.152"),
                    Cidr.parse("", "54.238.211.79"),
                    Cidr.parse("", "13.115.236.233")),
                22,
                "dbtcloud",
                Duration.ofMinutes(5),
                "t4g.nano"));
  }

  @Test
  void everythingCanBeChosen() {
    Map<String, Object> context = new HashMap<>(LEAST);
    context.putAll(
        Map.of(
            "name", "finance-2",
            "port", "5440",
            "cidrs", "203.0.113.0/28, 198.51.100.7",
            "sshPort", 2222,
            "sshUser", "tunnel",
            "checkInterval", "PT1H",
            "instanceType", "t3.micro"));

    Configuration configuration = Configuration.read(context);

    assertThat(configuration.name()).hasToString("finance-2");
    assertThat(configuration.port()).isEqualTo(5440);
    assertThat(configuration.sources())
        .extracting(Cidr::toString)
        .containsExactly(
            "35.76.76.152/32",
            "54.238.211.79/32",
            "13.115.236.233/32",
            "203.0.113.0/28",
            "198.51.100.7/32");
    assertThat(configuration.sshPort()).isEqualTo(2222);
    assertThat(configuration.sshUser()).isEqualTo("tunnel");
    assertThat(configuration.checkInterval()).isEqualTo(Duration.ofHours(1));
    assertThat(configuration.instanceType()).isEqualTo("t3.micro");
  }

  @Test
  void valuesOfCdkJsonMayBeNumbersAndArrays() {
    Map<String, Object> context = new HashMap<>(LEAST);
    context.putAll(Map.of("port", 5440.0, "checkInterval", 10, "dbtRegion", List.of("us3", "eu3")));

    Configuration configuration = Configuration.read(context);

    assertThat(configuration.port()).isEqualTo(5440);
    assertThat(configuration.checkInterval()).isEqualTo(Duration.ofMinutes(10));
    assertThat(configuration.sources())
        .extracting(Cidr::toString)
        .containsExactly("34.33.2.0/26", "34.39.41.0/26");
  }

  @Test
  void valuesOfTheCommandLineMayBeJsonArrays() {
    Map<String, Object> context = with("cidrs", "[\"203.0.113.7\", \"198.51.100.0/24\"]");
    context.remove("dbtRegion");

    assertThat(Configuration.read(context).sources())
        .extracting(Cidr::toString)
        .containsExactly("203.0.113.7/32", "198.51.100.0/24");
  }

  @Test
  void anEmptyValueIsOneLeftOut() {
    assertThat(Configuration.read(with("sshPort", "")).sshPort()).isEqualTo(22);
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
    assertThat(Configuration.read(with(key, "anything"))).isEqualTo(Configuration.read(LEAST));
  }

  @ParameterizedTest
  @CsvSource({
    "vpcid, vpcId",
    "vpc-id, vpcId",
    "security_group, securityGroup",
    "cidr, cidrs",
    "region, dbtRegion",
    "interval, checkInterval",
    "user, sshUser"
  })
  void anUnknownKeyIsRefusedWithTheNearestKnown(String unknown, String known) {
    assertThat(problems(with(unknown, "x")))
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
        "endpoint | a.example.com:5439/dev | write -c endpoint=a.example.com, and give port and database by their own keys",
        "endpoint | jdbc:redshift://a.example.com:5439/dev | write -c endpoint=a.example.com, and give port and database by their own keys",
        "endpoint | bad_name!.example.com | copy the host name from the Redshift console, without port and database",
        "endpoint | x'; rm -rf /; ' | copy the host name from the Redshift console, without port and database",
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
        "securityGroup | vpc-0a1b2c3d | give the security group of the warehouse: -c securityGroup=sg-…",
        "secret | warehouse | print it: aws secretsmanager describe-secret --secret-id NAME --query ARN",
        "dbtRegion | us9 | look at the host name of your dbt; for a single tenant give cidrs",
        "dbtRegion | US1 | look at the host name of your dbt; for a single tenant give cidrs",
        "cidrs | 203.0.113.1/24 | bits behind the prefix are set: write 203.0.113.0/24 for the block or 203.0.113.1/32 for the one address",
        "cidrs | [1 | write it with commas between",
        "sshPort | -1 | leave it out for 22",
        "sshUser | a b | leave it out for dbtcloud, as in dbt's documentation",
        "sshUser | *  | leave it out for dbtcloud, as in dbt's documentation",
        "checkInterval | 0 | write 5 or PT5M for five minutes",
        "checkInterval | PT90S | write 5 or PT5M for five minutes",
        "checkInterval | P2D | write 5 or PT5M for five minutes",
        "checkInterval | -5 | write 5 or PT5M for five minutes",
        "checkInterval | soon | write 5 or PT5M for five minutes",
        "instanceType | nano | leave it out, or see: aws ec2 describe-instance-types"
      })
  void aBadValueIsRefusedWithItsFix(String key, String value, String fix) {
    assertThat(problems(with(key, value)))
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
    assertThat(Configuration.read(with("database", database)).database()).isEqualTo(database);
  }

  @Test
  void nobodyIsLetInByDefault() {
    Map<String, Object> context = with("cidrs", " , ");
    context.remove("dbtRegion");

    assertThat(problems(context)).extracting(Problem::subject).containsExactly("dbtRegion");
  }

  @Test
  void allProblemsAreReportedAtOnce() {
    ConfigurationException refusal =
        catchThrowableOfType(
            ConfigurationException.class,
            () ->
                Configuration.read(
                    Map.of("vpc", "x", "port", "x", "dbtRegion", "us1,us9", "cidrs", "0.0.0.0/0")));

    assertThat(refusal.problems())
        .extracting(Problem::subject)
        .containsExactly(
            "vpc",
            "vpcId",
            "endpoint",
            "port",
            "database",
            "securityGroup",
            "secret",
            "dbtRegion",
            "cidrs");
    assertThat(refusal)
        .hasMessageStartingWith("There are 9 problems:")
        .hasMessageContaining("vpcId is missing")
        .hasMessageContaining("port = \"x\"")
        .hasMessageContaining("dbtRegion = \"us9\"");
  }
}
