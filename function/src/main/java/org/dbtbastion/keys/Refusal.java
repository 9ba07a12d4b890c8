package org.dbtbastion.keys;

/**
 * Ends the parsing of a key from any depth. Never leaves this package: {@link PublicKey#parse}
 * turns it into a value.
 */
final class Refusal extends Exception {

  private static final long serialVersionUID = 1L;

  private final KeyProblem problem;

  /**
   * @param detail must hold nothing that was pasted, except names that are known to be harmless
   */
  Refusal(KeyProblem problem, String detail) {
    super(detail, null, false, false);
    this.problem = problem;
  }

  KeyProblem problem() {
    return problem;
  }
}
