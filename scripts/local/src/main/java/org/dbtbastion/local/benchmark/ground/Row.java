package org.dbtbastion.local.benchmark.ground;

import org.dbtbastion.local.benchmark.report.Findings;

/** Something that is measured. */
public interface Row {

  /** Its name on the command line. */
  String id();

  /** Measures it; takes two minutes at most. */
  Findings measure(Ground ground) throws Exception;
}
