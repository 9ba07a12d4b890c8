package org.dbtbastion.local.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.dbtbastion.standins.process.Command;

/** How fast bytes come from a server that has them at hand to a client that counts them. */
public final class Transfer {

  private static final int MIB = 1 << 20;
  private static final int TRANSFER_MIB = 192;

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private Transfer() {}

  /**
   * Sends to the one client that connects.
   *
   * @param source where it connects to
   * @param client prints how many bytes it got, once there are no more
   * @return MiB a second
   */
  public static double rate(ServerSocketChannel source, Command client) {
    CompletableFuture<Command.Result> receiving = CompletableFuture.supplyAsync(client::run);
    try {
      awaitClient(source, receiving);
      double seconds = send(source);
      Command.Result received = receiving.join();
      if (!received.output().strip().equals(Long.toString((long) TRANSFER_MIB * MIB))) {
        throw new IllegalStateException(received.toString());
      }
      return TRANSFER_MIB / seconds;
    } catch (IOException e) {
      throw new IllegalStateException(receiving.join().toString(), e);
    }
  }

  /** Rather than wait for ever for a client that has failed. */
  private static void awaitClient(
      ServerSocketChannel source, CompletableFuture<Command.Result> receiving) throws IOException {
    boolean blocking = source.isBlocking();
    source.configureBlocking(false);
    try (Selector selector = Selector.open()) {
      source.register(selector, SelectionKey.OP_ACCEPT);
      receiving.whenComplete((_, _) -> selector.wakeup());
      selector.select(LIMIT.toMillis());
      if (selector.selectedKeys().isEmpty()) {
        throw new IOException("nobody came for the bytes");
      }
    }
    source.configureBlocking(blocking);
  }

  /** Returns the seconds until the client has it all. */
  private static double send(ServerSocketChannel source) throws IOException {
    try (SocketChannel client = source.accept()) {
      long start = System.nanoTime();
      ByteBuffer block = ByteBuffer.allocateDirect(MIB);
      for (int i = 0; i < TRANSFER_MIB; i++) {
        block.clear();
        while (block.hasRemaining()) {
          client.write(block);
        }
      }
      client.shutdownOutput();
      // A client that has read all closes it; sshd does once its own client has.
      if (client.read(ByteBuffer.allocate(1)) != -1) {
        throw new IllegalStateException("the client said something");
      }
      return (System.nanoTime() - start) / 1e9;
    }
  }
}
