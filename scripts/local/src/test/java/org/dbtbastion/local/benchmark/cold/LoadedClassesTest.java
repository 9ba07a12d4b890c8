package org.dbtbastion.local.benchmark.cold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import org.dbtbastion.local.benchmark.report.Breakdown.Part;
import org.junit.jupiter.api.Test;

class LoadedClassesTest {

  @Test
  void countsClassesByWhereTheyCameFrom() {
    List<Part> parts =
        LoadedClasses.of(
            """
            [0.010s][info][class,load] java.lang.Object source: shared objects file
            [0.011s][info][class,load] java.lang.Record source: shared objects file (top)
            [0.012s][info][class,load] java.lang.String source: shared objects file
            [0.200s][info][class,load] sun.net.A source: jrt:/java.base
            [0.201s][info][class,load] a.B source: file:/code/lib/b-1.0.jar
            [0.202s][info][class,load] a.C source: file:/code/lib/b-1.0.jar
            [0.203s][info][class,load] a.C$$Lambda/0x00 source: a.C
            [0.204s][info][gc] Pause Young
            """
                .lines());

    assertThat(parts)
        .extracting(Part::what, Part::value)
        .containsExactly(
            tuple("classes loaded", 7.0),
            tuple("classes from the CDS or AOT archive", 3.0),
            tuple("classes from b-1.0.jar", 2.0),
            tuple("classes from the JDK's modules", 1.0),
            tuple("classes made while it runs", 1.0));
  }
}
