package org.dbtbastion.local;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.dbtbastion.standins.process.Repository;

/** Which package may know what, tests included. */
@AnalyzeClasses(packages = "org.dbtbastion.local")
class ArchitectureTest {

  @ArchTest
  static final ArchRule packagesHaveNoCircles =
      slices().matching("org.dbtbastion.local.(**)").should().beFreeOfCycles();

  @ArchTest
  static void whatIsDeployedKnowsNeitherStandInsNorSandbox(JavaClasses local) {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.dbtbastion.standins..", "org.dbtbastion.local..")
        .check(
            new ClassFileImporter()
                .importPaths(
                    Repository.root().resolve("function/target/classes"),
                    Repository.infra().resolve("target/classes")));
  }
}
