package org.dbtbastion.idp;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLSocketFactory;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.credentials.CredentialsSource;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.socket.BoundedSocket;
import org.dbtbastion.socket.Dns;
import org.dbtbastion.text.Printable;
import org.dbtbastion.wire.LenientJson;

/**
 * Token endpoints of Okta and Microsoft Entra ID. Okta wants the client's id and secret in a
 * header, Entra in the form (RFC 6749, section 2.3.1, has both). Redirects are not followed: the
 * client's secret goes to the configured endpoint and nowhere else. Thread-safe.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6749#section-4.4">RFC 6749, 4.4, Client
 *     Credentials Grant</a>
 */
public final class TokenEndpoint implements CredentialsSource.Tokens {

  private static final int LARGEST_ANSWER = 64 * 1024;
  private static final int MOST_BYTES = 2 * LARGEST_ANSWER;

  private record Answer(int status, JsonNode body) {}

  @Override
  public Attempt<Credentials> issue(
      Authentication.IdentityCenter where, String clientId, String clientSecret, Deadline deadline)
      throws InterruptedException {
    // First, where a silent name server holds no carrier of virtual threads; the connection's own
    // look-up is then answered by the JDK's cache.
    if (new Dns().resolve(where.requestUrl().getHost(), Code.TOKEN_ENDPOINT_UNREACHABLE)
        instanceof Attempt.Failed<List<InetAddress>>(var code, String detail, _)) {
      return new Attempt.Failed<>(code, detail);
    }
    Answer answer;
    try {
      answer = ask(where, clientId, clientSecret, deadline);
    } catch (IOException e) {
      return new Attempt.Failed<>(
          Code.TOKEN_ENDPOINT_UNREACHABLE,
          where.requestUrl().getHost() + ": " + Printable.message(e));
    } catch (StackOverflowError _) {
      // The JDK's client takes each "100 Continue" by one more call of itself.
      return new Attempt.Failed<>(Code.TOKEN_MALFORMED, "interim answers without an end");
    }
    JsonNode error = answer.body().path("error");
    if (answer.status() == 400 || answer.status() == 401 || answer.status() == 403) {
      return new Attempt.Failed<>(
          Code.TOKEN_REFUSED,
          Printable.message(
              "status %d: %s %s"
                  .formatted(
                      answer.status(),
                      error.asText(),
                      answer.body().path("error_description").asText()),
              // As it was sent, too: some servers repeat the request.
              basic(clientId, clientSecret),
              encode(clientSecret),
              clientSecret));
    }
    JsonNode token = answer.body().path("access_token");
    if (answer.status() != 200 || !token.isTextual() || token.textValue().isBlank()) {
      return new Attempt.Failed<>(
          Code.TOKEN_MALFORMED,
          "status %d, %s"
              .formatted(
                  answer.status(),
                  answer.body().isObject() ? "no text in access_token" : "no JSON object"));
    }
    return new Attempt.Passed<>(
        new Credentials.Token(token.textValue()), "token for " + where.provider().id() + " client");
  }

  private static Answer ask(
      Authentication.IdentityCenter where, String clientId, String clientSecret, Deadline deadline)
      throws IOException {
    HttpURLConnection connection = (HttpURLConnection) where.requestUrl().toURL().openConnection();
    try {
      if (connection instanceof HttpsURLConnection https) {
        https.setSSLSocketFactory(
            new BoundedSockets(HttpsURLConnection.getDefaultSSLSocketFactory()));
      }
      connection.setInstanceFollowRedirects(false);
      connection.setConnectTimeout(Math.max(1, deadline.remainingMillis()));
      connection.setReadTimeout(Math.max(1, deadline.remainingMillis()));
      connection.setRequestMethod("POST");
      connection.setDoOutput(true);
      connection.setRequestProperty("Accept", "application/json");
      connection.setRequestProperty("Content-Type", "application/x-www-form-urlencoded");
      String form = where.requestData();
      switch (where.provider()) {
        case OKTA ->
            connection.setRequestProperty(
                "Authorization", "Basic " + basic(clientId, clientSecret));
        case ENTRA ->
            form += "&client_id=" + encode(clientId) + "&client_secret=" + encode(clientSecret);
      }
      try (var out = connection.getOutputStream()) {
        out.write(form.getBytes(StandardCharsets.UTF_8));
      }
      int status = connection.getResponseCode();
      try (InputStream body =
          status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
        return new Answer(
            status, LenientJson.read(body == null ? new byte[0] : body.readNBytes(LARGEST_ANSWER)));
      }
    } finally {
      connection.disconnect();
    }
  }

  private static String basic(String clientId, String clientSecret) {
    return Base64.getEncoder()
        .encodeToString(
            (encode(clientId) + ":" + encode(clientSecret)).getBytes(StandardCharsets.UTF_8));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** TLS over sockets that end. The JDK's client connects by itself, then asks for TLS. */
  private static final class BoundedSockets extends SSLSocketFactory {

    private final SSLSocketFactory tls;

    BoundedSockets(SSLSocketFactory tls) {
      this.tls = tls;
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose)
        throws IOException {
      return tls.createSocket(new BoundedSocket(socket, MOST_BYTES), host, port, autoClose);
    }

    @Override
    public String[] getDefaultCipherSuites() {
      return tls.getDefaultCipherSuites();
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return tls.getSupportedCipherSuites();
    }

    @Override
    public Socket createSocket(String host, int port) {
      throw new UnsupportedOperationException("connected sockets only");
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
      throw new UnsupportedOperationException("connected sockets only");
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      throw new UnsupportedOperationException("connected sockets only");
    }

    @Override
    public Socket createSocket(
        InetAddress address, int port, InetAddress localAddress, int localPort) {
      throw new UnsupportedOperationException("connected sockets only");
    }
  }
}
