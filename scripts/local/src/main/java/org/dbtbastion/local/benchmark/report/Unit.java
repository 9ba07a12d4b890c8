package org.dbtbastion.local.benchmark.report;

import java.time.Duration;
import java.util.Locale;

/** What is measured, and how it is written. */
public enum Unit {
  MILLISECONDS("ms"),
  SECONDS("s"),
  /** 1,048,576 bytes, as the kernel and Lambda count memory. */
  MEBIBYTES("MiB"),
  /** 1,000,000 bytes, as files are counted. */
  MEGABYTES("MB"),
  MEBIBYTES_A_SECOND("MiB/s"),
  A_SECOND("/s"),
  PERCENT("%"),
  COUNT("");

  private final String symbol;

  Unit(String symbol) {
    this.symbol = symbol;
  }

  /** As it stands behind a number; empty for {@link #COUNT}. */
  public String symbol() {
    return symbol;
  }

  /** The time in this unit, which is one of time. */
  public double of(Duration time) {
    return switch (this) {
      case MILLISECONDS -> time.toNanos() / 1e6;
      case SECONDS -> time.toNanos() / 1e9;
      default -> throw new IllegalStateException(this + " is no time");
    };
  }

  /** The value and its unit, with three digits at most after the first that counts. */
  public String text(double value) {
    return (number(value) + " " + symbol).strip();
  }

  /** The value alone. */
  public static String number(double value) {
    boolean whole = value == Math.rint(value) || Math.abs(value) >= 100;
    return String.format(
        Locale.ROOT, whole ? "%.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.2f", value);
  }
}
