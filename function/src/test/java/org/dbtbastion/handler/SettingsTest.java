package org.dbtbastion.handler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.EnvConfigSource;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.dbtbastion.action.Action;
import org.dbtbastion.address.Cidr;
import org.junit.jupiter.api.Test;

class SettingsTest {

  private static final int LIKE_THE_REAL_ENVIRONMENT = 300;

  @Test
  void needsNoMoreThanANameAndActions() {
    Settings settings =
        settings(Map.of("DBT_BASTION_NAME", "default", "DBT_BASTION_ACTIONS", "check"));

    assertThat(settings.name()).isEqualTo("default");
    assertThat(settings.actions()).containsExactly(Action.CHECK);
    assertThat(settings.syncDocument()).isEmpty();
    assertThat(settings.tunnelHost()).isEmpty();
    assertThat(settings.sshUser()).isEqualTo("dbtcloud");
    assertThat(settings.sshPort()).isEqualTo(22);
  }

  @Test
  void takesWhatTheDeploymentSets() {
    Settings settings =
        settings(
            Map.of(
                "DBT_BASTION_NAME", "emea-1",
                "DBT_BASTION_ACTIONS", "register-key,revoke-key,list-keys,renew-check-key",
                "DBT_BASTION_SYNC_DOCUMENT", "dbt-bastion-emea-1-sync-keys",
                "DBT_BASTION_TUNNEL_HOST", "nlb-1.elb.us-east-1.amazonaws.com",
                "DBT_BASTION_SSH_USER", "tunnel",
                "DBT_BASTION_SSH_PORT", "2222"));

    assertThat(settings.name()).isEqualTo("emea-1");
    assertThat(settings.actions())
        .containsExactlyInAnyOrder(
            Action.REGISTER_KEY, Action.REVOKE_KEY, Action.LIST_KEYS, Action.RENEW_CHECK_KEY);
    assertThat(settings.syncDocument()).contains("dbt-bastion-emea-1-sync-keys");
    assertThat(settings.tunnelHost()).contains("nlb-1.elb.us-east-1.amazonaws.com");
    assertThat(settings.sshUser()).isEqualTo("tunnel");
    assertThat(settings.sshPort()).isEqualTo(2222);
  }

  @Test
  void takesWhatTheAuditLooksAt() {
    Settings settings =
        settings(
            Map.of(
                "DBT_BASTION_NAME", "default",
                "DBT_BASTION_ACTIONS", "check",
                "DBT_BASTION_TARGET_GROUP",
                    "arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/b",
                "DBT_BASTION_SOURCES", "52.45.144.63/32,20.10.67.192/26",
                "DBT_BASTION_SECURITY_GROUP", "sg-1",
                "DBT_BASTION_SUBNETS", "subnet-1,subnet-2"));

    assertThat(settings.targetGroup())
        .contains("arn:aws:elasticloadbalancing:us-east-1:1:targetgroup/a/b");
    assertThat(settings.sources().orElseThrow())
        .containsExactly(Cidr.of("52.45.144.63/32"), Cidr.of("20.10.67.192/26"));
    assertThat(settings.securityGroup()).contains("sg-1");
    assertThat(settings.subnets().orElseThrow()).containsExactly("subnet-1", "subnet-2");
  }

  @Test
  void reportsAllThatIsMissingOrMalformedTogether() {
    assertThat(problems(Map.of("DBT_BASTION_SSH_PORT", "twenty-two")))
        .contains("dbt-bastion.name", "dbt-bastion.actions", "dbt-bastion.ssh-port", "twenty-two");
  }

  @Test
  void refusesNamesPortsAndActionsThatAreNone() {
    assertThat(
            problems(
                Map.of(
                    "DBT_BASTION_NAME", "Default_1",
                    "DBT_BASTION_ACTIONS", "check,launch-rocket",
                    "DBT_BASTION_SSH_PORT", "70000")))
        .contains("dbt-bastion.name", "Default_1")
        .contains("dbt-bastion.actions", "launch-rocket")
        .contains("dbt-bastion.ssh-port", "70000");
  }

  private static String problems(Map<String, String> environment) {
    ConfigValidationException refused =
        catchThrowableOfType(ConfigValidationException.class, () -> settings(environment));
    return IntStream.range(0, refused.getProblemCount())
        .mapToObj(i -> refused.getProblem(i).getMessage())
        .collect(Collectors.joining("\n"));
  }

  private static Settings settings(Map<String, String> environment) {
    return new SmallRyeConfigBuilder()
        .addDefaultInterceptors()
        .withSources(new EnvConfigSource(environment, LIKE_THE_REAL_ENVIRONMENT))
        .withMapping(Settings.class)
        .build()
        .getConfigMapping(Settings.class);
  }
}
