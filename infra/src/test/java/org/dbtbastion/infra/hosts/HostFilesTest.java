package org.dbtbastion.infra.hosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HostFilesTest {

  @TempDir Path folder;
  @TempDir Path root;

  private void write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, content);
  }

  @BeforeEach
  void layOut() throws IOException {
    write("opt/dbt-bastion/bootstrap", "#!/bin/bash\necho ready\n");
    write("opt/dbt-bastion/sshd_config", "Banner ä 'quoted' $HOME `id` \\\nMaxSessions 0\n");
    write("etc/systemd/system/dbt-bastion-sshd.service", "[Unit]\n");
  }

  @Test
  void scriptWritesTheVeryBytes() throws IOException, InterruptedException {
    run(HostFiles.in(folder).script());

    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(root.resolve(folder.relativize(file))).hasSameBinaryContentAs(file);
      }
    }
  }

  @Test
  void aLineThatHoldsOnlyACommentIsWrittenAsAnEmptyOne() throws IOException, InterruptedException {
    write(
        "opt/dbt-bastion/bootstrap",
        "#!/bin/bash\n# Why.\n\n  #\techo\u2028none\necho '# \u00e4' # shown\n#\n\techo ready\n");

    run(HostFiles.in(folder).script());

    assertThat(root.resolve(HostFiles.BOOTSTRAP))
        .hasContent("#!/bin/bash\n\n\n\necho '# \u00e4' # shown\n\n\techo ready\n");
    assertThat(permissions(HostFiles.BOOTSTRAP)).isEqualTo("rwxr-xr-x");
  }

  @Test
  void aChangedCommentReplacesNoHost() throws IOException {
    write("opt/dbt-bastion/bootstrap", "#!/bin/bash\n# One reason.\necho ready\n");
    String first = HostFiles.in(folder).script();
    write("opt/dbt-bastion/bootstrap", "#!/bin/bash\n# Another.\necho ready\n");

    assertThat(HostFiles.in(folder).script()).isEqualTo(first);
  }

  @Test
  void onlyScriptsAreExecutable() throws IOException, InterruptedException {
    run(HostFiles.in(folder).script());

    assertThat(permissions("opt/dbt-bastion/bootstrap")).isEqualTo("rwxr-xr-x");
    assertThat(permissions("opt/dbt-bastion/sshd_config")).isEqualTo("rw-r--r--");
  }

  @Test
  void equalFilesGiveAnEqualScript() throws IOException {
    String first = HostFiles.in(folder).script();
    Path bootstrap = folder.resolve(HostFiles.BOOTSTRAP);
    Files.setLastModifiedTime(bootstrap, FileTime.from(Instant.parse("2020-02-02T02:02:02Z")));
    assertThat(bootstrap.toFile().setExecutable(true)).isTrue();
    write("opt/dbt-bastion/.sync-keys.swp", "an editor's");
    write("opt/dbt-bastion/__pycache__/x.pyc", "Python's");

    assertThat(HostFiles.in(folder).script()).isEqualTo(first);
  }

  @Test
  void aChangedByteGivesAnotherScript() throws IOException {
    String first = HostFiles.in(folder).script();
    write("opt/dbt-bastion/bootstrap", "#!/bin/bash\necho Ready\n");

    assertThat(HostFiles.in(folder).script()).isNotEqualTo(first);
  }

  @Test
  void aFileWithoutANewlineAtItsEndIsRefused() throws IOException {
    write("opt/dbt-bastion/cut", "off");

    assertThatThrownBy(() -> HostFiles.in(folder).script())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(folder.resolve("opt/dbt-bastion/cut").toString());
  }

  @Test
  void aFileThatWouldEndItsOwnTextIsRefused() throws IOException {
    write("opt/dbt-bastion/odd", "a\n--- end of file\nrm -rf /\n");

    assertThatThrownBy(() -> HostFiles.in(folder).script())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(folder.resolve("opt/dbt-bastion/odd").toString());
  }

  @Test
  void aMissingFolderIsNamed() {
    assertThatThrownBy(() -> HostFiles.in(folder.resolve("nowhere")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(folder.resolve("nowhere").resolve(HostFiles.BOOTSTRAP).toString())
        .hasMessageContaining("does not exist");
  }

  @Test
  void aLinkIsRefused() throws IOException {
    Files.createSymbolicLink(folder.resolve("opt/link"), Path.of("dbt-bastion"));

    assertThatThrownBy(() -> HostFiles.in(folder))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(folder.resolve("opt/link").toString());
  }

  private String permissions(String name) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(root.resolve(name)));
  }

  private void run(String script) throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("/bin/bash", "-e", "-c", script).inheritIO();
    builder.environment().put("BASTION_ROOT", root.toString());
    Process process = builder.start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }
}
