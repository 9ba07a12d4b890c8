package org.dbtbastion.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The empty folder into which Debian's sshd locks its unprivileged half when it runs as root. The
 * package's service makes it, so it is missing where that never ran. Held by all who need it in
 * this JVM, and removed after the last of them if this JVM made it and no other sshd runs on the
 * machine. For other users than root it is never needed, and nothing is done.
 */
public final class PrivilegeSeparationFolder implements AutoCloseable {

  private static final Path FOLDER = Path.of("/run/sshd");
  private static int holders;
  private static boolean made;

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(PrivilegeSeparationFolder::remove, "sshd-folder"));
  }

  private final AtomicBoolean held;

  private PrivilegeSeparationFolder(boolean held) {
    this.held = new AtomicBoolean(held);
  }

  /** Makes the folder if it is needed and missing. */
  public static PrivilegeSeparationFolder acquire() {
    if (!Users.isRoot() || !Files.isDirectory(FOLDER.getParent())) {
      return new PrivilegeSeparationFolder(false);
    }
    synchronized (PrivilegeSeparationFolder.class) {
      if (!Files.exists(FOLDER)) {
        make();
      }
      holders++;
    }
    return new PrivilegeSeparationFolder(true);
  }

  private static void make() {
    try {
      Files.createDirectory(
          FOLDER,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
      made = true;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot make the folder that sshd needs: " + FOLDER, e);
    }
  }

  private static synchronized void remove() {
    if (!made || anotherSshdRuns()) {
      return;
    }
    made = false;
    try {
      Files.deleteIfExists(FOLDER);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean anotherSshdRuns() {
    return ProcessHandle.allProcesses()
        .anyMatch(process -> process.info().command().orElse("").endsWith("/sshd"));
  }

  @Override
  public void close() {
    if (!held.getAndSet(false)) {
      return;
    }
    synchronized (PrivilegeSeparationFolder.class) {
      holders--;
      if (holders == 0) {
        remove();
      }
    }
  }
}
