package org.dbtbastion.address;

import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * A block of IPv4 addresses.
 *
 * @param first its first address, as a number
 * @param prefixLength how many bits its addresses share, 0 to 32
 */
public record Cidr(long first, int prefixLength) {

  private static final Pattern SYNTAX =
      Pattern.compile("(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})\\.(\\d{1,3})(?:/(\\d{1,2}))?");

  /** All addresses. */
  public static final Cidr ANYWHERE = new Cidr(0, 0);

  private static final List<Cidr> PRIVATE =
      Stream.of("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
          .map(Cidr::of)
          .toList();

  private static final List<Cidr> LOCAL =
      Stream.of("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16").map(Cidr::of).toList();

  public Cidr {
    if (prefixLength < 0 || prefixLength > 32 || first < 0 || first > 0xffff_ffffL) {
      throw new IllegalArgumentException("no IPv4 block: " + first + "/" + prefixLength);
    }
    first &= -1L << (32 - prefixLength);
  }

  /**
   * Reads a block, such as {@code 10.0.0.0/16}, or an address, which is a block of one.
   *
   * @throws IllegalArgumentException if it is neither
   */
  public static Cidr of(String text) {
    Matcher matcher = SYNTAX.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("neither an IPv4 block nor an address: " + text);
    }
    long address = 0;
    for (int i = 1; i <= 4; i++) {
      int part = Integer.parseInt(matcher.group(i));
      if (part > 255) {
        throw new IllegalArgumentException("neither an IPv4 block nor an address: " + text);
      }
      address = address << 8 | part;
    }
    return new Cidr(address, matcher.group(5) == null ? 32 : Integer.parseInt(matcher.group(5)));
  }

  /** Its last address. */
  public long last() {
    return first | (0xffff_ffffL >> prefixLength);
  }

  /** Whether an address is in it. */
  public boolean contains(long address) {
    return first <= address && address <= last();
  }

  /** Addresses of it: the first of each part into which the boundaries cut it. */
  public LongStream parts(Collection<Cidr> boundaries) {
    return LongStream.concat(
            LongStream.of(first),
            boundaries.stream()
                .flatMapToLong(other -> LongStream.of(other.first(), other.last() + 1))
                .filter(this::contains))
        .distinct();
  }

  /** Whether it begins with an address that only private networks route (RFC 1918, RFC 6598). */
  public boolean isPrivate() {
    return PRIVATE.stream().anyMatch(block -> block.contains(first));
  }

  /** Whether it begins with an address that the internet routes: no private, no local one. */
  public boolean isPublic() {
    return !isPrivate() && LOCAL.stream().noneMatch(block -> block.contains(first));
  }

  @Override
  public String toString() {
    return "%d.%d.%d.%d/%d"
        .formatted(first >> 24, first >> 16 & 255, first >> 8 & 255, first & 255, prefixLength);
  }
}
