package org.dbtbastion.text;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** The names that constants have on the wire: {@code host-key} for {@code HOST_KEY}. */
public final class Kebab {

  private Kebab() {}

  /** The constant's name in lower case, with hyphens. */
  public static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The constant of this name; empty if there is none. */
  public static <E extends Enum<E>> Optional<E> find(Class<E> constants, String name) {
    return Arrays.stream(constants.getEnumConstants())
        .filter(constant -> of(constant).equals(name))
        .findFirst();
  }
}
