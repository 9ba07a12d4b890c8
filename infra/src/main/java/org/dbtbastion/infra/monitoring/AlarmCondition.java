package org.dbtbastion.infra.monitoring;

import software.amazon.awscdk.services.cloudwatch.ComparisonOperator;
import software.amazon.awscdk.services.cloudwatch.TreatMissingData;

/**
 * When an alarm goes off. There are three kinds, which differ in what missing data means.
 *
 * @param comparison how a period's value compares to the threshold when it is bad
 * @param threshold the threshold
 * @param bad how many of the last periods are bad
 * @param periods how many periods are looked at
 * @param missing what a period without data is
 */
record AlarmCondition(
    ComparisonOperator comparison,
    Number threshold,
    int bad,
    int periods,
    TreatMissingData missing) {

  /** Of what is counted as long as all is well: fewer than expected, or none, is a fault. */
  static AlarmCondition missing(int expected, int periods) {
    return new AlarmCondition(
        ComparisonOperator.LESS_THAN_THRESHOLD,
        expected,
        periods,
        periods,
        TreatMissingData.BREACHING);
  }

  /** Of what is counted when it happens: no data means that it did not. */
  static AlarmCondition happened(int times) {
    return new AlarmCondition(
        ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        times,
        1,
        1,
        TreatMissingData.NOT_BREACHING);
  }

  /**
   * Of a state: the last one that was reported holds until there is another report. Another alarm
   * says that reports are missing.
   */
  static AlarmCondition state(
      ComparisonOperator comparison, Number threshold, int bad, int periods) {
    return new AlarmCondition(comparison, threshold, bad, periods, TreatMissingData.IGNORE);
  }
}
