package org.dbtbastion.audit;

import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import org.dbtbastion.network.Described;
import org.dbtbastion.text.Printable;

/** What one audit of one route found, each thing once. Not thread-safe. */
final class Findings {

  private final SequencedSet<Finding> findings = new LinkedHashSet<>();

  void add(Cause cause, String resource, String detail, String remedy) {
    // Some names come from AWS's answers, where others chose them.
    findings.add(
        new Finding(cause, Printable.of(resource), Printable.of(detail), Printable.of(remedy)));
  }

  /** What is known of a part; where it is unreadable, that is a finding. */
  <T> Optional<T> known(Described<T> part) {
    return switch (part) {
      case Described.Known<T>(T value) -> Optional.of(value);
      case Described.Missing<T> _ -> Optional.empty();
      case Described.Unreadable<T> unreadable -> {
        add(unreadable);
        yield Optional.empty();
      }
    };
  }

  /** Adds that a part is unreadable. */
  void add(Described.Unreadable<?> part) {
    add(
        Cause.UNREADABLE,
        part.action(),
        "the audit could not read %s: %s".formatted(part.what(), part.why()),
        part.denied()
            ? "Deploy the stack again, which gives the check's role %s; where the role has it, an"
                    .formatted(part.action())
                + " organization's policy or a permissions boundary denies it."
            : "Run the check again; if it stays so, give the check's subnets a route to AWS's APIs:"
                + " a NAT gateway, or an interface endpoint.");
  }

  /** By likelihood of the cause, then in the order in which they were found. */
  List<Finding> sorted() {
    return findings.stream().sorted(Comparator.comparing(Finding::cause)).toList();
  }
}
