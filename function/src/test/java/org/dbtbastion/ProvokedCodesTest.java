package org.dbtbastion;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget.FieldAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Set;
import java.util.stream.Collectors;
import org.dbtbastion.audit.Cause;
import org.dbtbastion.report.Code;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What nobody has provoked may never be named, or may be named for something else. */
class ProvokedCodesTest {

  /** The enums' constants that tests on real parts expect. */
  private static final Set<FieldAccessTarget> EXPECTED =
      new ClassFileImporter()
          .importLocations(Set.of(OwnClasses.tests())).stream()
              .filter(test -> test.getName().replaceFirst("\\$.*", "").endsWith("IT"))
              .flatMap(test -> test.getFieldAccessesFromSelf().stream())
              .map(JavaAccess::getTarget)
              .collect(Collectors.toSet());

  @ParameterizedTest
  @EnumSource(Code.class)
  void everyCodeIsExpectedByATestOnRealParts(Code code) {
    assertExpected(code);
  }

  @ParameterizedTest
  @EnumSource(Cause.class)
  void everyCauseIsExpectedByATestOnRealParts(Cause cause) {
    assertExpected(cause);
  }

  private static void assertExpected(Enum<?> constant) {
    assertThat(EXPECTED)
        .as("tests on real parts that expect %s", constant)
        .anyMatch(
            field ->
                field.getOwner().isEquivalentTo(constant.getDeclaringClass())
                    && field.getName().equals(constant.name()));
  }
}
