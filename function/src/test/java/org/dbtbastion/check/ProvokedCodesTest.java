package org.dbtbastion.check;

import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.AccessTarget.FieldAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A cause that nobody has provoked may never be named, or may be named for something else. */
class ProvokedCodesTest {

  /** Names of the codes that tests on real parts expect. */
  private static final Set<String> EXPECTED =
      new ClassFileImporter()
              .withImportOption(ImportOption.Predefined.ONLY_INCLUDE_TESTS)
              .importPackages("org.dbtbastion")
              .stream()
              .filter(test -> test.getName().replaceFirst("\\$.*", "").endsWith("IT"))
              .flatMap(test -> test.getFieldAccessesFromSelf().stream())
              .map(JavaAccess::getTarget)
              .filter(field -> field.getOwner().isEquivalentTo(Code.class))
              .map(FieldAccessTarget::getName)
              .collect(Collectors.toSet());

  @ParameterizedTest
  @EnumSource(Code.class)
  void everyCodeIsExpectedByATestOnRealParts(Code code) {
    assertThat(EXPECTED).contains(code.name());
  }
}
