package org.dbtbastion.standins.net;

import java.io.IOException;
import java.net.Socket;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** Servers that shake hands for TLS and then listen until the client goes. */
public final class TlsServers {

  private TlsServers() {}

  /** Opens one on a free port. */
  public static BrokenServer start(SSLContext certificate) {
    return BrokenServer.behaving(
        client -> {
          try (SSLSocket tls =
              (SSLSocket)
                  certificate
                      .getSocketFactory()
                      .createSocket(client, null, client.getPort(), true)) {
            tls.setUseClientMode(false);
            BrokenServer.swallow(tls);
          }
        });
  }

  /** Shakes hands as a client over a connected socket, then closes both. */
  public static void shakeHands(CertificateAuthority authority, Socket socket) throws IOException {
    try (SSLSocket tls =
        (SSLSocket)
            authority
                .clientContext()
                .getSocketFactory()
                .createSocket(socket, "localhost", socket.getPort(), true)) {
      tls.startHandshake();
    }
  }
}
