package org.dbtbastion.check;

import java.io.IOException;
import java.net.Socket;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.credentials.CredentialsSource;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.report.Route;
import org.dbtbastion.report.Stage;
import org.dbtbastion.report.StageResult;

/** The stages in the warehouse, from TLS to grants, alike on all routes. Thread-safe. */
final class WarehouseStages {

  private static final List<Stage> LOGIN_AND_AFTER =
      List.of(Stage.CREDENTIALS, Stage.LOGIN, Stage.QUERY, Stage.GRANTS);

  private static final String NO_AUTHENTICATION =
      "no authentication is described; to check the login too, deploy with a secret, or"
          + " with an authentication in connections";

  private static final String NO_LOGIN_WANTED = "this check does not log in";

  private static final String NO_SCHEMAS = "no schemas or sources are described";

  /** How the look at grants can fail and leave the session usable. */
  private static final Set<Code> LEAVE_THE_SESSION =
      EnumSet.of(Code.GRANTS_MISSING, Code.SCHEMA_MISSING, Code.QUERY_FAILED);

  private final CredentialsSource credentials;
  private final WarehouseClient client;
  private final boolean login;

  WarehouseStages(CredentialsSource credentials, WarehouseClient client) {
    this(credentials, client, true);
  }

  private WarehouseStages(CredentialsSource credentials, WarehouseClient client, boolean login) {
    this.credentials = credentials;
    this.client = client;
    this.login = login;
  }

  /** The same, with TLS as the last stage. */
  WarehouseStages withoutLogin() {
    return new WarehouseStages(credentials, client, false);
  }

  /**
   * Runs the stages.
   *
   * @param socket connected to the warehouse, for TLS; it is closed
   * @param dialer opens more such sockets
   * @param last what comes after them while the session is open, where none of them failed, but for
   *     grants that leave the session usable; without a session where none is logged in to
   */
  void run(
      Stages stages,
      Route route,
      Connection connection,
      Socket socket,
      WarehouseClient.Dialer dialer,
      Consumer<Optional<WarehouseClient.Session>> last) {
    if (stages
        .run(Stage.TLS, Code.TLS_TIMEOUT, _ -> client.tls(socket, connection.host()))
        .isEmpty()) {
      close(socket);
      return;
    }
    if (!login || connection.authentication().isEmpty()) {
      stages.skip(LOGIN_AND_AFTER, login ? NO_AUTHENTICATION : NO_LOGIN_WANTED);
      last.accept(Optional.empty());
      return;
    }
    Authentication authentication = connection.authentication().get();
    stages
        .run(
            Stage.CREDENTIALS,
            Code.CREDENTIALS_TIMEOUT,
            deadline ->
                asDbtCan(
                    route,
                    authentication,
                    credentials.obtain(authentication, connection.database(), deadline)))
        .flatMap(
            obtained ->
                stages.run(
                    Stage.LOGIN,
                    Code.LOGIN_TIMEOUT,
                    deadline -> client.login(connection, obtained, dialer, deadline)))
        .ifPresent(session -> use(stages, connection, session, last));
  }

  private static void use(
      Stages stages,
      Connection connection,
      WarehouseClient.Session session,
      Consumer<Optional<WarehouseClient.Session>> last) {
    try (session) {
      if (stages.run(Stage.QUERY, session::queryTimeout, session::query).isPresent()
          && grants(stages, connection, session)) {
        last.accept(Optional.of(session));
      }
    }
  }

  /** Whether the session can still be used. */
  private static boolean grants(
      Stages stages, Connection connection, WarehouseClient.Session session) {
    if (connection.schemas().isEmpty() && connection.sources().isEmpty()) {
      stages.skip(List.of(Stage.GRANTS), NO_SCHEMAS);
      return true;
    }
    stages.run(Stage.GRANTS, Code.QUERY_TIMEOUT, deadline -> session.grants(connection, deadline));
    return !(stages.last().outcome() instanceof StageResult.Outcome.Failed(var code, _, _))
        || LEAVE_THE_SESSION.contains(code);
  }

  /** The check can log in by methods that the dbt platform cannot use in a tunnel. */
  private static Attempt<Credentials> asDbtCan(
      Route route, Authentication authentication, Attempt<Credentials> attempt) {
    return route == Route.TUNNEL
            && !(authentication instanceof Authentication.Database)
            && attempt instanceof Attempt.Passed<Credentials>(Credentials value, String detail)
        ? new Attempt.Warned<>(value, Code.NOT_IN_DBT_TUNNELS, detail)
        : attempt;
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException _) {
      // It is no longer needed.
    }
  }
}
