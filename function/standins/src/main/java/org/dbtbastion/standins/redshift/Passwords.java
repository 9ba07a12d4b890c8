package org.dbtbastion.standins.redshift;

import java.security.SecureRandom;
import java.util.Base64;

/** Passwords that nobody knows beforehand. */
public final class Passwords {

  private static final SecureRandom RANDOM = new SecureRandom();

  private Passwords() {}

  /** 24 letters and digits, with one of each kind that Redshift asks for. */
  public static String random() {
    byte[] bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    String letters = Base64.getEncoder().withoutPadding().encodeToString(bytes);
    return letters.replaceAll("[+/]", "x").substring(0, 21) + "Aa1";
  }
}
