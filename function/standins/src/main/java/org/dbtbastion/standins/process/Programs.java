package org.dbtbastion.standins.process;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;

/** Where the machine's programs are. */
public final class Programs {

  private Programs() {}

  /** The program in PATH or, failing that, in these folders. */
  public static Optional<Path> find(String name, String... otherFolders) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.concat(Arrays.stream(path.split(File.pathSeparator)), Arrays.stream(otherFolders))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder).resolve(name).toAbsolutePath())
        .filter(Files::isExecutable)
        .findFirst();
  }
}
