package org.dbtbastion.report;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The outcome of many logins at once on one bastion host.
 *
 * @param host the bastion host's id; empty where no host was found
 * @param logins how many were opened
 * @param latencies how long each took that was accepted, from the TCP connection on, the shortest
 *     first
 * @param dropped the others, by their cause
 */
public record LoginsResult(
    Optional<String> host, int logins, List<Duration> latencies, List<Dropped> dropped) {

  /**
   * Logins that were dropped for one cause.
   *
   * @param detail what was seen of the first of them
   */
  public record Dropped(Code code, int count, String detail, String remedy) {
    public Dropped {
      Objects.requireNonNull(code, "code");
      Objects.requireNonNull(detail, "detail");
      Objects.requireNonNull(remedy, "remedy");
    }
  }

  public LoginsResult {
    Objects.requireNonNull(host, "host");
    List<Duration> sorted = new ArrayList<>(latencies);
    Collections.sort(sorted);
    latencies = List.copyOf(sorted);
    dropped = List.copyOf(dropped);
  }

  /** Whether all were accepted. */
  public boolean ok() {
    return dropped.isEmpty();
  }

  /** How many were accepted. */
  public int accepted() {
    return latencies.size();
  }

  /**
   * The latency that this percentage of the accepted logins does not exceed (nearest rank): 0 is
   * the shortest, 50 the median, 100 the longest.
   *
   * @throws IllegalStateException if none was accepted
   */
  public Duration percentile(int percent) {
    if (latencies.isEmpty()) {
      throw new IllegalStateException("no login was accepted");
    }
    int rank = Math.ceilDiv(percent * latencies.size(), 100);
    return latencies.get(Math.max(0, rank - 1));
  }
}
