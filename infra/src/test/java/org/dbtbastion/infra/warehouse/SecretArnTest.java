package org.dbtbastion.infra.warehouse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretArnTest {

  /** The second is what Redshift names those that it manages. */
  @ParameterizedTest
  @ValueSource(strings = {"dbt/prod-Ab12Cd", "redshift!analytics-admin-Ab12Cd"})
  void aCompleteArnPasses(String name) {
    String arn = "arn:aws:secretsmanager:us-east-1:123456789012:secret:" + name;

    assertThat(new SecretArn(arn)).hasToString(arn);
    assertThat(new SecretArn(arn).region()).isEqualTo("us-east-1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dbt/prod", "redshift!analytics-admin", "redshift*-Ab12Cd"})
  void anyOtherIsRefused(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new SecretArn("arn:aws:secretsmanager:us-east-1:123456789012:secret:" + name));
  }
}
