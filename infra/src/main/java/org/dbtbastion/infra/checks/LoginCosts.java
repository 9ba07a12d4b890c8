package org.dbtbastion.infra.checks;

import java.time.Duration;
import java.util.List;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.infra.configuration.Configuration;
import software.amazon.awscdk.Annotations;
import software.constructs.Construct;

/**
 * What the check's logins cost on Serverless workgroups: each makes the workgroup compute for a
 * minute at least. Source: "Billing for Amazon Redshift Serverless", Amazon Redshift management
 * guide.
 */
public final class LoginCosts {

  // The prices of us-east-1 that README.md has.
  private static final double DOLLARS_PER_RPU_HOUR = 0.375;
  private static final int LEAST_RPU = 8;
  private static final Duration MONTH = Duration.ofHours(730);
  private static final Duration LEAST_BILLED = Duration.ofMinutes(1);

  private LoginCosts() {}

  /** Says it at each synth; nothing where no check logs in to a workgroup. */
  public static void say(Construct scope, Configuration.Checks checks, CheckedConnections checked) {
    List<String> connections =
        checked.connections().stream()
            .filter(each -> checked.isServerless(each) && each.authentication().isPresent())
            .map(Connection::name)
            .toList();
    if (connections.isEmpty()) {
      return;
    }
    Duration interval = checks.loginInterval(true);
    Annotations.of(scope)
        .addInfoV2(
            "dbt-bastion:serverless-logins",
            ("Logging in to %s every %d minutes makes the Serverless workgroup compute: about $%.0f a"
                    + " month for each %d RPU of its base capacity (us-east-1). loginInterval"
                    + " changes how often.")
                .formatted(
                    String.join(", ", connections),
                    interval.toMinutes(),
                    dollars(interval),
                    LEAST_RPU));
  }

  /** For a month, at the smallest base capacity, where nothing else runs. */
  static double dollars(Duration interval) {
    double logins = (double) MONTH.toMinutes() / interval.toMinutes();
    return logins * LEAST_BILLED.toSeconds() / 3600 * LEAST_RPU * DOLLARS_PER_RPU_HOUR;
  }
}
