package org.dbtbastion.credentials;

import java.util.Objects;

/**
 * What the warehouse accepts as a login. Only the user's name is ever printed; the rest is secret.
 */
public sealed interface Credentials {

  /** What must never be seen. */
  String secret();

  /**
   * A database user's password.
   *
   * @param temporary whether it was issued for some minutes
   */
  record Password(String user, String password, boolean temporary) implements Credentials {
    public Password {
      Objects.requireNonNull(user, "user");
      Objects.requireNonNull(password, "password");
    }

    @Override
    public String secret() {
      return password;
    }

    @Override
    public String toString() {
      return "Password[user=" + user + "]";
    }
  }

  /** A token of an identity provider, a JWT (RFC 7519); the warehouse finds the user by it. */
  record Token(String token) implements Credentials {
    public Token {
      Objects.requireNonNull(token, "token");
    }

    @Override
    public String secret() {
      return token;
    }

    @Override
    public String toString() {
      return "Token[]";
    }
  }
}
