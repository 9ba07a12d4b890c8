package org.dbtbastion;

import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.LocationProvider;
import java.util.Set;
import org.dbtbastion.report.Code;

/** Where the build keeps this module's classes: to read the whole class path takes long. */
final class OwnClasses {

  private OwnClasses() {}

  /** Main code. */
  static final class Main implements LocationProvider {
    @Override
    public Set<Location> get(Class<?> test) {
      return Set.of(of(Code.class));
    }
  }

  /** Main code and tests. */
  static final class MainAndTests implements LocationProvider {
    @Override
    public Set<Location> get(Class<?> test) {
      return Set.of(of(Code.class), tests());
    }
  }

  /** Tests. */
  static Location tests() {
    return of(OwnClasses.class);
  }

  private static Location of(Class<?> one) {
    return Location.of(one.getProtectionDomain().getCodeSource().getLocation());
  }
}
