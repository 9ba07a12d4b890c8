package org.dbtbastion.local.client;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SocketChannel;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.function.Supplier;
import org.dbtbastion.check.Ssh;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.standins.redshift.RedshiftStandIn;
import org.dbtbastion.standins.ssh.SshKeys;
import org.dbtbastion.tunnel.JschSsh;

/**
 * Many jobs of the dbt platform at once: each logs in with JSch from dbt's address, forwards to the
 * warehouse, logs in there with the Redshift driver over TLS, and queries. All run in this JVM, on
 * virtual threads. Safe for use by several threads.
 */
public final class DbtJobs implements AutoCloseable {

  // For any answer of the warehouse: hundreds of RSA signatures, handshakes and logins share the
  // machine.
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Way way;
  private final SshIdentity identity;
  private final JschSsh ssh = new JschSsh();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  /**
   * A job that runs.
   *
   * @param handshake its connection to the bastion
   * @param session its connection to the warehouse
   */
  public record Job(Ssh.Handshake handshake, Session session) implements AutoCloseable {

    /** Whether the warehouse still answers. */
    public boolean queries() {
      try {
        session.number();
        return true;
      } catch (IllegalStateException e) {
        return false;
      }
    }

    @Override
    public void close() {
      session.close();
      handshake.close();
    }
  }

  /**
   * What became of one start.
   *
   * @param job the job, if it runs
   * @param detail why not, or where to
   * @param took from the first packet to the query's answer, or to the failure
   */
  public record Started(Optional<Job> job, String detail, Duration took) {}

  /**
   * A job's way to the warehouse.
   *
   * @param sockets makes those that jobs connect to the bastion with
   * @param bastion its address
   * @param pins the host keys that jobs trust
   * @param warehouse where the bastion is asked to lead to, by its name and port
   */
  public record Way(
      Supplier<SocketChannel> sockets,
      String bastion,
      String user,
      List<HostKeyPin> pins,
      RedshiftStandIn warehouse) {}

  /** Host keys as OpenSSH writes them, for the function's SSH client. */
  public static List<HostKeyPin> pins(List<String> hostKeys) {
    return hostKeys.stream()
        .map(line -> line.split(" "))
        .map(words -> new HostKeyPin(words[0], words[1]))
        .toList();
  }

  /** Jobs with this key. */
  public DbtJobs(Way way, SshKeys key) {
    this.way = way;
    identity = new SshIdentity(key.privateKeyText());
  }

  /**
   * Starts this many in the same moment, and returns when each runs or has failed.
   *
   * @param port of the bastion's address
   */
  public List<Started> start(int count, int port) {
    CountDownLatch together = new CountDownLatch(1);
    List<Future<Started>> starting = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      SocketChannel channel = way.sockets().get();
      starting.add(
          threads.submit(
              () -> {
                together.await();
                return start(channel, port);
              }));
    }
    together.countDown();
    return starting.stream().map(DbtJobs::outcome).toList();
  }

  /** Starts this many in the same moment, and ends them when each runs or has failed. */
  public Burst burst(int count, int port) {
    List<Started> started = start(count, port);
    each(
        started.stream().flatMap(one -> one.job().stream()).toList(),
        job -> {
          job.close();
          return job;
        });
    return Burst.of(started);
  }

  /** Does something with each of these jobs at once, and returns what came of it. */
  public <T> List<T> each(List<Job> jobs, Function<Job, T> action) {
    List<Future<T>> running =
        jobs.stream().map(job -> threads.submit(() -> action.apply(job))).toList();
    return running.stream().map(DbtJobs::outcome).toList();
  }

  private Started start(SocketChannel channel, int port) throws InterruptedException {
    long start = System.nanoTime();
    Object outcome;
    try {
      channel.connect(new InetSocketAddress(way.bastion(), port));
      outcome = logIn(channel.socket());
    } catch (IOException | SQLException e) {
      outcome = e;
    }
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    return outcome instanceof Job job
        ? new Started(Optional.of(job), "runs", took)
        : new Started(Optional.empty(), outcome.toString(), took);
  }

  /** A job, or why there is none. */
  private Object logIn(Socket socket) throws InterruptedException, SQLException {
    Ssh.Handshake handshake = ssh.begin(socket, way.user(), way.pins(), Optional.of(identity));
    Object outcome = null;
    try {
      outcome = logIn(handshake);
      return outcome;
    } finally {
      if (!(outcome instanceof Job)) {
        handshake.close();
      }
    }
  }

  private Object logIn(Ssh.Handshake handshake) throws InterruptedException, SQLException {
    if (!(handshake.hostKey() instanceof Attempt.Passed)) {
      return handshake.hostKey();
    }
    if (!(handshake.authentication() instanceof Attempt.Passed<Ssh.Tunnel>(var tunnel, var _))) {
      return handshake.authentication();
    }
    if (!(tunnel.forward(way.warehouse().host(), way.warehouse().port())
        instanceof Attempt.Passed<Socket>(var forward, var _))) {
      return "the forward was refused";
    }
    Job job =
        new Job(
            handshake,
            new Session(RedshiftDriver.connect(way.warehouse(), () -> forward, LIMIT, "job")));
    return job.queries() ? job : "the query failed";
  }

  private static <T> T outcome(Future<T> future) {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  /** Ends what is being started; jobs that run are their owner's to close. */
  @Override
  public void close() {
    threads.shutdownNow();
  }
}
