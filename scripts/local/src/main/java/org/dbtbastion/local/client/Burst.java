package org.dbtbastion.local.client;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * What became of many jobs that started in the same moment.
 *
 * @param took to a query's answer, of those that got through, the fastest first
 * @param dropped how many did not
 * @param causes why they did not
 */
public record Burst(List<Duration> took, int dropped, Set<String> causes) {

  static Burst of(List<DbtJobs.Started> started) {
    List<Duration> took =
        started.stream()
            .filter(one -> one.job().isPresent())
            .map(DbtJobs.Started::took)
            .sorted()
            .toList();
    Set<String> causes =
        started.stream()
            .filter(one -> one.job().isEmpty())
            .map(DbtJobs.Started::detail)
            .collect(Collectors.toCollection(TreeSet::new));
    return new Burst(took, started.size() - took.size(), causes);
  }
}
