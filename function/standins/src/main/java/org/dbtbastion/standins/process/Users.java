package org.dbtbastion.standins.process;

import com.sun.security.auth.module.UnixSystem;

/** Who runs this JVM. */
public final class Users {

  private Users() {}

  public static boolean isRoot() {
    return new UnixSystem().getUid() == 0;
  }
}
