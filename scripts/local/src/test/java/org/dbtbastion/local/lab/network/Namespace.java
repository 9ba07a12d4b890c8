package org.dbtbastion.local.lab.network;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.dbtbastion.standins.process.Command;

/**
 * A network namespace: interfaces, addresses, routes and ports of its own, as a machine has. Needs
 * root. Safe for use by several threads.
 *
 * <p>Source: ip-netns(8), network_namespaces(7).
 */
public final class Namespace implements AutoCloseable {

  private final String name;
  private final ExecutorService resident;

  private Namespace(String name) {
    this.name = name;
    this.resident =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
  }

  /** Makes one, with a loopback interface that is up. */
  static Namespace create(String name) {
    Command.of("ip", "netns", "add", name).runOrThrow();
    Namespace namespace = new Namespace(name);
    try {
      namespace.run("ip", "link", "set", "lo", "up");
      namespace.inside(
          () -> {
            Syscalls.enterNetwork(namespace.file());
            return true;
          });
      return namespace;
    } catch (RuntimeException e) {
      namespace.close();
      throw e;
    }
  }

  /** As {@code ip netns} has it. */
  public String name() {
    return name;
  }

  /** The file that stands for it. */
  public Path file() {
    return Path.of("/run/netns", name);
  }

  /** The words that run a program in it. */
  public List<String> command(List<String> words) {
    List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", name));
    command.addAll(words);
    return command;
  }

  /** Runs a program in it to its end, which must be a success, and returns what it prints. */
  public String run(String... words) {
    return new Command(command(List.of(words)), Map.of()).runOrThrow();
  }

  /**
   * Calls on a thread that is in the namespace: a socket belongs to the namespace in which it was
   * made, whoever uses it later.
   */
  <T> T inside(Callable<T> call) {
    try {
      return resident.submit(call).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case RuntimeException cause -> throw cause;
        case IOException cause -> throw new UncheckedIOException(cause);
        default -> throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** A socket of the namespace, not yet connected. */
  public SocketChannel socket() {
    return inside(SocketChannel::open);
  }

  /** A socket of the namespace that is connected. The caller closes it. */
  public Socket dial(String address, int port) throws IOException {
    SocketChannel channel = socket();
    try {
      channel.connect(new InetSocketAddress(address, port));
      return channel.socket();
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** A socket of the namespace that can listen, not yet bound. */
  public ServerSocketChannel serverSocket() {
    return inside(ServerSocketChannel::open);
  }

  /** Removes it; whoever still runs in it keeps it alive until they end. */
  @Override
  public void close() {
    resident.shutdownNow();
    Command.of("ip", "netns", "delete", name).runOrThrow();
  }

  /** What the JDK has no name for. */
  private static final class Syscalls {

    private static final int CLONE_NEWNET = 0x40000000;
    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle OPEN =
        function(
            "open",
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    private static final MethodHandle SETNS =
        function(
            "setns",
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    private static final MethodHandle CLOSE =
        function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));

    @SuppressWarnings("restricted")
    private static MethodHandle function(
        String name, FunctionDescriptor type, Linker.Option... options) {
      return LINKER.downcallHandle(LINKER.defaultLookup().find(name).orElseThrow(), type, options);
    }

    /** Moves the calling platform thread into the namespace of a file. Source: setns(2). */
    static void enterNetwork(Path file) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment path = arena.allocateFrom(file.toString());
        int descriptor = (int) OPEN.invokeExact(path, 0);
        int result = descriptor < 0 ? -1 : (int) SETNS.invokeExact(descriptor, CLONE_NEWNET);
        if (descriptor >= 0) {
          int ignored = (int) CLOSE.invokeExact(descriptor);
        }
        if (result != 0) {
          throw new IllegalStateException("cannot enter the network namespace " + file);
        }
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
