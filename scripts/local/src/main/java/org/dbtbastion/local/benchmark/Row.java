package org.dbtbastion.local.benchmark;

import java.util.List;

/** Something that is measured. */
interface Row {

  /** All rows, in the order in which they run and are shown. */
  static List<Row> all() {
    return List.of(
        new WarmTunnelCheck(),
        new WarmDirectCheck(),
        new ColdCheck(),
        new ColdRegistration(),
        new Memory(),
        new ZipSize(),
        new Connections(),
        new Logins(),
        new Throughput(),
        new KeyUsable(),
        new Synth(),
        new KeySync());
  }

  /** Its name on the command line. */
  String id();

  /** Measures it; takes two minutes at most. */
  Findings measure(Ground ground) throws Exception;
}
