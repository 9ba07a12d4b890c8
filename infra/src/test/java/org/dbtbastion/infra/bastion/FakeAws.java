package org.dbtbastion.infra.bastion;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.dbtbastion.standins.process.AwsCli;
import org.dbtbastion.standins.process.Command;

/** The AWS CLI with something before it. */
final class FakeAws {

  private FakeAws() {}

  /**
   * A variable that puts a program {@code aws} first on the path: it runs these shell commands, and
   * unless they end it, the real one.
   */
  static Map<String, String> in(Path folder, String commands) throws IOException {
    return program(
        folder,
        "aws",
        "#!/bin/bash\n%s\nPATH='%s' exec aws \"$@\"\n".formatted(commands, AwsCli.shared().path()));
  }

  /** A variable that puts a program first on the path. Those of one folder stand side by side. */
  static Map<String, String> program(Path folder, String name, String script) throws IOException {
    Path program = write(folder, name, script);
    // A python3 of pyenv's would put its own programs first.
    String python =
        Command.of("python3", "-c", "import sys; print(sys.executable)").run().output().strip();
    write(folder, "python3", "#!/bin/bash\nexec '%s' \"$@\"\n".formatted(python));
    return Map.of("PATH", program.getParent() + ":" + AwsCli.shared().path());
  }

  private static Path write(Path folder, String name, String script) throws IOException {
    Path program = Files.createDirectories(folder.resolve("fake")).resolve(name);
    Files.writeString(program, script);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    return program;
  }
}
