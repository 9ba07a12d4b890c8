package org.dbtbastion.standins.net;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolver.LookupPolicy;
import java.net.spi.InetAddressResolverProvider;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/**
 * A stand-in for name servers that do not answer: while it is open, whoever looks up a name that
 * ends in {@code .silent.test} waits, and no interruption ends that, as with the system's own
 * look-ups. All other names are the system's. One at a time in a JVM; safe for use by several
 * threads.
 */
public final class SilentNames implements AutoCloseable {

  private static final String SUFFIX = ".silent.test";
  private static volatile Optional<SilentNames> current = Optional.empty();

  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<Thread> waiting = new CopyOnWriteArrayList<>();

  private SilentNames() {}

  /** Opens it. */
  public static SilentNames open() {
    SilentNames opened = new SilentNames();
    current = Optional.of(opened);
    return opened;
  }

  /** Who has looked up such a name, the first first. */
  public List<Thread> waiting() {
    return List.copyOf(waiting);
  }

  /** From now on there are no such names. */
  @Override
  public void close() {
    current = Optional.empty();
    closed.countDown();
  }

  private void await() {
    waiting.add(Thread.currentThread());
    boolean interrupted = false;
    while (closed.getCount() > 0) {
      try {
        closed.await();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** How the JDK comes to it: named in META-INF/services. */
  public static final class Provider extends InetAddressResolverProvider {

    @Override
    public String name() {
      return "silent names";
    }

    @Override
    public InetAddressResolver get(Configuration configuration) {
      InetAddressResolver system = configuration.builtinResolver();
      return new InetAddressResolver() {
        @Override
        public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
            throws UnknownHostException {
          if (host.endsWith(SUFFIX)) {
            current.ifPresent(SilentNames::await);
            throw new UnknownHostException(host);
          }
          return system.lookupByName(host, policy);
        }

        @Override
        public String lookupByAddress(byte[] address) throws UnknownHostException {
          return system.lookupByAddress(address);
        }
      };
    }
  }
}
