package org.dbtbastion.infra.permissions;

import io.github.cdklabs.cdknag.NagPackSuppression;
import io.github.cdklabs.cdknag.NagSuppressions;
import java.util.List;
import software.constructs.IConstruct;

/** Findings of cdk-nag that were reviewed, each with the reason why it is no fault. */
public final class Reviewed {

  private Reviewed() {}

  /**
   * Suppresses one rule for one construct.
   *
   * @param rule such as {@code AwsSolutions-EC23}
   * @param reason why the rule does not apply
   */
  public static void pass(IConstruct construct, String rule, String reason) {
    NagSuppressions.addResourceSuppressions(
        construct, List.of(NagPackSuppression.builder().id(rule).reason(reason).build()));
  }
}
