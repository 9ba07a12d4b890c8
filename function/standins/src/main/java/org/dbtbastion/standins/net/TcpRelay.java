package org.dbtbastion.standins.net;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A port on loopback that passes everything on to another, both ways, as a firewall does that knows
 * connections: it can reset them, or forget them without a word. Safe for use by several threads.
 */
public final class TcpRelay implements AutoCloseable {

  private static final int BACKLOG = 200;

  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> clients = ConcurrentHashMap.newKeySet();
  private final Set<Socket> servers = ConcurrentHashMap.newKeySet();
  private final AtomicLong lastSentNanos = new AtomicLong(System.nanoTime());
  private final AtomicLong longestSilenceNanos = new AtomicLong();
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile boolean forgotten;

  private TcpRelay(int target) {
    this.target = target;
    try {
      listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot listen on loopback", e);
    }
    Thread.ofVirtual().name("relay").start(this::accept);
  }

  /** Opens a free port that passes on to this port of the same machine. */
  public static TcpRelay to(int port) {
    return new TcpRelay(port);
  }

  /** The port on which it listens. */
  public int port() {
    return listener.getLocalPort();
  }

  /** The longest time so far between two moments at which clients sent something. */
  public Duration longestSilence() {
    return Duration.ofNanos(longestSilenceNanos.get());
  }

  /** Resets all connections towards their clients. */
  public void reset() {
    for (Socket client : clients) {
      try {
        // Closing then sends RST in place of FIN.
        client.setSoLinger(true, 0);
        client.close();
      } catch (IOException _) {
        // It is gone already.
      }
    }
  }

  /** From now on passes nothing on and closes nothing. */
  public void forget() {
    forgotten = true;
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket client = listener.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
        clients.add(client);
        servers.add(server);
        Thread.ofVirtual().start(() -> pass(client, server, true));
        Thread.ofVirtual().start(() -> pass(server, client, false));
      } catch (IOException _) {
        // Closed, or nobody listens behind it: the client finds its connection closed.
      }
    }
  }

  private void pass(Socket from, Socket to, boolean fromClient) {
    byte[] buffer = new byte[8192];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        if (fromClient) {
          long now = System.nanoTime();
          longestSilenceNanos.accumulateAndGet(now - lastSentNanos.getAndSet(now), Math::max);
        }
        if (forgotten) {
          closed.await();
        }
        out.write(buffer, 0, read);
      }
    } catch (IOException _) {
      // One of the sides has gone, and takes the other with it.
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  /** Stops listening and cuts all connections. */
  @Override
  public void close() {
    closed.countDown();
    try {
      listener.close();
      for (Socket client : clients) {
        client.close();
      }
      for (Socket server : servers) {
        server.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
