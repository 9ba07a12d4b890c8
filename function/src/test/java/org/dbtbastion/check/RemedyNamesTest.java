package org.dbtbastion.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.deployment.SshAccess;
import org.dbtbastion.report.Code;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RemedyNamesTest {

  private static final Connection CONNECTION =
      new Connection(
          "c-name",
          "w.example",
          5439,
          "d-name",
          Optional.of(new Authentication.Database("s-name")),
          new LinkedHashSet<>(),
          new LinkedHashSet<>());
  private static final BastionHost HOST =
      new BastionHost("i-1", "10.0.0.1", Optional.empty(), Instant.EPOCH);
  private static final SshAccess ENTRANCE = new SshAccess("b-name", "dbtcloud", 2222);

  /** The end of a sentence and the beginning of another; "ALTER USER ... PASSWORD" is none. */
  private static final Pattern SECOND_SENTENCE = Pattern.compile("(?<!\\.)[.!?]\\s");

  @ParameterizedTest
  @EnumSource(Code.class)
  void hasAnIdInKebabCase(Code code) {
    assertThat(code.id()).matches("[a-z]+(-[a-z]+)*");
  }

  @Test
  void hasAnIdOfItsOwn() {
    assertThat(Arrays.stream(Code.values()).map(Code::id)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @EnumSource(Code.class)
  void hasAMeaningInOneSentence(Code code) {
    assertThat(code.meaning())
        .matches("[A-Z].*[a-zA-Z]")
        .doesNotContainPattern(SECOND_SENTENCE)
        .doesNotContain("{");
  }

  @ParameterizedTest
  @EnumSource(Code.class)
  void hasARemedyInOneSentence(Code code) {
    assertThat(remedy(code, Optional.of(HOST)))
        .matches("[A-Z].*\\.")
        .doesNotContainPattern(SECOND_SENTENCE)
        .doesNotContain("  ");
  }

  @ParameterizedTest
  @EnumSource(Code.class)
  void hasARemedyThatNamesTheRealThingsWhetherAHostIsKnownOrNot(Code code) {
    Pattern placeholder = Pattern.compile("\\{[a-zA-Z]*}");

    assertThat(remedy(code, Optional.of(HOST))).doesNotContainPattern(placeholder);
    assertThat(remedy(code, Optional.empty())).doesNotContainPattern(placeholder);
  }

  @Test
  void fillsEveryPlaceholderWithItsOwnName() {
    assertThat(remedy(Code.BASTION_TIMEOUT, Optional.of(HOST)))
        .isEqualTo(
            "Check that i-1 is running and that its security group lets tcp/2222 in from the"
                + " security group of the check.");
    assertThat(remedy(Code.NOT_SSH_SERVER, Optional.of(HOST))).contains("10.0.0.1:2222");
    assertThat(remedy(Code.DATABASE_MISSING, Optional.empty()))
        .isEqualTo("Create the database d-name, or correct the database of connection c-name.");
    assertThat(remedy(Code.NOT_REDSHIFT, Optional.empty())).contains("w.example:5439");
    assertThat(remedy(Code.SECRET_MALFORMED, Optional.empty()))
        .isEqualTo("Store in the secret s-name a JSON object with username and password.");
    assertThat(remedy(Code.BASTION_NOT_FOUND, Optional.empty())).contains("dbt-bastion=b-name");
  }

  @Test
  void takesNamesLiterally() {
    assertThat(Code.CREDENTIALS_FAILED.remedy(Map.of("credentialsService", "$1\\{secret}")))
        .endsWith("for $1\\{secret}.");
  }

  @Test
  void refusesToLeaveAPlaceholderInPlace() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Code.CREDENTIALS_FAILED.remedy(Map.of()))
        .withMessageContaining("{credentialsService}");
  }

  @Test
  void saysHowLongAHostMayBoot() {
    assertThat(Code.BASTION_BOOTING.meaning())
        .endsWith("within the last " + BastionHost.BOOTS_WITHIN.toMinutes() + " minutes");
  }

  private static String remedy(Code code, Optional<BastionHost> host) {
    return code.remedy(RemedyNames.of(ENTRANCE, CONNECTION, host));
  }
}
