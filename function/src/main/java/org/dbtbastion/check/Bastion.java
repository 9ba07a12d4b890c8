package org.dbtbastion.check;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.deployment.Deployment;
import org.dbtbastion.deployment.HostKeyPin;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;

/**
 * What all tunnels need to know of the bastion, read once for a check.
 *
 * @param hosts each by itself, so that a good one cannot hide a broken one; a failure, if none was
 *     found
 * @param pins the host keys that hosts may show
 * @param identity the check's own key
 */
record Bastion(
    List<Attempt<BastionHost>> hosts,
    Attempt<List<HostKeyPin>> pins,
    Attempt<SshIdentity> identity) {

  Bastion {
    hosts = List.copyOf(hosts);
  }

  /** Reads it. What cannot be read is an outcome, which ends up in the report. */
  static Bastion read(
      Deployment deployment,
      ExecutorService executor,
      Deadline deadline,
      Consumer<Throwable> unexpected)
      throws InterruptedException {
    Future<Attempt<List<BastionHost>>> hosts =
        executor.submit(guarded(() -> deployment.hosts(deadline), unexpected));
    Future<Attempt<List<HostKeyPin>>> pins =
        executor.submit(guarded(() -> deployment.hostKeys(deadline), unexpected));
    Future<Attempt<SshIdentity>> identity =
        executor.submit(guarded(() -> deployment.checkKey(deadline), unexpected));
    return new Bastion(
        each(Futures.outcome(hosts)), Futures.outcome(pins), Futures.outcome(identity));
  }

  private static List<Attempt<BastionHost>> each(Attempt<List<BastionHost>> hosts) {
    return switch (hosts) {
      case Attempt.Passed<List<BastionHost>>(var found, _) -> passed(found);
      case Attempt.Warned<List<BastionHost>>(var found, _, _, _) -> passed(found);
      case Attempt.Failed<List<BastionHost>>(Code code, String detail, var names) ->
          List.of(new Attempt.Failed<>(code, detail, names));
    };
  }

  private static List<Attempt<BastionHost>> passed(List<BastionHost> hosts) {
    return hosts.stream()
        .<Attempt<BastionHost>>map(host -> new Attempt.Passed<>(host, host.id()))
        .toList();
  }

  /**
   * Whether a host may still be booting, beside one that had time to boot: without one, nobody
   * serves dbt, and hosts that never get ready would pass for ever.
   */
  boolean mayBeBooting(BastionHost host) {
    Instant now = Instant.now();
    return host.mayBeBooting(now)
        && hosts.stream()
            .map(Attempt::toOptional)
            .flatMap(Optional::stream)
            .anyMatch(other -> !other.mayBeBooting(now));
  }

  private static <T> Callable<Attempt<T>> guarded(
      Callable<Attempt<T>> read, Consumer<Throwable> unexpected) {
    return () -> {
      try {
        return read.call();
      } catch (RuntimeException e) {
        unexpected.accept(e);
        return new Attempt.Failed<>(Code.UNEXPECTED, e.getClass().getName());
      }
    };
  }
}
