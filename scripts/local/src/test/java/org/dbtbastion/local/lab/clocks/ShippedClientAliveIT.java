package org.dbtbastion.local.lab.clocks;

import org.dbtbastion.local.lab.HostLab;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;

/** Silence with the clocks as they are shipped. */
@HostLab
@Tag("clock")
class ShippedClientAliveIT extends Silence {

  @BeforeAll
  static void boot() {
    boot(1);
  }
}
