package org.dbtbastion.infra.benchmark;

import java.util.List;

/** Something that is measured. */
interface Row {

  /** All rows, in the order in which they run and are shown. */
  static List<Row> all() {
    return List.of(new ColdCheck(), new ColdRegistration(), new ZipSize());
  }

  /** Its name on the command line. */
  String id();

  /** Measures it; takes a minute at most. */
  Findings measure(Ground ground) throws Exception;
}
