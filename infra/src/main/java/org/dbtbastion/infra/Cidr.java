package org.dbtbastion.infra;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A block of IPv4 addresses that may reach the SSH port. A single address is a block of /32.
 *
 * @param address the first address as an unsigned 32-bit number; all bits behind the prefix are 0
 * @param prefix the number of leading bits that addresses of the block share
 */
record Cidr(long address, int prefix) {

  /**
   * The shortest prefix that is let in. dbt's own blocks are /26 and smaller; anything much larger
   * is a mistake or a way to say "everybody".
   */
  static final int SHORTEST_PREFIX = 16;

  private static final Pattern SYNTAX =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})(?:/(\\d{1,2}))?");

  Cidr {
    if (address < 0 || address > 0xffff_ffffL || prefix < 0 || prefix > 32) {
      throw new IllegalArgumentException("not an IPv4 block: %d/%d".formatted(address, prefix));
    }
    if ((address & ~mask(prefix)) != 0) {
      throw new IllegalArgumentException("bits behind the prefix are set");
    }
  }

  /**
   * Reads {@code a.b.c.d} or {@code a.b.c.d/prefix}.
   *
   * @throws ConfigurationException with one problem, about {@code key}, if the text is anything
   *     else, has bits set behind its prefix, or is open to too many
   */
  static Cidr parse(String key, String text) {
    String allowed = "IPv4 blocks from /%d to /32, or single addresses".formatted(SHORTEST_PREFIX);
    Matcher syntax = SYNTAX.matcher(text);
    if (!syntax.matches()) {
      throw refused(
          key,
          text,
          allowed,
          text.contains(":")
              ? "leave IPv6 out: the bastion has an IPv4 address only"
              : "write it like 203.0.113.7 or 203.0.113.0/28");
    }
    long address = 0;
    for (int group = 1; group <= 4; group++) {
      int octet = Integer.parseInt(syntax.group(group));
      if (octet > 255) {
        throw refused(key, text, allowed, "each of the four numbers is at most 255");
      }
      address = address << 8 | octet;
    }
    int prefix = syntax.group(5) == null ? 32 : Integer.parseInt(syntax.group(5));
    if (prefix > 32) {
      throw refused(key, text, allowed, "the number behind the slash is at most 32");
    }
    if (prefix < SHORTEST_PREFIX) {
      throw refused(
          key,
          text,
          allowed,
          "this would open the SSH port to %,d addresses: give dbt's own (dbtRegion has them)"
              .formatted(1L << 32 - prefix));
    }
    if ((address & ~mask(prefix)) != 0) {
      throw refused(
          key,
          text,
          allowed,
          "bits behind the prefix are set: write %s for the block or %s for the one address"
              .formatted(new Cidr(address & mask(prefix), prefix), new Cidr(address, 32)));
    }
    return new Cidr(address, prefix);
  }

  private static ConfigurationException refused(
      String key, String text, String allowed, String fix) {
    return new ConfigurationException(new Problem(key, text, allowed, fix));
  }

  private static long mask(int prefix) {
    return 0xffff_ffffL << 32 - prefix & 0xffff_ffffL;
  }

  /** As AWS writes it: {@code a.b.c.d/prefix}. */
  @Override
  public String toString() {
    return "%d.%d.%d.%d/%d"
        .formatted(
            address >> 24 & 0xff,
            address >> 16 & 0xff,
            address >> 8 & 0xff,
            address & 0xff,
            prefix);
  }
}
