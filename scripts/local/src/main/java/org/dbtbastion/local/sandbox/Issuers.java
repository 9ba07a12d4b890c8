package org.dbtbastion.local.sandbox;

import java.net.URI;
import java.util.Map;
import org.dbtbastion.standins.account.RedshiftApiFront;
import org.dbtbastion.standins.idp.IdentityProvider;
import org.dbtbastion.standins.redshift.Passwords;
import org.dbtbastion.standins.redshift.RedshiftStandIn;

/**
 * Who issues what the warehouse lets in besides its own passwords: stand-ins of Redshift's API, for
 * temporary passwords, and of an identity provider, for tokens.
 */
final class Issuers implements AutoCloseable {

  private final WarehouseAccount account;
  private final RedshiftStandIn warehouse;
  private final String clientSecret = Passwords.random();
  private final String clientSecretArn;
  private final RedshiftApiFront redshiftApi;
  private volatile boolean trusted = true;
  private IdentityProvider identityProvider;

  /** Starts both, and puts the identity provider's client into a secret of the account. */
  Issuers(WarehouseAccount account, RedshiftStandIn warehouse) {
    this.account = account;
    this.warehouse = warehouse;
    clientSecretArn = account.createSecretOf("dbt/okta", client(clientSecret));
    redshiftApi = new RedshiftApiFront(account.moto().endpoint(), this::issuePassword);
    redshiftApi.leadTo(warehouse.host(), warehouse.port());
    identityProvider = identityProvider(0);
  }

  /** Which services of the account are asked here, as signatures name them. */
  Map<String, URI> routes() {
    return Map.of(
        "redshift", redshiftApi.endpoint(), "redshift-serverless", redshiftApi.endpoint());
  }

  /** The identity provider's token endpoint. */
  URI tokenEndpoint() {
    return identityProvider.okta();
  }

  /** The ARN of the secret with the identity provider's client. */
  String clientSecretArn() {
    return clientSecretArn;
  }

  /** Redshift's API. */
  RedshiftApiFront redshiftApi() {
    return redshiftApi;
  }

  /** Whether the warehouse lets in what is issued from now on. */
  void trust(boolean trust) {
    trusted = trust;
  }

  /** The account's secret holds another client secret than the identity provider knows. */
  void storeExpiredClientSecret() {
    account.storeSecret(clientSecretArn, client("of-last-year"));
  }

  /** Takes back {@link #storeExpiredClientSecret}. */
  void storeClientSecret() {
    account.storeSecret(clientSecretArn, client(clientSecret));
  }

  /** Nothing listens at the token endpoint any more. */
  void stopIdentityProvider() {
    identityProvider.close();
  }

  /** Takes back {@link #stopIdentityProvider}. */
  void startIdentityProvider() {
    identityProvider = identityProvider(identityProvider.port());
  }

  private static String client(String secret) {
    return "{\"client_id\":\"%s\",\"client_secret\":\"%s\"}"
        .formatted(IdentityProvider.CLIENT_ID, secret);
  }

  private IdentityProvider identityProvider(int port) {
    return new IdentityProvider(warehouse.authority(), clientSecret, this::issueToken, port);
  }

  private String issueToken() {
    String token = Passwords.random();
    if (trusted) {
      warehouse.acceptToken(token);
    }
    return token;
  }

  private String issuePassword(String user) {
    String password = warehouse.issuePassword(user);
    return trusted ? password : Passwords.random();
  }

  @Override
  public void close() {
    identityProvider.close();
    redshiftApi.close();
  }
}
