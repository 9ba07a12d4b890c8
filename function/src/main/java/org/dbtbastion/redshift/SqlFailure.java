package org.dbtbastion.redshift;

import java.io.InterruptedIOException;
import java.sql.SQLException;
import java.util.Locale;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.text.Printable;

/**
 * The cause behind an exception of the driver, by its SQLSTATE (PostgreSQL's appendix A, which
 * Redshift follows).
 */
final class SqlFailure {

  private SqlFailure() {}

  static <T> Attempt.Failed<T> ofLogin(SQLException e, Credentials credentials) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    Code code =
        switch (state) {
          case "28P01", "28000" ->
              switch (credentials) {
                case Credentials.Password password when password.temporary() ->
                    Code.TEMPORARY_PASSWORD_REFUSED;
                case Credentials.Password _ -> Code.PASSWORD_REFUSED;
                case Credentials.Token _ -> Code.TOKEN_NOT_ACCEPTED;
              };
          case "3D000" -> Code.DATABASE_MISSING;
          case "53300" -> Code.TOO_MANY_CONNECTIONS;
          default -> timedOut(e) ? Code.LOGIN_TIMEOUT : Code.LOGIN_FAILED;
        };
    return new Attempt.Failed<>(code, detail(e, state, credentials));
  }

  static <T> Attempt.Failed<T> ofQuery(SQLException e, Credentials credentials) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    // Class 08, connection exception: no answer to the query, good or bad.
    Code failed = state.startsWith("08") ? Code.CONNECTION_CLOSED : Code.QUERY_FAILED;
    return new Attempt.Failed<>(
        timedOut(e) ? Code.QUERY_TIMEOUT : failed, detail(e, state, credentials));
  }

  /**
   * The driver makes room for whatever length a message has of its own account. Where that is more
   * than there is, nothing was taken, and all else goes on.
   */
  static <T> Attempt.Failed<T> tooLarge(Code code) {
    return new Attempt.Failed<>(code, "the server announces more than memory holds");
  }

  private static boolean timedOut(SQLException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof InterruptedIOException) {
        return true;
      }
    }
    return false;
  }

  /** Without password or token, wherever a server might echo it. */
  private static String detail(SQLException e, String state, Credentials credentials) {
    // Of the server's message its first line: more fields of it follow on others.
    String message =
        Printable.message(
            e.getMessage() == null
                ? e.getClass().getSimpleName()
                : e.getMessage().lines().findFirst().orElse(""),
            credentials.secret());
    return state.isEmpty()
        ? message
        : String.format(Locale.ROOT, "%s (SQLSTATE %s)", message, state);
  }
}
