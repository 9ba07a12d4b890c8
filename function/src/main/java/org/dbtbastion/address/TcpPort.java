package org.dbtbastion.address;

/** TCP ports that something can listen on. */
public final class TcpPort {

  /** The least of them: 0 is none. */
  public static final int LEAST = 1;

  /** The greatest of them. */
  public static final int GREATEST = 65_535;

  /** What {@link #isPort} wants, in words. */
  public static final String EXPECTED = "a number from " + LEAST + " to " + GREATEST;

  private TcpPort() {}

  /** Whether the number is that of a port. */
  public static boolean isPort(int number) {
    return LEAST <= number && number <= GREATEST;
  }

  /**
   * The number, where it is that of a port.
   *
   * @throws IllegalArgumentException if it is not
   */
  public static int require(int number) {
    if (!isPort(number)) {
      throw new IllegalArgumentException(
          "port %d is not between %d and %d".formatted(number, LEAST, GREATEST));
    }
    return number;
  }
}
