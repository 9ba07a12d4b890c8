package org.dbtbastion.testing;

import com.sun.security.auth.module.UnixSystem;

/** Who runs this JVM. */
final class Users {

  private Users() {}

  static boolean isRoot() {
    return new UnixSystem().getUid() == 0;
  }
}
