package org.dbtbastion.standins.idp;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.function.Supplier;
import org.dbtbastion.standins.net.CertificateAuthority;
import org.dbtbastion.standins.net.HttpServers;

/**
 * A stand-in for the token endpoint of Okta or Microsoft Entra ID: the client credentials grant of
 * OAuth 2.0 (RFC 6749, 4.4), for one client. Okta's wants the client's secret in a header, Entra's
 * in the form. Its tokens are opaque words: it signs nothing, and knows no users, no scopes and no
 * other grants. Safe for use by several threads.
 */
public final class IdentityProvider implements AutoCloseable {

  /** The client that it knows. */
  public static final String CLIENT_ID = "0oa1dbt";

  private static final String OKTA = "/oauth2/default/v1/token";
  private static final String ENTRA = "/tenant/oauth2/v2.0/token";
  private static final int BACKLOG = 200;

  private final String clientSecret;
  private final Supplier<String> tokens;
  private final HttpServer server;

  /**
   * Starts it.
   *
   * @param authority who vouches for the name {@code localhost}
   * @param clientSecret the client's secret
   * @param tokens makes a token
   */
  public IdentityProvider(
      CertificateAuthority authority, String clientSecret, Supplier<String> tokens) {
    this(authority, clientSecret, tokens, 0);
  }

  /**
   * Starts it on a port of its own choice, or on this one if it is not 0.
   *
   * @param authority who vouches for the name {@code localhost}
   * @param clientSecret the client's secret
   * @param tokens makes a token
   */
  public IdentityProvider(
      CertificateAuthority authority, String clientSecret, Supplier<String> tokens, int port) {
    this.clientSecret = clientSecret;
    this.tokens = tokens;
    try {
      HttpsServer https =
          HttpsServer.create(
              new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port), BACKLOG);
      https.setHttpsConfigurator(new HttpsConfigurator(authority.serverContext("localhost")));
      server = HttpServers.start(https, this::serve);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Okta's token endpoint. */
  public URI okta() {
    return endpoint(OKTA);
  }

  /** Entra's token endpoint. */
  public URI entra() {
    return endpoint(ENTRA);
  }

  /** Where it listens on 127.0.0.1. */
  public int port() {
    return server.getAddress().getPort();
  }

  private URI endpoint(String path) {
    return URI.create("https://localhost:" + port() + path);
  }

  private void serve(HttpExchange exchange) throws IOException {
    boolean inHeader = exchange.getRequestURI().getPath().equals(OKTA);
    Map<String, String> form = HttpServers.form(exchange.getRequestBody().readAllBytes());
    String client =
        inHeader ? basic(exchange) : form.get("client_id") + ":" + form.get("client_secret");
    if (!client.equals(CLIENT_ID + ":" + clientSecret)) {
      json(
          exchange,
          401,
          "{\"error\":\"invalid_client\",\"error_description\":\"Invalid value for client_secret\"}");
    } else if (!"client_credentials".equals(form.get("grant_type"))) {
      json(exchange, 400, "{\"error\":\"unsupported_grant_type\"}");
    } else {
      json(
          exchange,
          200,
          "{\"token_type\":\"Bearer\",\"expires_in\":3600,\"access_token\":\"%s\",\"scope\":\"%s\"}"
              .formatted(tokens.get(), form.getOrDefault("scope", "")));
    }
  }

  private static String basic(HttpExchange exchange) {
    String header = String.valueOf(exchange.getRequestHeaders().getFirst("Authorization"));
    return header.startsWith("Basic ")
        ? new String(Base64.getDecoder().decode(header.substring(6)), StandardCharsets.UTF_8)
        : "";
  }

  private static void json(HttpExchange exchange, int status, String text) throws IOException {
    HttpServers.answer(exchange, status, "application/json", text);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
