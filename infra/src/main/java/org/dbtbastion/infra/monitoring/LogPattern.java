package org.dbtbastion.infra.monitoring;

import java.time.Duration;
import java.util.List;
import org.dbtbastion.text.Kebab;
import software.amazon.awscdk.services.logs.FilterPattern;
import software.amazon.awscdk.services.logs.IFilterPattern;

/**
 * What sshd logs when a client does not get through, and what to do about it. The terms are parts
 * of lines as OpenSSH 8.7 to 10 write them to the journal.
 */
public enum LogPattern {
  /** One is too many: it is a job of dbt that failed. */
  DROPPED_LOGINS(
      "DroppedLogins",
      // Up to 9.7 the first line ends with "past MaxStartups", from 9.8 on with "past Maxstartups".
      // The others are said where the host has no memory for more tunnels: fork(2) fails.
      List.of(
          "drop connection #",
          "fork: Resource temporarily unavailable",
          "fork of unprivileged child failed"),
      1,
      Duration.ofMinutes(5),
      "sshd dropped logins because too many were under way, or because the host has no memory for"
          + " more tunnels: dbt jobs that started just then failed.",
      "See in the lines who connects; if it is dbt, deploy with a larger host: -c"
          + " instanceType=TYPE."),

  /** One is enough: it is a person's typing error, or somebody who looks around. */
  REFUSED_FORWARDS(
      "RefusedForwards",
      List.of("but the request was denied", "refused streamlocal port forward"),
      1,
      Duration.ofMinutes(5),
      "Somebody who logged in asked for a host that the bastion does not forward to: a connection"
          + " in dbt with another host name or port fails.",
      "Type host name and port into dbt exactly as the stack's outputs WarehouseHost and"
          + " WarehousePort say: the bastion compares them literally."),

  /** One is enough: what a client offers does not change by trying again. */
  REFUSED_ALGORITHMS(
      "RefusedAlgorithms",
      // Of signatures, "key type ssh-rsa" or "signature algorithm ssh-rsa" stands before it.
      List.of(
          "not in PubkeyAcceptedAlgorithms",
          "no matching cipher found",
          "no matching MAC found",
          "no matching host key type found",
          "no matching key exchange method found"),
      1,
      Duration.ofMinutes(5),
      "sshd and a client have no algorithm in common that both accept: that client cannot log in,"
          + " unless it offers a newer one next.",
      "If dbt's jobs fail, register an Ed25519 or RSA key that signs with SHA-2, and compare the"
          + " offer in the lines with infra/bastion/opt/dbt-bastion/sshd_config."),

  /** Now and then a client vanishes; several at a time have a reason in common. */
  SILENT_CLIENTS(
      "SilentClients",
      // The first is logged from 9.8 on only: where older ones got the fix of CVE-2024-6387, they
      // end such a client without a word.
      List.of("Timeout before authentication", "Timeout, client not responding"),
      3,
      Duration.ofMinutes(15),
      "Several clients fell silent, before their login or in a tunnel: dbt jobs over these tunnels"
          + " failed.",
      "Look for what cuts connections between dbt and the bastion: a balancer or firewall whose"
          + " idle timeout is below 30 seconds, or a host that is out of memory.");

  private final String metricName;
  private final List<String> terms;
  private final int threshold;
  private final Duration window;
  private final String meaning;
  private final String remedy;

  LogPattern(
      String metricName,
      List<String> terms,
      int threshold,
      Duration window,
      String meaning,
      String remedy) {
    this.metricName = metricName;
    this.terms = terms;
    this.threshold = threshold;
    this.window = window;
    this.meaning = meaning;
    this.remedy = remedy;
  }

  /** The metric that counts its lines. */
  public String metricName() {
    return metricName;
  }

  /** What its alarm is called, after the bastion's name. */
  String alarm() {
    return Kebab.of(this);
  }

  /** The terms, one of which a line contains literally. */
  List<String> terms() {
    return terms;
  }

  /** Whether a line of the log is counted. */
  public boolean matches(String line) {
    return terms.stream().anyMatch(line::contains);
  }

  /** The filter pattern for lines with any of the terms. */
  IFilterPattern filter() {
    return FilterPattern.anyTerm(terms.toArray(String[]::new));
  }

  /** How many lines within {@link #window} set off the alarm. */
  int threshold() {
    return threshold;
  }

  Duration window() {
    return window;
  }

  /** What such lines say about dbt. */
  String meaning() {
    return meaning;
  }

  /** What to do. */
  String remedy() {
    return remedy;
  }
}
