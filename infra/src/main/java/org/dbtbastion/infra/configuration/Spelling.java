package org.dbtbastion.infra.configuration;

import java.util.Comparator;
import java.util.Locale;
import java.util.SequencedCollection;

/** Finds out which name was meant by a misspelt one. */
final class Spelling {

  private Spelling() {}

  /**
   * The name that is closest to what was written, regardless of case and punctuation.
   *
   * @param names one or more
   */
  static String nearest(String written, SequencedCollection<String> names) {
    return names.stream()
        .min(Comparator.comparingInt(name -> distance(plain(written), plain(name))))
        .orElseThrow();
  }

  private static String plain(String name) {
    return name.replaceAll("[^A-Za-z0-9]", "").toLowerCase(Locale.ROOT);
  }

  // Levenshtein's.
  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int substituted = diagonal + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[other.length()];
  }
}
