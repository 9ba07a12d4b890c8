package org.dbtbastion.credentials;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;

/**
 * Obtains what a connection logs in with. It caches nothing, so credentials are never stale,
 * neither in a warm function nor in a restored one. Thread-safe.
 */
public final class CredentialsSource {

  /** Reads secrets. */
  @FunctionalInterface
  public interface Secrets {

    /**
     * The fields of a secret that is a JSON object; {@link Code#SECRET_MALFORMED} if one of them is
     * missing or no text.
     *
     * @param secret its name or ARN
     */
    Attempt<Map<String, String>> read(String secret, List<String> fields, Deadline deadline);
  }

  /** Has temporary passwords issued. */
  public interface TemporaryPasswords {

    /** As {@code GetClusterCredentials} and, on Serverless, {@code GetCredentials} do. */
    Attempt<Credentials> forUser(Authentication.Iam iam, String database, Deadline deadline);

    /** As {@code GetClusterCredentialsWithIAM} and, on Serverless, {@code GetCredentials} do. */
    Attempt<Credentials> forRole(Authentication.IamRole role, String database, Deadline deadline);
  }

  /** Asks identity providers for tokens. */
  @FunctionalInterface
  public interface Tokens {

    /** A token for a client, by the client credentials grant of OAuth 2.0 (RFC 6749, 4.4). */
    Attempt<Credentials> issue(
        Authentication.IdentityCenter where,
        String clientId,
        String clientSecret,
        Deadline deadline)
        throws InterruptedException;
  }

  private final Secrets secrets;
  private final TemporaryPasswords passwords;
  private final Tokens tokens;

  public CredentialsSource(Secrets secrets, TemporaryPasswords passwords, Tokens tokens) {
    this.secrets = Objects.requireNonNull(secrets, "secrets");
    this.passwords = Objects.requireNonNull(passwords, "passwords");
    this.tokens = Objects.requireNonNull(tokens, "tokens");
  }

  /** Obtains them, by the deadline. */
  public Attempt<Credentials> obtain(
      Authentication authentication, String database, Deadline deadline)
      throws InterruptedException {
    return switch (authentication) {
      case Authentication.Database(String secret) ->
          secrets
              .read(secret, List.of("username", "password"), deadline)
              .then(CredentialsSource::password);
      case Authentication.Iam iam -> passwords.forUser(iam, database, deadline);
      case Authentication.IamRole role -> passwords.forRole(role, database, deadline);
      case Authentication.IdentityCenter where ->
          secrets
              .read(where.secret(), List.of("client_id", "client_secret"), deadline)
              .then(fields -> token(where, fields, deadline));
    };
  }

  private static Attempt<Credentials> password(Map<String, String> fields) {
    String user = fields.get("username");
    return new Attempt.Passed<>(
        new Credentials.Password(user, fields.get("password"), false), "password of " + user);
  }

  private Attempt<Credentials> token(
      Authentication.IdentityCenter where, Map<String, String> fields, Deadline deadline)
      throws InterruptedException {
    return tokens.issue(where, fields.get("client_id"), fields.get("client_secret"), deadline);
  }
}
