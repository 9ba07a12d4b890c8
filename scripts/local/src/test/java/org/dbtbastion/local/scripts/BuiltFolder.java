package org.dbtbastion.local.scripts;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.dbtbastion.standins.process.Repository;

/**
 * A folder laid out like the repository once it is built, with the repository's own scripts: what
 * they build and install is there and new enough, so that they do neither.
 *
 * @param root the folder
 */
record BuiltFolder(Path root) {

  private static final List<String> MODULES =
      List.of("function/standins", "function/shrink", "function", "infra", "scripts/local");

  private static final Instant SOURCES = Instant.parse("2026-01-01T00:00:00Z");

  /** With these commands in place of the real CDK command line. */
  static BuiltFolder withStandIn(Path root, String cdk) throws IOException {
    BuiltFolder folder = new BuiltFolder(root);
    folder.layOut();
    Path program = root.resolve("infra/node_modules/.bin/cdk");
    Files.createDirectories(program.getParent());
    Files.writeString(program, "#!/usr/bin/env bash\n" + cdk);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(root.resolve("infra/node_modules/.package-lock.json"), "{}");
    Files.writeString(root.resolve("function/target/function.zip"), "a zip");
    return folder;
  }

  /** With the real CDK command line, app and function, as this build has made them. */
  static BuiltFolder withReal(Path root) throws IOException {
    BuiltFolder folder = new BuiltFolder(root);
    folder.layOut();
    Path built = Repository.root();
    Path infra = root.resolve("infra");
    Files.copy(
        built.resolve("function/target/function.zip"),
        root.resolve("function/target/function.zip"));
    Files.copy(built.resolve("infra/cdk.json"), infra.resolve("cdk.json"));
    Files.createDirectories(infra.resolve("target"));
    for (String same : List.of("node_modules", "target/classes", "target/lib")) {
      Files.createSymbolicLink(infra.resolve(same), built.resolve("infra").resolve(same));
    }
    copy(built.resolve("infra/bastion"), infra.resolve("bastion"));
    return folder;
  }

  Path script(String name) {
    return root.resolve("scripts").resolve(name);
  }

  private void layOut() throws IOException {
    Files.createDirectories(root);
    copyScripts();
    for (String file : List.of("pom.xml", "infra/package-lock.json")) {
      write(root.resolve(file), "");
      Files.setLastModifiedTime(root.resolve(file), FileTime.from(SOURCES));
    }
    for (String module : MODULES) {
      write(root.resolve(module).resolve("pom.xml"), "");
      Files.setLastModifiedTime(root.resolve(module).resolve("pom.xml"), FileTime.from(SOURCES));
      Files.createDirectories(root.resolve(module).resolve("src"));
      Files.setLastModifiedTime(root.resolve(module).resolve("src"), FileTime.from(SOURCES));
    }
    Files.createDirectories(root.resolve("function/target"));
    write(
        root.resolve("scripts/local/target/sandbox.classpath"),
        root.resolve("function/target/function.jar").toString());
  }

  private void copyScripts() throws IOException {
    Path scripts = Repository.root().resolve("scripts");
    copy(scripts.resolve("lib"), root.resolve("scripts/lib"));
    try (Stream<Path> files = Files.list(scripts)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, root.resolve("scripts").resolve(file.getFileName()));
      }
    }
    standInForPreflight();
  }

  /** It notes how it was called, and ends as it is told: AWS is not asked. */
  private void standInForPreflight() throws IOException {
    Path program = script("preflight");
    Files.writeString(
        program,
        """
        #!/usr/bin/env bash
        echo "$*" >"${0%/*}/preflight-call"
        exit "${PREFLIGHT_STATUS:-0}"
        """);
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static void write(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to.getParent());
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(from.relativize(file).toString()));
      }
    }
  }
}
