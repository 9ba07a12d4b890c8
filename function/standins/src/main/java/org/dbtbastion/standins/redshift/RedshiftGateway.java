package org.dbtbastion.standins.redshift;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.dbtbastion.standins.net.SilentPort;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.redshift.RedshiftStandIn.Fault;

/**
 * Makes PostgreSQL look like Redshift on the wire: ends TLS and leaves out the startup parameters
 * that only Redshift knows. Everything else passes unchanged, both ways.
 *
 * @see <a href="https://www.postgresql.org/docs/current/protocol-message-formats.html">PostgreSQL's
 *     message formats</a>
 */
final class RedshiftGateway implements AutoCloseable {

  /** About what fits into one with an MTU of 1500, in TLS. */
  private static final int PACKET = 1400;

  private final ServerSocketFactory sockets;
  private final InetAddress address;
  private final int port;
  private final int serverPort;
  private final Set<String> knownSettings;
  private final Function<Fault, SSLContext> certificates;
  private final TokenLogin tokenLogin;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Map<InetAddress, Integer> connections = new ConcurrentHashMap<>();
  private volatile Fault fault = Fault.NONE;
  private ServerSocket listener;
  private Thread acceptor;
  private SilentPort silent;

  /**
   * Starts to listen.
   *
   * @param sockets makes the socket that listens
   * @param address where; port 0 chooses a free one
   * @param serverPort where PostgreSQL listens on loopback
   * @param knownSettings the startup parameters to pass on, in lower case
   * @param certificates what to prove who we are with, under each fault
   * @param tokenLogin logs in who comes with a token
   */
  RedshiftGateway(
      ServerSocketFactory sockets,
      InetSocketAddress address,
      int serverPort,
      Set<String> knownSettings,
      Function<Fault, SSLContext> certificates,
      TokenLogin tokenLogin)
      throws IOException {
    this.sockets = sockets;
    this.address = address.getAddress();
    this.serverPort = serverPort;
    this.knownSettings = Set.copyOf(knownSettings);
    this.certificates = certificates;
    this.tokenLogin = tokenLogin;
    this.listener = listen(address.getPort());
    this.port = listener.getLocalPort();
  }

  int port() {
    return port;
  }

  int connections() {
    return connections.values().stream().mapToInt(Integer::intValue).sum();
  }

  int connectionsFrom(InetAddress client) {
    return connections.getOrDefault(client, 0);
  }

  synchronized void behave(Fault next) {
    fault = next;
    try {
      if (silent != null) {
        silent.close();
        silent = null;
      }
      if (next == Fault.DOWN || next == Fault.UNREACHABLE) {
        stopListening();
        if (next == Fault.UNREACHABLE) {
          silent = SilentPort.open(new InetSocketAddress(address, port));
        }
      } else if (listener.isClosed()) {
        listener =
            Await.value(
                "port " + port + " can be bound again",
                Duration.ofSeconds(10),
                () -> Optional.of(listen(port)));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public synchronized void close() {
    behave(Fault.DOWN);
  }

  private void stopListening() throws IOException {
    listener.close();
    try {
      // The port answers until the accepting thread has noticed.
      acceptor.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    open.forEach(RedshiftGateway::closeQuietly);
  }

  private ServerSocket listen(int port) throws IOException {
    ServerSocket socket = sockets.createServerSocket();
    try {
      socket.bind(new InetSocketAddress(address, port), 200);
    } catch (IOException e) {
      socket.close();
      throw new IOException("Cannot listen on " + address.getHostAddress() + ":" + port, e);
    }
    acceptor = Thread.ofVirtual().name("redshift-stand-in").start(() -> accept(socket));
    return socket;
  }

  private void accept(ServerSocket listener) {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        connections.merge(client.getInetAddress(), 1, Integer::sum);
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        // Closed, or the client was gone before it was accepted.
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      client.setTcpNoDelay(true);
      greet(client, fault);
    } catch (IOException e) {
      // The client or the server went away; either side sees that for itself.
    } finally {
      open.remove(client);
    }
  }

  private void greet(Socket client, Fault fault) throws IOException {
    if (fault == Fault.CLOSE_ON_ACCEPT || fault == Fault.DOWN || fault == Fault.UNREACHABLE) {
      return;
    }
    if (fault == Fault.SILENT_ON_ACCEPT) {
      swallow(client);
      return;
    }
    Socket socket = client;
    StartupPacket packet = StartupPacket.read(socket.getInputStream());
    while (packet.code() == StartupPacket.GSSENC_REQUEST) {
      socket.getOutputStream().write('N');
      packet = StartupPacket.read(socket.getInputStream());
    }
    if (packet.code() == StartupPacket.SSL_REQUEST) {
      switch (fault) {
        case NO_TLS -> socket.getOutputStream().write('N');
        case GARBAGE -> {
          socket.getOutputStream().write(garbage());
          swallow(socket);
          return;
        }
        case SILENT_IN_TLS -> {
          socket.getOutputStream().write('S');
          swallow(socket);
          return;
        }
        default -> {
          socket.getOutputStream().write('S');
          socket = encrypt(socket, certificates.apply(fault));
        }
      }
      packet = StartupPacket.read(socket.getInputStream());
    }
    if (fault == Fault.SILENT_AT_LOGIN) {
      swallow(socket);
      return;
    }
    relay(packet, socket, fault);
  }

  private static SSLSocket encrypt(Socket socket, SSLContext context) throws IOException {
    SSLSocket encrypted =
        (SSLSocket) context.getSocketFactory().createSocket(socket, null, socket.getPort(), true);
    encrypted.setUseClientMode(false);
    encrypted.startHandshake();
    return encrypted;
  }

  private static byte[] garbage() {
    byte[] bytes = new byte[64];
    new SecureRandom().nextBytes(bytes);
    // Never by chance one of the protocol's answers (S, N, E).
    bytes[0] |= (byte) 0x80;
    return bytes;
  }

  /** Reads until the other side gives up, and says nothing. */
  private static void swallow(Socket socket) throws IOException {
    socket.getInputStream().transferTo(OutputStream.nullOutputStream());
  }

  private void relay(StartupPacket packet, Socket client, Fault fault) throws IOException {
    try (Socket server = new Socket(InetAddress.getByName("127.0.0.1"), serverPort)) {
      open.add(server);
      try {
        server.setTcpNoDelay(true);
        if (packet.code() == StartupPacket.CANCEL_REQUEST) {
          server.getOutputStream().write(packet.bytes());
        } else if (packet.parameters().containsKey(TokenLogin.PARAMETER)) {
          Optional<String> user = tokenLogin.user(client);
          if (user.isEmpty()) {
            return;
          }
          server.getOutputStream().write(packet.as(user.get()).keepingOnly(knownSettings).bytes());
          tokenLogin.answerForPassword(server);
        } else {
          server.getOutputStream().write(packet.keepingOnly(knownSettings).bytes());
        }
        Thread answers =
            Thread.ofVirtual()
                .start(
                    () -> {
                      if (fault == Fault.SILENT_AT_LARGE_RESULT) {
                        passUntilLargeResult(server, client);
                      } else {
                        pump(server, client);
                      }
                      closeQuietly(client);
                    });
        if (fault == Fault.SILENT_AT_QUERY) {
          passUntilFirstQuery(client, server);
          swallow(client);
        } else {
          pump(client, server);
        }
        closeQuietly(server);
        answers.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } finally {
        open.remove(server);
      }
    }
  }

  private static void pump(Socket from, Socket to) {
    try {
      from.getInputStream().transferTo(to.getOutputStream());
    } catch (IOException e) {
      // One side went away: the caller closes the other.
    }
  }

  private static void passUntilLargeResult(Socket server, Socket client) {
    byte[] buffer = new byte[10_000];
    try {
      int length = server.getInputStream().read(buffer);
      while (length >= 0 && length <= PACKET) {
        client.getOutputStream().write(buffer, 0, length);
        length = server.getInputStream().read(buffer);
      }
      swallow(server);
    } catch (IOException e) {
      // One side went away: the caller closes the other.
    }
  }

  private static void passUntilFirstQuery(Socket client, Socket server) throws IOException {
    DataInputStream in = new DataInputStream(client.getInputStream());
    OutputStream out = server.getOutputStream();
    while (true) {
      int type = in.read();
      if (type < 0) {
        return;
      }
      int length = in.readInt();
      byte[] body = in.readNBytes(length - Integer.BYTES);
      if (isQuery(type, body)) {
        return;
      }
      ByteBuffer message = ByteBuffer.allocate(1 + length);
      message.put((byte) type).putInt(length).put(body);
      out.write(message.array());
    }
  }

  private static boolean isQuery(int type, byte[] body) {
    String text = new String(body, StandardCharsets.UTF_8);
    return switch (type) {
      // Drivers end their login with SET statements.
      case 'Q' -> !isSet(text);
      // Parse: the statement's name comes first.
      case 'P' -> !isSet(text.substring(text.indexOf('\0') + 1));
      default -> false;
    };
  }

  private static boolean isSet(String sql) {
    return sql.stripLeading().toUpperCase(Locale.ROOT).startsWith("SET ");
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Closed is what it was meant to be.
    }
  }
}
