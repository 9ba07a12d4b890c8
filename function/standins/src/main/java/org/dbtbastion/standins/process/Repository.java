package org.dbtbastion.standins.process;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where things lie in the repository that this JVM was started in, at whatever depth. */
public final class Repository {

  private Repository() {}

  /** The folder with README.md and all modules. */
  public static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.isDirectory(folder.resolve("scripts/lib"))) {
      folder = folder.getParent();
      if (folder == null) {
        throw new IllegalStateException(
            Path.of("").toAbsolutePath() + " is not in the repository: no scripts/lib above it");
      }
    }
    return folder;
  }

  /** The CDK app, with the host's files in its folder {@code bastion}. */
  public static Path infra() {
    return root().resolve("infra");
  }

  /** What the functions are deployed from, once the function is packaged. */
  public static Path functionZip() {
    return root().resolve("function/target/function.zip");
  }

  /** One of the scripts that people type. */
  public static Path script(String name) {
    return root().resolve("scripts").resolve(name);
  }
}
