package org.dbtbastion.infra.bastion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;

/** The AWS CLI with something before it. */
final class FakeAws {

  private FakeAws() {}

  /**
   * A variable that puts a program {@code aws} first on the path: it runs these shell commands, and
   * unless they end it, the real one.
   */
  static Map<String, String> in(Path folder, String commands) throws IOException {
    String path = System.getenv("PATH");
    Path fake = Files.createDirectories(folder.resolve("fake")).resolve("aws");
    Files.writeString(
        fake, "#!/bin/bash\n%s\nPATH='%s' exec aws \"$@\"\n".formatted(commands, path));
    Files.setPosixFilePermissions(fake, PosixFilePermissions.fromString("rwxr-xr-x"));
    return Map.of("PATH", fake.getParent() + ":" + path);
  }
}
