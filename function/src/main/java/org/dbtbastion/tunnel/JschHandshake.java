package org.dbtbastion.tunnel;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.JSchAlgoNegoFailException;
import com.jcraft.jsch.JSchChangedHostKeyException;
import com.jcraft.jsch.JSchException;
import com.jcraft.jsch.Session;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.dbtbastion.check.Ssh;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;

/**
 * A handshake on a thread of its own: JSch shakes hands in one call, in which the host key's check
 * tells where the first half ends.
 */
final class JschHandshake implements Ssh.Handshake {

  /**
   * What OpenSSH says in place of its banner to whom it drops: by MaxStartups, by its penalties.
   */
  private static final List<String> DROPPED =
      List.of("Exceeded MaxStartups", "Not allowed at this time");

  private final Socket socket;
  private final String user;
  private final PinnedHostKeys pins;
  private final Optional<SshIdentity> identity;
  private final WatchedSocketFactory sockets;
  private final CompletableFuture<Attempt<String>> hostKey = new CompletableFuture<>();
  private final CompletableFuture<Attempt<Ssh.Tunnel>> authentication = new CompletableFuture<>();
  private final Thread thread;
  private volatile Session session;
  private volatile boolean identityUsable;

  /**
   * @param identity empty where only the host key is to be looked at
   */
  JschHandshake(Socket socket, String user, PinnedHostKeys pins, Optional<SshIdentity> identity) {
    this.socket = socket;
    this.user = user;
    this.pins = pins;
    this.identity = identity;
    this.sockets = new WatchedSocketFactory(socket);
    this.thread = Thread.ofVirtual().name("ssh handshake").unstarted(this::shakeHands);
    pins.onAccepted(shown -> hostKey.complete(new Attempt.Passed<>(shown, shown + " as pinned")));
  }

  void start() {
    thread.start();
  }

  @Override
  public Attempt<String> hostKey() throws InterruptedException {
    return await(hostKey);
  }

  @Override
  public <T> Attempt.Failed<T> hostKeyTimeout() {
    if (sockets.spokeSsh()) {
      return new Attempt.Failed<>(
          Code.SSH_KEY_EXCHANGE_TIMEOUT, "silent after its banner " + sockets.excerpt());
    }
    if (sockets.spoke()) {
      return notSsh();
    }
    return new Attempt.Failed<>(Code.SSH_BANNER_TIMEOUT, "connected, but no banner came");
  }

  @Override
  public Attempt<Ssh.Tunnel> authentication() throws InterruptedException {
    return await(authentication);
  }

  @Override
  public void close() {
    thread.interrupt();
    Session open = session;
    if (open != null) {
      open.disconnect();
    }
    try {
      socket.close();
    } catch (IOException _) {
      // It is no longer needed.
    }
  }

  private void shakeHands() {
    try {
      JSch jsch = new JSch();
      identityUsable = addIdentity(jsch);
      Session opening = jsch.getSession(user, socket.getInetAddress().getHostAddress());
      opening.setSocketFactory(sockets);
      opening.setHostKeyRepository(pins);
      opening.setConfig("StrictHostKeyChecking", "yes");
      opening.setConfig("PreferredAuthentications", "publickey");
      opening.setConfig(
          "server_host_key", pins.algorithmsFirst(opening.getConfig("server_host_key")));
      opening.setLogger(new DisconnectReason(sockets::endedFor));
      opening.setThreadFactory(Thread.ofVirtual().name("ssh session").factory());
      session = opening;
      opening.connect();
      sockets.loggedIn();
      authentication.complete(
          new Attempt.Passed<>(
              new JschTunnel(opening, sockets),
              "logged in as " + user + " to " + opening.getServerVersion()));
    } catch (JSchException e) {
      fail(e);
    } catch (RuntimeException e) {
      // JSch reads messages of the server as they come: lengths that make no sense end so.
      fail(new JSchException("what the server sent makes no sense", e));
    } catch (Error e) {
      hostKey.completeExceptionally(e);
      authentication.completeExceptionally(e);
    }
  }

  /** Without a usable key the host key is looked at all the same: that failure comes first. */
  private boolean addIdentity(JSch jsch) {
    if (identity.isEmpty()) {
      return false;
    }
    try {
      byte[] privateKey = identity.get().privateKey().getBytes(StandardCharsets.US_ASCII);
      jsch.addIdentity("check-key", privateKey, null, null);
      return true;
    } catch (JSchException _) {
      return false;
    }
  }

  /** Ends the half in which it happened; the half that is over keeps its outcome. */
  private void fail(JSchException e) {
    if (!hostKey.complete(hostKeyFailure(e))) {
      authentication.complete(authenticationFailure(e));
    }
  }

  private Attempt<String> hostKeyFailure(JSchException e) {
    if (e instanceof JSchChangedHostKeyException) {
      return new Attempt.Failed<>(
          Code.HOST_KEY_CHANGED, "shown: " + pins.shown() + "; pinned: " + pins.pinned());
    }
    if (e instanceof JSchAlgoNegoFailException none) {
      return new Attempt.Failed<>(
          Code.NO_COMMON_ALGORITHM,
          none.getAlgorithmName()
              + ": the server offers "
              + none.getServerProposal()
              + ", the check "
              + none.getJSchProposal());
    }
    if (DROPPED.stream().anyMatch(sockets.excerpt()::startsWith)) {
      return new Attempt.Failed<>(Code.SSH_CLOSED, "closed, saying: " + sockets.excerpt());
    }
    if (sockets.spoke() && !sockets.spokeSsh()) {
      return notSsh();
    }
    String when = sockets.spoke() ? "in the key exchange" : "before a banner";
    return new Attempt.Failed<>(Code.SSH_CLOSED, "closed " + when + ": " + Messages.of(e));
  }

  private Attempt<Ssh.Tunnel> authenticationFailure(JSchException e) {
    if (!identityUsable) {
      return new Attempt.Failed<>(Code.CHECK_KEY_MISSING, "what is stored is not a private key");
    }
    // JSch has no type of its own for a login that was refused, and says the same of one that was
    // cut off.
    if (e.getMessage() != null && e.getMessage().startsWith("Auth fail") && !sockets.ended()) {
      return new Attempt.Failed<>(
          Code.SSH_KEY_REFUSED, "the server accepts no key that was offered for " + user);
    }
    return new Attempt.Failed<>(Code.SSH_LOST, "closed during the login as " + user);
  }

  private <T> Attempt.Failed<T> notSsh() {
    return new Attempt.Failed<>(Code.NOT_SSH_SERVER, "it said: " + sockets.excerpt());
  }

  private static <T> Attempt<T> await(CompletableFuture<Attempt<T>> future)
      throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }
}
