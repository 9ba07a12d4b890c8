package org.dbtbastion.infra.bastion;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.dbtbastion.metrics.MetricNames;
import org.junit.jupiter.api.Test;

class BastionFilesTest {

  private static final Path SCRIPTS = Host.FILES.resolve("opt/dbt-bastion");

  private static List<String> scripts(String interpreter) throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(SCRIPTS)) {
      for (Path file : files.toList()) {
        if (Files.readString(file).startsWith("#!" + interpreter)) {
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
                '"' + MetricNames.KEYS + '"',
                '"' + MetricNames.SKIPPED_KEYS + '"',
                '"' + MetricNames.SYNC_AGE + '"'));
  }

  @Test
  void bashScriptsPassShellcheck() throws IOException {
    List<String> words = new ArrayList<>(List.of("shellcheck", "--norc"));
    words.addAll(scripts("/bin/bash"));

    assertThat(words).hasSizeGreaterThan(5);
    assertThat(new Command(words, Map.of()).run().output()).isEmpty();
  }

  @Test
  void bashScriptsAreStrictAndNameTheLineThatFails() throws IOException {
    assertThat(scripts("/bin/bash"))
        .allSatisfy(
            script ->
                assertThat(Files.readString(Path.of(script)))
                    .contains("set -Eeuo pipefail", "$LINENO", "' ERR")
                    .endsWith("\nmain \"$@\"\n"));
  }

  @Test
  void pythonCompilesWithoutWarnings() throws IOException {
    List<String> files = new ArrayList<>(scripts("/usr/bin/env python3"));
    try (Stream<Path> modules = Files.list(SCRIPTS)) {
      modules.map(Path::toString).filter(file -> file.endsWith(".py")).forEach(files::add);
    }
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

    assertThat(files).hasSize(4);
    assertThat(new Command(words, Map.of()).run())
        .extracting(Command.Result::status, Command.Result::errors)
        .containsExactly(0, "");
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
        .contains("StartLimitIntervalSec=0\n", "Restart=on-failure\n", "RestartSec=15\n")
        .contains(
            """
            ExecStart=/opt/dbt-bastion/bootstrap by-unit
            # A host that does not get ready must be able to end, and show why.
            ExecStopPost=-/usr/bin/systemctl start --no-block dbt-bastion-sync.service
            """)
        .contains("WantedBy=multi-user.target\n");
  }

  @Test
  void drainsAndShipsLogsWhateverBecameOfTheSync() throws IOException {
    assertThat(Files.readString(Host.FILES.resolve("etc/systemd/system/dbt-bastion-sync.service")))
        .contains(
            """
            ExecStart=-/opt/dbt-bastion/claim-address
            ExecStart=/opt/dbt-bastion/sync-keys
            """)
        .contains(
            """
            ExecStopPost=-/opt/dbt-bastion/drain
            ExecStopPost=-/opt/dbt-bastion/ship-logs
            """)
        .contains("NoNewPrivileges=yes\n", "PrivateTmp=yes\n", "ProtectSystem=strict\n")
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
