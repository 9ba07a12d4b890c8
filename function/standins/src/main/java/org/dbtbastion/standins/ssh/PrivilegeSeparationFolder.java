package org.dbtbastion.standins.ssh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.atomic.AtomicBoolean;
import org.dbtbastion.standins.process.Users;

/**
 * The empty folder into which Debian's sshd locks its unprivileged half when it runs as root. The
 * package's service makes it, so it is missing where that never ran. Held by all who need it, in
 * this JVM and in others, and removed after the last of them if one of them made it and no other
 * sshd runs on the machine. For other users than root it is never needed, and nothing is done.
 */
public final class PrivilegeSeparationFolder implements AutoCloseable {

  private static final Path FOLDER = Path.of("/run/sshd");

  /** Each JVM with holders has a share of its lock. Not empty: one of them made the folder. */
  private static final Path LOCK = Path.of("/run/sshd.dbt-bastion");

  private static int holders;
  private static FileLock share;

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(PrivilegeSeparationFolder::release, "sshd-folder"));
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
      try {
        if (share == null) {
          share = shareLock();
        }
        if (!Files.exists(FOLDER)) {
          share.channel().write(ByteBuffer.allocate(1), 0);
          // No error if another JVM has come as far as this one.
          Files.createDirectories(FOLDER, permissions("rwxr-xr-x"));
        }
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot make the folder that sshd needs: " + FOLDER, e);
      }
      holders++;
    }
    return new PrivilegeSeparationFolder(true);
  }

  private static FileAttribute<?> permissions(String text) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(text));
  }

  private static FileLock shareLock() throws IOException {
    while (true) {
      FileChannel.open(LOCK, StandardOpenOption.CREATE, StandardOpenOption.WRITE).close();
      FileChannel channel = null;
      try {
        Object file = Files.getAttribute(LOCK, "unix:ino");
        channel = FileChannel.open(LOCK, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock = channel.lock(0, Long.MAX_VALUE, true);
        if (file.equals(Files.getAttribute(LOCK, "unix:ino"))) {
          return lock;
        }
      } catch (NoSuchFileException e) {
        // Its last holder has deleted it: begin anew.
      }
      if (channel != null) {
        channel.close();
      }
    }
  }

  private static synchronized void release() {
    if (share == null) {
      return;
    }
    try (FileChannel channel = share.channel()) {
      share.release();
      share = null;
      // Only the last of all gets it for itself.
      if (channel.tryLock() != null) {
        if (channel.size() > 0 && !anotherSshdRuns()) {
          Files.deleteIfExists(FOLDER);
        }
        Files.deleteIfExists(LOCK);
      }
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
        release();
      }
    }
  }
}
