package org.dbtbastion.standins.net;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A TCP server on loopback that does one thing, wrong: what an SSH client or another may meet
 * instead of a server. Safe for use by several threads.
 */
public final class BrokenServer implements AutoCloseable {

  private static final int BACKLOG = 200;

  private final ServerSocket listener;
  private final Behaviour behaviour;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final Thread acceptor;
  private final AtomicInteger connections = new AtomicInteger();

  /** What happens to a connection; it is closed when this returns. */
  @FunctionalInterface
  public interface Behaviour {
    void treat(Socket client) throws IOException;
  }

  private BrokenServer(Behaviour behaviour, InetAddress address, int port) {
    this.behaviour = behaviour;
    try {
      listener = new ServerSocket(port, BACKLOG, address);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot listen on " + address.getHostAddress(), e);
    }
    acceptor = Thread.ofVirtual().name("broken-server").start(this::accept);
  }

  /** Opens a free port that treats its connections so. */
  public static BrokenServer behaving(Behaviour behaviour) {
    return new BrokenServer(behaviour, InetAddress.getLoopbackAddress(), 0);
  }

  /** Opens this port of this address. */
  public static BrokenServer behavingOn(String address, int port, Behaviour behaviour) {
    return new BrokenServer(behaviour, InetAddress.ofLiteral(address), port);
  }

  /** Accepts and never says anything. */
  public static BrokenServer silent() {
    return behaving(BrokenServer::swallow);
  }

  /** Says this as soon as somebody connects, then is silent. */
  public static BrokenServer saying(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return behaving(
        client -> {
          client.getOutputStream().write(bytes);
          swallow(client);
        });
  }

  /** Says this again and again, without an end. */
  public static BrokenServer repeating(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return behaving(
        client -> {
          OutputStream out = client.getOutputStream();
          // Ends when the client does, or when the server is closed.
          while (true) {
            out.write(bytes);
          }
        });
  }

  /** Closes every connection as soon as it is accepted. */
  public static BrokenServer closing() {
    return behaving(client -> {});
  }

  /** Reads whatever comes, until the client has gone. */
  public static void swallow(Socket client) throws IOException {
    client.getInputStream().transferTo(OutputStream.nullOutputStream());
  }

  /** Where it listens. */
  public String address() {
    return listener.getInetAddress().getHostAddress();
  }

  /** The port on which it listens. */
  public int port() {
    return listener.getLocalPort();
  }

  /** How many connections it has accepted so far. */
  public int connections() {
    return connections.get();
  }

  /** How many connections are open. */
  public int open() {
    return open.size();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        connections.incrementAndGet();
        open.add(client);
        Thread.ofVirtual().start(() -> serve(client));
      } catch (IOException e) {
        // Closed, or the client was gone before it was accepted.
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      behaviour.treat(client);
    } catch (IOException e) {
      // The client went away, which is all that can go wrong here.
    } finally {
      open.remove(client);
    }
  }

  /** Stops listening and cuts all connections. */
  @Override
  public void close() {
    try {
      listener.close();
      // The port answers until the accepting thread has noticed.
      acceptor.join();
      for (Socket client : open) {
        client.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
