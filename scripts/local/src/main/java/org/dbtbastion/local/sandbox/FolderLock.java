package org.dbtbastion.local.sandbox;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Held by the one program that works in a folder; the system lets go of it when the JVM ends. */
public record FolderLock(FileChannel channel) implements AutoCloseable {

  /**
   * Takes the lock.
   *
   * @param file beside the folder; created
   * @throws IllegalStateException if another program holds it
   */
  public static FolderLock take(Path file) throws IOException {
    Files.createDirectories(file.getParent());
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    if (channel.tryLock() == null) {
      channel.close();
      throw new IllegalStateException(
          "another run works in this folder: end it first, or use another clone");
    }
    return new FolderLock(channel);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
