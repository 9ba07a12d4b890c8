package org.dbtbastion.infra.bastion;

import java.util.List;

/**
 * What sshd's log says of trouble, whichever OpenSSH from 8.7 on wrote it.
 *
 * @param metric the metric that counts the lines
 * @param substrings a line that contains one of them is counted
 */
record LogPatterns(String metric, List<String> substrings) {

  /**
   * More logins at once than MaxStartups. Up to 9.7 the line ends with "past MaxStartups", from 9.8
   * on with "past Maxstartups": so by its beginning.
   */
  static final LogPatterns DROPPED_LOGINS =
      new LogPatterns("DroppedLogins", List.of("drop connection #"));

  /** A target that the configuration does not name; or something else than a forward. */
  static final LogPatterns REFUSED_FORWARDS =
      new LogPatterns(
          "RefusedForwards",
          List.of("but the request was denied", "refused streamlocal port forward"));

  /**
   * A client that wants only what is refused. Of signatures 8.7 says "key type ssh-rsa not in
   * PubkeyAcceptedAlgorithms", later ones "signature algorithm ssh-rsa not in
   * PubkeyAcceptedAlgorithms"; of the rest all say "no matching cipher found", and likewise "MAC",
   * "host key type" and "key exchange method".
   */
  static final LogPatterns REFUSED_ALGORITHMS =
      new LogPatterns(
          "RefusedAlgorithms",
          List.of(
              "not in PubkeyAcceptedAlgorithms",
              "no matching cipher found",
              "no matching MAC found",
              "no matching host key type found",
              "no matching key exchange method found"));

  /**
   * Clients that vanished. "Timeout before authentication" is logged from 9.8 on only: where older
   * ones got the fix of CVE-2024-6387, they end such a client without a word.
   */
  static final LogPatterns SILENT_CLIENTS =
      new LogPatterns(
          "SilentClients",
          List.of("Timeout before authentication", "Timeout, client not responding"));

  LogPatterns {
    substrings = List.copyOf(substrings);
  }

  /** Whether a line of the log is counted. */
  boolean match(String line) {
    return substrings.stream().anyMatch(line::contains);
  }
}
