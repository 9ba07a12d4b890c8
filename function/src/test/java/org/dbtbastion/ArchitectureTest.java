package org.dbtbastion;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.stream.Stream;
import org.dbtbastion.ArchitectureTest.MainCode;

/** Which package may know what. */
@AnalyzeClasses(packages = "org.dbtbastion", importOptions = MainCode.class)
class ArchitectureTest {

  private static final String[] DOMAIN = {
    "org.dbtbastion.audit..",
    "org.dbtbastion.check..",
    "org.dbtbastion.deadline..",
    "org.dbtbastion.keys.."
  };

  @ArchTest
  static final ArchRule theDomainKnowsTheJdkAndItselfOnly =
      classes()
          .that()
          .resideInAnyPackage(DOMAIN)
          .should()
          .onlyDependOnClassesThat(resideInAnyPackage(DOMAIN).or(resideInAnyPackage("java..")));

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
            Stream.of(
                    "audit",
                    "aws",
                    "check",
                    "dbt",
                    "deadline",
                    "handler",
                    "idp",
                    "keys",
                    "metrics",
                    "redshift",
                    "tunnel",
                    "wire")
                .map(name -> "org.dbtbastion." + name))
        .allSatisfy(name -> assertThat(code.containPackage(name)).as(name).isTrue());
  }

  private static ArchRule onlyIn(String owner, String... libraries) {
    return noClasses()
        .that(resideOutsideOfPackages(owner + ".."))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(libraries);
  }

  /** Without tests and stand-ins, wherever the build keeps them. */
  static final class MainCode implements ImportOption {
    @Override
    public boolean includes(Location location) {
      return new ImportOption.DoNotIncludeTests().includes(location)
          && !location.contains("/standins/");
    }
  }
}
