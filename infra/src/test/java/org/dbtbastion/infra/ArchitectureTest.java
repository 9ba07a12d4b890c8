package org.dbtbastion.infra;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.junit.LocationProvider;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;
import java.util.stream.Stream;

/** Which package may know what, tests included. */
@AnalyzeClasses(locations = ArchitectureTest.OwnClasses.class)
class ArchitectureTest {

  /** Main code and tests of this module: to read the whole class path takes long. */
  static final class OwnClasses implements LocationProvider {
    @Override
    public Set<Location> get(Class<?> test) {
      return Set.of(of(App.class), of(ArchitectureTest.class));
    }

    private static Location of(Class<?> one) {
      return Location.of(one.getProtectionDomain().getCodeSource().getLocation());
    }
  }

  private static final String[] PACKAGES = {
    "checks",
    "configuration",
    "entrance",
    "functions",
    "hosts",
    "keys",
    "monitoring",
    "network",
    "permissions",
    "problem",
    "warehouse"
  };

  @ArchTest
  static final ArchRule packagesFormNoCycles =
      slices().matching("org.dbtbastion.infra.(*)..").should().beFreeOfCycles();

  /** Tests come to it through {@code synthesis}. */
  @ArchTest
  static final ArchRule nobodyKnowsTheStack =
      noClasses()
          .that(resideOutsideOfPackages("org.dbtbastion.infra", "org.dbtbastion.infra.synthesis.."))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.dbtbastion.infra");

  @ArchTest
  static final ArchRule whatTheUserDecidesNeedsNoCdk =
      noClasses()
          .that(
              resideInAnyPackage(
                  "org.dbtbastion.infra.configuration", "org.dbtbastion.infra.problem"))
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("software..", "io.github.cdklabs..");

  @ArchTest
  static final ArchRule cdkNagIsForPermissionsAndTheStack =
      noClasses()
          .that(
              resideOutsideOfPackages("org.dbtbastion.infra", "org.dbtbastion.infra.permissions.."))
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.github.cdklabs..");

  @ArchTest static final ArchRule nobodyKnowsMonitoring = nobodyButTheStackKnows("monitoring");

  @ArchTest static final ArchRule nobodyKnowsChecks = nobodyButTheStackKnows("checks");

  @ArchTest static final ArchRule nobodyKnowsKeys = nobodyButTheStackKnows("keys");

  /** The function's code that needs more than the JDK and JSON is not on the app's class path. */
  @ArchTest
  static final ArchRule ofTheFunctionTheAppUsesWhatNeedsNoLibrary =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.dbtbastion.aws..",
              "org.dbtbastion.dbt..",
              "org.dbtbastion.handler..",
              "org.dbtbastion.idp..",
              "org.dbtbastion.redshift..",
              "org.dbtbastion.tunnel..");

  @ArchTest
  static void theRulesSeeTheCode(JavaClasses code) {
    assertThat(Stream.of(PACKAGES).map(name -> "org.dbtbastion.infra." + name))
        .allSatisfy(name -> assertThat(code.containPackage(name)).as(name).isTrue());
  }

  private static ArchRule nobodyButTheStackKnows(String name) {
    String owner = "org.dbtbastion.infra." + name;
    return noClasses()
        .that(resideOutsideOfPackages(owner, "org.dbtbastion.infra"))
        .and()
        .resideOutsideOfPackage("org.dbtbastion.infra.bastion..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(owner);
  }
}
