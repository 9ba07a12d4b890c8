package org.dbtbastion.handler;

/**
 * Ends an invocation as a function error, whose type and message are what the caller sees. Without
 * a stack trace: these are answers, not defects.
 */
public abstract sealed class FunctionError extends RuntimeException
    permits RequestRefused, CheckFailed, CallFailed {

  private static final long serialVersionUID = 1L;

  FunctionError(String message) {
    super(message, null, false, false);
  }
}
