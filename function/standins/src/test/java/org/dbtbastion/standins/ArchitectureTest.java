package org.dbtbastion.standins;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Which package may know what, tests included. */
@AnalyzeClasses(packages = "org.dbtbastion.standins")
class ArchitectureTest {

  @ArchTest
  static final ArchRule packagesHaveNoCircles =
      slices().matching("org.dbtbastion.standins.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule standInsKnowNothingOfWhatTheyAreFor =
      noClasses()
          .should()
          .dependOnClassesThat(
              resideInAPackage("org.dbtbastion..")
                  .and(resideOutsideOfPackage("org.dbtbastion.standins..")));
}
