package org.dbtbastion;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** A test's package, with what it tests, knows others as main code does: in one direction. */
@AnalyzeClasses(locations = OwnClasses.MainAndTests.class)
class PackageCyclesTest {

  @ArchTest
  static final ArchRule packagesWithTheirTestsFormNoCycles =
      slices().matching("org.dbtbastion.(*)..").should().beFreeOfCycles();
}
