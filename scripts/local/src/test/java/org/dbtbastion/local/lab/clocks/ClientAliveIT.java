package org.dbtbastion.local.lab.clocks;

import org.dbtbastion.local.lab.HostLab;
import org.junit.jupiter.api.BeforeAll;

/** Silence with clocks that run fifteen times as fast. */
@HostLab
class ClientAliveIT extends Silence {

  @BeforeAll
  static void boot() {
    boot(15);
  }
}
