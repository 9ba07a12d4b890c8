package org.dbtbastion;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;

/** Which package may know what. */
@AnalyzeClasses(locations = OwnClasses.Main.class)
class ArchitectureTest {

  private static final String[] DOMAIN = {
    "org.dbtbastion.action..",
    "org.dbtbastion.address..",
    "org.dbtbastion.audit..",
    "org.dbtbastion.check..",
    "org.dbtbastion.connection..",
    "org.dbtbastion.credentials..",
    "org.dbtbastion.deadline..",
    "org.dbtbastion.deployment..",
    "org.dbtbastion.keys..",
    "org.dbtbastion.network..",
    "org.dbtbastion.problem..",
    "org.dbtbastion.registry..",
    "org.dbtbastion.report..",
    "org.dbtbastion.socket..",
    "org.dbtbastion.text.."
  };

  /** What other modules use too. */
  private static final String[] SHARED = {
    "org.dbtbastion.action..",
    "org.dbtbastion.address..",
    "org.dbtbastion.connection..",
    "org.dbtbastion.problem..",
    "org.dbtbastion.text.."
  };

  @ArchTest
  static final ArchRule theDomainKnowsTheJdkAndItselfOnly =
      classes()
          .that()
          .resideInAnyPackage(DOMAIN)
          .should()
          .onlyDependOnClassesThat(resideInAnyPackage(DOMAIN).or(resideInAnyPackage("java..")));

  @ArchTest
  static final ArchRule whatModulesShareKnowsNothingElse =
      classes()
          .that()
          .resideInAnyPackage(SHARED)
          .should()
          .onlyDependOnClassesThat(resideInAnyPackage(SHARED).or(resideInAnyPackage("java..")));

  @ArchTest
  static final ArchRule sshIsForTunnelOnly = onlyIn("org.dbtbastion.tunnel", "com.jcraft..");

  @ArchTest
  static final ArchRule theAwsSdkIsForAwsOnly =
      onlyIn("org.dbtbastion.aws", "software.amazon.awssdk..");

  @ArchTest
  static final ArchRule theDriverAndJdbcAreForRedshiftOnly =
      onlyIn("org.dbtbastion.redshift", "com.amazon.redshift..", "java.sql..", "javax.sql..");

  @ArchTest static final ArchRule yamlIsForDbtOnly = onlyIn("org.dbtbastion.dbt", "org.yaml..");

  @ArchTest
  static final ArchRule powertoolsIsForMetricsOnly =
      onlyIn(
          "org.dbtbastion.metrics", "software.amazon.lambda..", "software.amazon.cloudwatchlogs..");

  /** Whoever sets up alarms needs the names, and not the libraries. */
  @ArchTest
  static final ArchRule metricNamesNeedTheJdkOnly =
      classes()
          .that()
          .haveFullyQualifiedName("org.dbtbastion.metrics.MetricNames")
          .should()
          .onlyDependOnClassesThat()
          .resideInAPackage("java..");

  @ArchTest
  static final ArchRule theFrameworkAndLambdaAreForTheHandlerOnly =
      onlyIn(
          "org.dbtbastion.handler",
          "io.quarkus..",
          "io.smallrye..",
          "jakarta..",
          "com.amazonaws.services.lambda..");

  @ArchTest
  static final ArchRule jsonIsForWhatHasAWireFormat =
      noClasses()
          .that(
              resideOutsideOfPackages(
                  "org.dbtbastion.handler..",
                  "org.dbtbastion.aws..",
                  "org.dbtbastion.idp..",
                  "org.dbtbastion.wire.."))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("com.fasterxml..");

  @ArchTest
  static final ArchRule nobodyKnowsTheHandler =
      noClasses()
          .that(resideOutsideOfPackages("org.dbtbastion.handler.."))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.dbtbastion.handler..");

  @ArchTest
  static final ArchRule adaptersDoNotKnowOneAnother =
      slices()
          .matching("org.dbtbastion.(aws|idp|metrics|redshift|tunnel)..")
          .should()
          .notDependOnEachOther();

  @ArchTest
  static final ArchRule packagesFormNoCycles =
      slices().matching("org.dbtbastion.(*)..").should().beFreeOfCycles();

  @ArchTest
  static void theRulesSeeTheCode(JavaClasses code) {
    assertThat(
            Stream.concat(
                Stream.of(DOMAIN).map(name -> name.replace("..", "")),
                Stream.of("aws", "dbt", "handler", "idp", "metrics", "redshift", "tunnel", "wire")
                    .map(name -> "org.dbtbastion." + name)))
        .allSatisfy(name -> assertThat(code.containPackage(name)).as(name).isTrue());
  }

  private static ArchRule onlyIn(String owner, String... libraries) {
    return noClasses()
        .that(resideOutsideOfPackages(owner + ".."))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(libraries);
  }
}
