package org.dbtbastion.handler;

/**
 * The request makes sense, but AWS did not let the function do it, or not all of it. Trying again
 * may help, and does no harm.
 */
public final class CallFailed extends FunctionError {

  private static final long serialVersionUID = 1L;

  /**
   * @param what what AWS answered
   */
  CallFailed(String what) {
    super(what + "\nThe request may have been carried out in part; it is safe to repeat it.");
  }
}
