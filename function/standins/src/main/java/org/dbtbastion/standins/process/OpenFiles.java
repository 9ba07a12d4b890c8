package org.dbtbastion.standins.process;

import com.sun.management.UnixOperatingSystemMXBean;
import java.lang.management.ManagementFactory;

/** What this JVM has open at the operating system: files, sockets, pipes. */
public final class OpenFiles {

  private OpenFiles() {}

  /** How many there are. */
  public static long count() {
    return ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class)
        .getOpenFileDescriptorCount();
  }
}
