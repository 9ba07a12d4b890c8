package org.dbtbastion.infra.permissions;

import io.github.cdklabs.cdknag.NagPackSuppression;
import io.github.cdklabs.cdknag.NagSuppressions;
import java.util.List;
import software.constructs.IConstruct;

/** Findings of cdk-nag that were looked at, and why they are as they should be. */
public final class Reviewed {

  private Reviewed() {}

  /**
   * Passes one rule over for one construct.
   *
   * @param rule such as {@code AwsSolutions-EC23}
   * @param reason why it does not hold here
   */
  public static void pass(IConstruct construct, String rule, String reason) {
    NagSuppressions.addResourceSuppressions(
        construct, List.of(NagPackSuppression.builder().id(rule).reason(reason).build()));
  }
}
