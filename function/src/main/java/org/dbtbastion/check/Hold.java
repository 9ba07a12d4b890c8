package org.dbtbastion.check;

import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;

/**
 * Keeps a tunnel idle, then uses it again.
 *
 * <p>A network that has dropped the state of a connection tells nobody until the connection is
 * used, if at all. So only the use afterwards proves that it survived.
 */
final class Hold {

  /** For each answer afterwards. */
  private static final Duration ANSWER = Duration.ofSeconds(5);

  private Hold() {}

  /** Who is logged in to the warehouse, and over which socket. */
  record Held(WarehouseClient.Session session, Socket socket) {}

  /**
   * Holds.
   *
   * @param held empty where nobody is logged in: then the SSH login alone is held
   * @param deadline of the hold with the use afterwards
   */
  static Attempt<Duration> of(
      Ssh.Tunnel tunnel, Optional<Held> held, Duration length, Deadline deadline)
      throws InterruptedException {
    if (deadline.remaining().compareTo(length) < 0) {
      return new Attempt.Failed<>(
          Code.OUT_OF_TIME,
          "%d s are left for a hold of %d s"
              .formatted(deadline.remaining().toSeconds(), length.toSeconds()));
    }
    return switch (tunnel.idle(held.map(Held::socket), length)) {
      case Attempt.Failed<Duration>(Code code, String detail, var names) ->
          new Attempt.Failed<>(
              code,
              code == Code.SESSION_ENDED ? detail + lastWords(held.orElseThrow()) : detail,
              names);
      case Attempt.Passed<Duration>(_, String detail) -> use(tunnel, held, length, detail);
      case Attempt.Warned<Duration>(_, _, String detail, _) -> use(tunnel, held, length, detail);
    };
  }

  private static Attempt<Duration> use(
      Ssh.Tunnel tunnel, Optional<Held> held, Duration length, String idle)
      throws InterruptedException {
    Attempt<String> session =
        held.isPresent() ? held.get().session().answers(ANSWER) : new Attempt.Passed<>("", "");
    // If the session does not answer, the cause may be the tunnel.
    if (!(session instanceof Attempt.Failed<String>(Code code, String detail, _))) {
      return held.isPresent()
          ? new Attempt.Passed<>(length, idle + ", and the session answers")
          : loginAnswers(tunnel.answers(ANSWER), length, idle);
    }
    return switch (tunnel.answers(ANSWER)) {
      case Attempt.Failed<Duration> failed -> failed;
      case Attempt.Passed<Duration> _, Attempt.Warned<Duration> _ ->
          new Attempt.Failed<>(
              code == Code.QUERY_TIMEOUT ? Code.SESSION_SILENT : Code.SESSION_ENDED,
              "after %d s, at the next query: %s".formatted(length.toSeconds(), detail));
    };
  }

  private static Attempt<Duration> loginAnswers(
      Attempt<Duration> login, Duration length, String idle) {
    return login instanceof Attempt.Failed<Duration> failed
        ? failed
        : new Attempt.Passed<>(length, idle + ", and the bastion host answers");
  }

  /** Warehouses say why they end a session; the next read shows it. */
  private static String lastWords(Held held) {
    return held.session().answers(ANSWER) instanceof Attempt.Failed<String>(_, String detail, _)
        ? ": " + detail
        : "";
  }
}
