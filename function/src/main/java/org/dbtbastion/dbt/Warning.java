package org.dbtbastion.dbt;

import java.util.Map;
import java.util.Objects;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.report.Code;

/**
 * Something that dbt does not do, where one may expect it.
 *
 * @param code a stable name
 * @param message what dbt does not do
 * @param remedy what to do instead, in one sentence
 */
public record Warning(String code, String message, String remedy) {

  /** Holds of every tunnel. Source: dbt's supported features of the Fusion engine. */
  public static final Warning FUSION_WITHOUT_TUNNELS =
      new Warning(
          "fusion-without-tunnels",
          "dbt's Fusion engine does not connect to Redshift through an SSH tunnel",
          "Choose a dbt version without Fusion for the environments whose connection goes through"
              + " the tunnel.");

  static final Warning CORE_ONLY =
      new Warning(
          "dbt-core-only",
          "The dbt platform has no method iam_role: nothing there runs with a role of your account",
          "Use method iam or database for the dbt platform; profiles.yml is for dbt Core.");

  static final Warning IN_INTEGRATIONS =
      new Warning(
          "set-up-in-integrations",
          "The dbt platform gets its tokens by an integration of its own, not by these fields",
          "Set external OAuth up in the dbt platform, under Account settings, Integrations;"
              + " profiles.yml is for dbt Core.");

  public Warning {
    Objects.requireNonNull(code, "code");
    Objects.requireNonNull(message, "message");
    Objects.requireNonNull(remedy, "remedy");
  }

  /** As the check warns on the tunnel's route. */
  static Warning notInTunnels(Authentication authentication) {
    Code code = Code.NOT_IN_DBT_TUNNELS;
    return new Warning(
        code.id(), code.meaning(), code.remedy(Map.of("method", authentication.method().id())));
  }
}
