package org.dbtbastion.infra.bastion;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dbtbastion.metrics.MetricNames;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.ssh.PrivilegeSeparationFolder;
import org.dbtbastion.standins.ssh.SshKeys;
import org.dbtbastion.standins.ssh.Sshd;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BastionFilesTest {

  private static final Path SCRIPTS = Host.FILES.resolve("opt/dbt-bastion");

  private static List<String> sources(Kind kind) throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.walk(Host.FILES)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (!file.getFileName().toString().endsWith(".pyc") && Kind.of(file) == kind) {
          found.add(file.toString());
        }
      }
    }
    return found;
  }

  @Test
  void hostsCallTheirMetricsWhatAlarmsCallThem() throws IOException {
    assertThat(SCRIPTS.resolve("ship-logs"))
        .content()
        .contains('"' + MetricNames.namespace("{name}") + '"')
        .contains(
            List.of(
                '"' + MetricNames.TUNNELS + '"',
                '"' + MetricNames.TUNNEL_LOAD + '"',
                '"' + MetricNames.KEYS + '"',
                '"' + MetricNames.SKIPPED_KEYS + '"',
                '"' + MetricNames.SYNC_AGE + '"'));
  }

  @Test
  void bashScriptsPassShellcheck() throws IOException {
    List<String> words = new ArrayList<>(List.of("shellcheck", "--norc"));
    words.addAll(sources(Kind.BASH));

    assertThat(words).hasSizeGreaterThan(5);
    assertThat(new Command(words, Map.of()).run().output()).isEmpty();
  }

  @Test
  void bashScriptsAreStrictAndNameTheLineThatFails() throws IOException {
    assertThat(sources(Kind.BASH))
        .allSatisfy(
            script ->
                assertThat(Files.readString(Path.of(script)))
                    .contains("set -Eeuo pipefail", "$LINENO", "' ERR")
                    .endsWith("\nmain \"$@\"\n"));
  }

  @Test
  void pythonCompilesWithoutWarnings() throws IOException {
    List<String> files = sources(Kind.PYTHON);
    List<String> words =
        new ArrayList<>(
            List.of(
                "python3",
                "-W",
                "error",
                "-c",
                "import ast, pathlib, sys\n"
                    + "for name in sys.argv[1:]:\n"
                    + "    text = pathlib.Path(name).read_text()\n"
                    + "    ast.parse(text, name, feature_version=(3, 9))\n"
                    + "    compile(text, name, 'exec')\n"));
    words.addAll(files);

    assertThat(files).hasSize(7);
    assertThat(new Command(words, Map.of()).run())
        .extracting(Command.Result::status, Command.Result::errors)
        .containsExactly(0, "");
  }

  /** The files by what reads them. Every file is one of these. */
  private enum Kind {
    BASH,
    PYTHON,
    UNIT,
    SSHD_CONFIG;

    static Kind of(Path file) throws IOException {
      String text = Files.readString(file);
      String name = file.getFileName().toString();
      if (text.startsWith("#!/bin/bash\n")) {
        return BASH;
      }
      if (text.startsWith("#!/usr/bin/env python3\n") || name.endsWith(".py")) {
        return PYTHON;
      }
      if (name.equals("sshd_config")) {
        return SSHD_CONFIG;
      }
      assertThat(file.getParent()).endsWithRaw(Path.of("etc/systemd/system"));
      return UNIT;
    }
  }

  private static String said(String... words) {
    Command.Result result = Command.of(words).run();
    assertThat(result.status()).as("%s", result).isEqualTo(0);
    assertThat(result.output()).isNotBlank();
    return result.output();
  }

  /** What the program that reads a file takes from it. */
  private static String meaning(Path file, Path hostKey) throws IOException {
    return switch (Kind.of(file)) {
      // bash prints a function as it has understood it, here-documents included.
      case BASH ->
          said("bash", "-c", "eval \"f() {\n$(<\"$0\")\n}\" && declare -f f", file.toString());
      case PYTHON ->
          said(
              "python3",
              "-c",
              "import ast, sys; print(ast.dump(ast.parse(open(sys.argv[1]).read())))",
              file.toString());
      case SSHD_CONFIG ->
          said(Sshd.program().toString(), "-T", "-f", file.toString(), "-h", hostKey.toString());
      case UNIT -> {
        List<String> lines = Files.readAllLines(file);
        // Source: systemd.syntax(7). A line that is not continued and begins with # is a comment.
        assertThat(lines).noneMatch(line -> line.endsWith("\\"));
        yield lines.stream()
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .collect(Collectors.joining("\n"));
      }
    };
  }

  @Test
  void hostsGetTheSameWithoutTheComments(@TempDir Path folder) throws IOException {
    Path host = folder.resolve("host");
    Host.install(host);
    Path hostKey = SshKeys.generate(folder, "key", "ed25519", OptionalInt.of(256), "").privateKey();
    Set<Kind> kinds = EnumSet.noneOf(Kind.class);
    try (Stream<Path> files = Files.walk(host);
        PrivilegeSeparationFolder _ = PrivilegeSeparationFolder.acquire()) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path source = Host.FILES.resolve(host.relativize(file));
        kinds.add(Kind.of(source));
        assertThat(file)
            .content()
            .doesNotContainPattern("(?m)^\\s*#[^!]")
            .hasLineCount((int) Files.readString(source).lines().count());
        assertThat(meaning(file, hostKey)).as("%s", source).isEqualTo(meaning(source, hostKey));
      }
    }
    assertThat(kinds).containsExactlyInAnyOrder(Kind.values());
  }

  @Test
  void everySshdDirectiveHasAReasonAboveIt() throws IOException {
    List<String> lines = Files.readAllLines(SCRIPTS.resolve("sshd_config"));

    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (!line.isEmpty() && !line.startsWith("#")) {
        assertThat(lines.get(i - 1)).as(line).startsWith("# ");
        assertThat(line).doesNotStartWithIgnoringCase("DisableForwarding");
        assertThat(line).doesNotContainPattern("(?i)^(Include|Match|Subsystem) ");
      }
    }
  }

  @Test
  void oneUnitRunsTheBootstrapUntilItSucceeds() throws IOException {
    String unit =
        Files.readString(Host.FILES.resolve("etc/systemd/system/dbt-bastion-bootstrap.service"));
    assertThat(unit)
        .contains("ConditionPathExists=!/var/lib/dbt-bastion/bootstrapped\n")
        .contains("StartLimitIntervalSec=0\n", "Restart=on-failure\n", "RestartSec=5\n")
        .contains(
            """
            ExecStart=/opt/dbt-bastion/bootstrap by-unit
            # A host that does not get ready must be able to end, and show why.
            ExecStopPost=-/usr/bin/systemctl start --no-block dbt-bastion-sync.service
            """)
        .contains("WantedBy=multi-user.target\n");
  }

  /** In its unit nothing may need fork(2), which fails there once all tunnels are taken. */
  @Test
  void sshdStartsWithTheLimitsSetByAnotherUnit() throws IOException {
    Path units = Host.FILES.resolve("etc/systemd/system");
    assertThat(Files.readString(units.resolve("dbt-bastion-sshd.service")))
        .contains("After=network-online.target dbt-bastion-limits.service\n")
        .contains("Wants=network-online.target dbt-bastion-limits.service\n")
        .containsOnlyOnce("ExecStartPre=")
        .contains("ExecStartPre=/usr/sbin/sshd -t -f /etc/dbt-bastion/sshd_config\n");
    assertThat(Files.readString(units.resolve("dbt-bastion-limits.service")))
        .contains("ExecStart=-/opt/dbt-bastion/limit-mtu\n")
        .contains("ExecStart=-/opt/dbt-bastion/limit-tunnels\n");
  }

  @Test
  void drainsAndShipsLogsWhateverBecameOfTheSync() throws IOException {
    assertThat(Files.readString(Host.FILES.resolve("etc/systemd/system/dbt-bastion-sync.service")))
        .contains(
            """
            ExecStartPre=-+/opt/dbt-bastion/limit-mtu
            # A rollback may have left the address to nobody.
            ExecStart=-/opt/dbt-bastion/claim-address
            ExecStart=/opt/dbt-bastion/sync-keys --record-use
            """)
        .contains(
            """
            ExecStopPost=-/opt/dbt-bastion/drain
            ExecStopPost=-/opt/dbt-bastion/ship-logs
            """)
        .contains("NoNewPrivileges=yes\n", "ProtectSystem=strict\n")
        .contains("ReadWritePaths=/home /var/lib/dbt-bastion\n")
        // The drain asks the instance metadata.
        .doesNotContain("IPAddressDeny");
  }

  @Test
  void sshdMayNotWriteNorReachTheInstanceMetadata() throws IOException {
    assertThat(Files.readString(Host.FILES.resolve("etc/systemd/system/dbt-bastion-sshd.service")))
        .contains("ProtectSystem=strict", "IPAddressDeny=169.254.169.254 ")
        .contains("/usr/sbin/sshd -D -e -f /etc/dbt-bastion/sshd_config\n")
        .contains("KillMode=process", "OOMPolicy=continue", "Restart=always")
        .doesNotContain("ReadWritePaths");
  }
}
