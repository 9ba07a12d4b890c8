package org.dbtbastion.tunnel;

import com.jcraft.jsch.Channel;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.dbtbastion.check.Ssh;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;

/** Forwards by opening direct-tcpip channels (RFC 4254, section 7.2). */
final class JschTunnel implements Ssh.Tunnel {

  /** SSH_OPEN_ADMINISTRATIVELY_PROHIBITED and SSH_OPEN_CONNECT_FAILED, RFC 4254, section 5.1. */
  private static final int PROHIBITED = 1;

  private static final int CONNECT_FAILED = 2;

  private static final Duration LOOK_AGAIN = Duration.ofMillis(20);

  private final Session session;
  private final WatchedSocketFactory watched;
  private volatile long idleSince = System.nanoTime();

  JschTunnel(Session session, WatchedSocketFactory watched) {
    this.session = session;
    this.watched = watched;
  }

  @Override
  public Attempt<Socket> forward(String host, int port) {
    String target = host + ":" + port;
    Channel channel = null;
    try {
      channel = session.getStreamForwarder(host, port);
      ChannelSocket socket = new ChannelSocket(channel, target);
      channel.connect();
      return new Attempt.Passed<>(socket, "forwarded to " + target);
    } catch (JSchException | IOException e) {
      return switch (channel == null ? -1 : channel.getExitStatus()) {
        case PROHIBITED ->
            new Attempt.Failed<>(
                Code.FORWARDING_REFUSED, "forwarding to " + target + " is prohibited");
        case CONNECT_FAILED ->
            new Attempt.Failed<>(
                Code.TARGET_UNREACHABLE, "the bastion could not connect to " + target);
        default ->
            new Attempt.Failed<>(Code.SSH_LOST, "no channel to " + target + ": " + Messages.of(e));
      };
    }
  }

  @Override
  public Attempt<Duration> idle(Optional<Socket> forwarded, Duration length)
      throws InterruptedException {
    idleSince = System.nanoTime();
    CompletableFuture<?> end =
        forwarded.isPresent()
            ? CompletableFuture.anyOf(watched.ending(), ((ChannelSocket) forwarded.get()).ending())
            : watched.ending();
    try {
      end.get(length.toNanos(), TimeUnit.NANOSECONDS);
      Duration after = sinceIdle(System.nanoTime());
      // The end of the whole ends what is forwarded too, and is known before.
      return watched.ended()
          ? ended()
          : new Attempt.Failed<>(Code.SESSION_ENDED, "ended after " + seconds(after));
    } catch (TimeoutException _) {
      return new Attempt.Passed<>(length, "idle for " + seconds(length));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public Attempt<Duration> answers(Duration limit) throws InterruptedException {
    long asked = System.nanoTime();
    try {
      // Refused or not, every server answers a global request that wants an answer (RFC 4254,
      // section 4).
      session.sendKeepAliveMsg();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      return watched.ended()
          ? ended()
          : new Attempt.Failed<>(Code.TUNNEL_CLOSED, "closed: " + Messages.of(e));
    }
    while (System.nanoTime() - asked < limit.toNanos()) {
      if (watched.ended()) {
        return ended();
      }
      if (watched.lastReadNanos() - asked > 0) {
        Duration took = Duration.ofNanos(watched.lastReadNanos() - asked);
        return new Attempt.Passed<>(took, "answered after " + took.toMillis() + " ms");
      }
      Thread.sleep(LOOK_AGAIN);
    }
    return new Attempt.Failed<>(
        Code.TUNNEL_SILENT,
        "no answer in %s; the bastion host was heard last %s into the hold"
            .formatted(seconds(limit), seconds(sinceIdle(watched.lastReadNanos()))));
  }

  private <T> Attempt<T> ended() {
    Ending ending = watched.ending().join();
    String after = " after " + seconds(sinceIdle(ending.nanos()));
    return switch (ending) {
      case Ending.Closed(_, String reason) ->
          new Attempt.Failed<>(Code.TUNNEL_CLOSED, "closed by the bastion host" + after + reason);
      case Ending.Broken broken when broken.reset() ->
          new Attempt.Failed<>(Code.TUNNEL_RESET, "reset" + after);
      case Ending.Broken(_, IOException cause) ->
          new Attempt.Failed<>(Code.TUNNEL_SILENT, "lost" + after + ": " + Messages.of(cause));
    };
  }

  private Duration sinceIdle(long nanos) {
    return Duration.ofNanos(Math.max(0, nanos - idleSince));
  }

  private static String seconds(Duration duration) {
    return "%d.%d s".formatted(duration.toSeconds(), duration.toMillisPart() / 100);
  }
}
