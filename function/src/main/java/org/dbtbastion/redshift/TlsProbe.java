package org.dbtbastion.redshift;

import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import org.dbtbastion.text.Printable;

/**
 * Asks for TLS as PostgreSQL's protocol has it (an SSLRequest, answered by {@code S} or {@code N})
 * and shakes hands, so that the cause of a failure is known, which the driver does not tell.
 */
final class TlsProbe {

  /** Length 8 and the code 1234.5679: PostgreSQL, "Message Formats", SSLRequest. */
  private static final long SSL_REQUEST = 8L << 32 | 1234 << 16 | 5679;

  /** The driver does not refuse older ones by itself. */
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};

  private final X509ExtendedTrustManager trusted;

  TlsProbe() {
    this.trusted = trustedByJvm();
  }

  /** Does not close the socket. */
  Attempt<String> probe(Socket socket, String host) throws IOException {
    int answer;
    try {
      new DataOutputStream(socket.getOutputStream()).writeLong(SSL_REQUEST);
      socket.getOutputStream().flush();
      answer = socket.getInputStream().read();
    } catch (InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      return new Attempt.Failed<>(
          Code.CONNECTION_CLOSED, "closed at the request for TLS: " + Printable.message(e));
    }
    return switch (answer) {
      case 'S' -> shakeHands(socket, host);
      case 'N' ->
          new Attempt.Failed<>(Code.NO_TLS, "the server answered the request for TLS with no");
      case -1 -> new Attempt.Failed<>(Code.CONNECTION_CLOSED, "closed at the request for TLS");
      default ->
          new Attempt.Failed<>(
              Code.NOT_REDSHIFT,
              String.format("answered the request for TLS with byte 0x%02x", answer));
    };
  }

  private Attempt<String> shakeHands(Socket socket, String host) throws IOException {
    Remembering remembering = new Remembering(trusted);
    SSLSocket tls =
        (SSLSocket)
            context(remembering)
                .getSocketFactory()
                .createSocket(socket, host, socket.getPort(), false);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setEndpointIdentificationAlgorithm("HTTPS"); // names as RFC 2818 matches them
    tls.setSSLParameters(parameters);
    try {
      tls.startHandshake();
      SSLSession session = tls.getSession();
      X509Certificate certificate = (X509Certificate) session.getPeerCertificates()[0];
      return new Attempt.Passed<>(
          session.getProtocol(),
          session.getProtocol()
              + " "
              + session.getCipherSuite()
              + ", certificate until "
              + certificate.getNotAfter().toInstant());
    } catch (InterruptedIOException e) {
      throw e;
    } catch (SSLPeerUnverifiedException e) {
      return new Attempt.Failed<>(Code.TLS_FAILED, Printable.message(e));
    } catch (SSLException e) {
      if (remembering.chain == null) {
        return e.getCause() instanceof EOFException || e.getCause() instanceof SocketException
            ? new Attempt.Failed<>(
                Code.CONNECTION_CLOSED, "closed in the TLS handshake: " + Printable.message(e))
            : new Attempt.Failed<>(Code.TLS_FAILED, Printable.message(e));
      }
      return certificateFailure(remembering, host, e);
    } catch (IOException e) {
      return new Attempt.Failed<>(
          Code.CONNECTION_CLOSED, "closed in the TLS handshake: " + Printable.message(e));
    }
  }

  /** The JDK checks validity, trust and name in one go; which of them failed is asked anew. */
  private <T> Attempt.Failed<T> certificateFailure(
      Remembering remembering, String host, SSLException e) {
    X509Certificate certificate = remembering.chain[0];
    String subject = certificate.getSubjectX500Principal().getName();
    try {
      certificate.checkValidity();
    } catch (CertificateExpiredException _) {
      Instant end = certificate.getNotAfter().toInstant();
      return new Attempt.Failed<>(Code.CERTIFICATE_EXPIRED, subject + " expired at " + end);
    } catch (CertificateNotYetValidException _) {
      Instant begin = certificate.getNotBefore().toInstant();
      return new Attempt.Failed<>(Code.CERTIFICATE_EXPIRED, subject + " is valid from " + begin);
    }
    try {
      trusted.checkServerTrusted(remembering.chain, remembering.authType);
    } catch (CertificateException _) {
      return new Attempt.Failed<>(
          Code.CERTIFICATE_UNTRUSTED,
          subject + ", issued by " + certificate.getIssuerX500Principal().getName());
    }
    if (e.getCause() instanceof CertificateException) {
      return new Attempt.Failed<>(
          Code.CERTIFICATE_NAME_MISMATCH,
          "asked for " + host + ", certificate for " + names(certificate, subject));
    }
    return new Attempt.Failed<>(Code.TLS_FAILED, Printable.message(e));
  }

  private static String names(X509Certificate certificate, String subject) {
    try {
      return certificate.getSubjectAlternativeNames() == null
          ? subject
          : String.join(
              ", ",
              certificate.getSubjectAlternativeNames().stream()
                  .map(name -> String.valueOf(name.get(1)))
                  .toList());
    } catch (CertificateException _) {
      return subject;
    }
  }

  private static SSLContext context(TrustManager trustManager) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {trustManager}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  private static X509ExtendedTrustManager trustedByJvm() {
    try {
      TrustManagerFactory factory =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      factory.init((KeyStore) null);
      return Arrays.stream(factory.getTrustManagers())
          .filter(X509ExtendedTrustManager.class::isInstance)
          .map(X509ExtendedTrustManager.class::cast)
          .findFirst()
          .orElseThrow();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the JVM's trust store cannot be read", e);
    }
  }

  /** Decides as the JVM does, and keeps what it was asked about. For one handshake. */
  private static final class Remembering extends X509ExtendedTrustManager {

    private final X509ExtendedTrustManager decides;
    private X509Certificate[] chain;
    private String authType;

    Remembering(X509ExtendedTrustManager decides) {
      this.decides = decides;
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
        throws CertificateException {
      this.chain = chain.clone();
      this.authType = authType;
      decides.checkServerTrusted(chain, authType, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
      throw new UnsupportedOperationException("sockets only");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) {
      throw new UnsupportedOperationException("sockets only");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {
      throw new UnsupportedOperationException("a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
      throw new UnsupportedOperationException("a client");
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) {
      throw new UnsupportedOperationException("a client");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return decides.getAcceptedIssuers();
    }
  }
}
