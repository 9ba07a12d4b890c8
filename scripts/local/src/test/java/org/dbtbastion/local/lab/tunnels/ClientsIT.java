package org.dbtbastion.local.lab.tunnels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.jcraft.jsch.JSch;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dbtbastion.check.Ssh;
import org.dbtbastion.deployment.SshIdentity;
import org.dbtbastion.local.client.DbtJobs;
import org.dbtbastion.local.client.RedshiftDriver;
import org.dbtbastion.local.lab.DbtClient;
import org.dbtbastion.local.lab.DefaultSshdUnit;
import org.dbtbastion.local.lab.HostLab;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.Tunnel;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.local.lab.network.Namespace;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
import org.dbtbastion.tunnel.JschSsh;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What SSH clients find: dbt's own is not public, so others stand in for it, each with a query of
 * the real Redshift driver; and an auditor, who looks for what no client should be offered.
 */
@HostLab
class ClientsIT {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int SSH_PORT = 22;

  // Debian's; another one may come first in PATH.
  private static final String PYTHON = "/usr/bin/python3";

  private static final List<Reviewed> REVIEWED =
      List.of(
          new Reviewed(
              "kex-strict-s-v00@openssh\\.com",
              "unknown algorithm",
              "No algorithm: by this name a server says that it is not open to Terrapin."),
          new Reviewed(
              "sntrup761x25519-sha512|mlkem768x25519-sha256",
              "unknown algorithm",
              "Post-quantum key exchanges of OpenSSH that are newer than some ssh-audits."),
          new Reviewed(
              "sntrup761x25519-sha512@openssh\\.com",
              "using experimental algorithm",
              "X25519 is in it: should the other half be broken, it is as good as that alone."),
          new Reviewed(
              "hmac-sha2-(256|512)",
              "using encrypt-and-MAC mode",
              "dbt's client library is not public, and older ones know no other; encrypt-then-MAC"
                  + " comes first, and AES-GCM, which needs neither, before all."),
          new Reviewed(
              "curve25519-sha256(@libssh\\.org)?|diffie-hellman-group1[468]-sha(256|512)",
              "does not provide protection against post-quantum attacks",
              "What clients have that know no post-quantum exchange; others agree on one."),
          new Reviewed(
              "diffie-hellman-group14-sha256",
              "2048-bit modulus only provides 112-bits of symmetric strength",
              "Clients without X25519, as those in FIPS mode, may know no other."));

  @TempDir private static Path folder;

  private static final List<String> TYPES =
      List.of("rsa 4096", "rsa 2048", "ed25519 256", "ecdsa 256", "ecdsa 384", "ecdsa 521");

  private static Lab lab;
  private static BootedHost bastion;
  private static DbtClient dbt;

  @BeforeAll
  static void boot() {
    lab = Lab.start(Repository.infra(), folder);
    bastion = lab.launch("bastion-a").powerOn().awaitBootstrapped();
    dbt = new DbtClient(lab, folder);
    // With a comment: Paramiko cannot read an ECDSA key without one if it happens to need no
    // padding.
    for (String type : TYPES) {
      String[] words = type.split(" ");
      lab.parameters()
          .register(
              SshKeys.generate(
                  folder, type, words[0], OptionalInt.of(Integer.parseInt(words[1])), "dbt"));
    }
    bastion.ask("/opt/dbt-bastion/sync-keys");
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      lab.close();
    }
  }

  private static SshKeys key(String type) {
    return new SshKeys(folder.resolve(type), folder.resolve(type + ".pub"));
  }

  private static void assertQueryPasses(RedshiftDriver.Dialer dialer) throws SQLException {
    try (Connection session = RedshiftDriver.connect(lab.warehouse(), dialer, PATIENCE, "dbt");
        Statement statement = session.createStatement();
        ResultSet rows = statement.executeQuery("select 1 as id")) {
      rows.next();
      assertThat(rows.getInt(1)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rsa 4096, PubkeyAcceptedAlgorithms=rsa-sha2-256",
        "rsa 4096, PubkeyAcceptedAlgorithms=rsa-sha2-512",
        "rsa 2048",
        "ed25519 256",
        "ecdsa 256",
        "ecdsa 384",
        "ecdsa 521",
        // Host keys.
        "rsa 4096, HostKeyAlgorithms=rsa-sha2-256",
        "rsa 4096, HostKeyAlgorithms=rsa-sha2-512",
        "rsa 4096, HostKeyAlgorithms=ssh-ed25519",
        // Older clients, with the least that they have in common with the bastion.
        "rsa 4096, KexAlgorithms=diffie-hellman-group14-sha256 Ciphers=aes128-ctr MACs=hmac-sha2-256",
        "rsa 4096, KexAlgorithms=curve25519-sha256@libssh.org Ciphers=aes256-ctr MACs=hmac-sha2-512"
      })
  void letsOpenSshsClientQuery(String client) throws SQLException {
    String[] parts = client.split(", ");
    List<String> options = new ArrayList<>();
    for (int i = 1; i < parts.length; i++) {
      Stream.of(parts[i].split(" ")).forEach(option -> options.addAll(List.of("-o", option)));
    }

    try (Tunnel tunnel = dbt.forward(Lab.DBT, key(parts[0]), options.toArray(String[]::new))) {
      assertQueryPasses(tunnel::dial);
    }
  }

  /** The client of the connection check, which is JSch. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "rsa 4096, rsa-sha2-256",
        "rsa 4096, rsa-sha2-512",
        "ed25519 256, ssh-ed25519",
        "ecdsa 256, ecdsa-sha2-nistp256"
      })
  void letsJschQuery(String client) throws Exception {
    String[] parts = client.split(", ");
    String accepted = JSch.getConfig("PubkeyAcceptedAlgorithms");
    JSch.setConfig("PubkeyAcceptedAlgorithms", parts[1]);
    try (Ssh.Handshake handshake =
        new JschSsh()
            .begin(
                lab.dbt().dial(Lab.ELASTIC_IP, SSH_PORT),
                Lab.USER,
                DbtJobs.pins(lab.hostKeys()),
                Optional.of(new SshIdentity(key(parts[0]).privateKeyText())))) {
      passed(handshake.hostKey());
      Ssh.Tunnel tunnel = passed(handshake.authentication());

      assertQueryPasses(() -> passed(tunnel.forward(Lab.REDSHIFT, Lab.REDSHIFT_PORT)));
    } finally {
      JSch.setConfig("PubkeyAcceptedAlgorithms", accepted);
    }
  }

  private static <T> T passed(Attempt<T> attempt) {
    assertThat(attempt).isInstanceOf(Attempt.Passed.class);
    return ((Attempt.Passed<T>) attempt).value();
  }

  /** Python's client, but for the algorithm that is named after the key. */
  @ParameterizedTest
  @ValueSource(
      strings = {"rsa 4096, rsa-sha2-512", "rsa 4096, rsa-sha2-256", "ed25519 256", "ecdsa 256"})
  void letsParamikoQuery(String client) throws IOException, SQLException {
    assumeTrue(
        Command.of(PYTHON, "-c", "import paramiko").succeeds(), "python3-paramiko is missing");
    String[] parts = client.split(", ");
    int port = FreePort.find();
    List<String> words =
        new ArrayList<>(
            List.of(
                PYTHON,
                resource("paramiko_tunnel.py").toString(),
                Lab.ELASTIC_IP,
                Lab.USER,
                key(parts[0]).privateKey().toString(),
                dbt.knownHosts().toString(),
                Integer.toString(port),
                Lab.REDSHIFT,
                Integer.toString(Lab.REDSHIFT_PORT)));
    words.addAll(List.of(parts).subList(1, parts.length));
    try (ChildProcess tunnel =
        ChildProcess.of("Paramiko", folder.resolve("paramiko.log"), lab.dbt().command(words))
            .start()) {
      tunnel.awaitReady("it listens", PATIENCE, () -> listens(lab.dbt(), port));

      assertQueryPasses(() -> lab.dbt().dial("127.0.0.1", port));

      assertThat(tunnel.awaitExit(PATIENCE)).as(tunnel.outputTail()).isZero();
    }
  }

  private static Path resource(String name) {
    try {
      return Path.of(ClientsIT.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean listens(Namespace network, int port) {
    return !network.run("ss", "-Hltn", "sport = :" + port).isEmpty();
  }

  /**
   * A warning that was looked at.
   *
   * @param algorithms those that it concerns, as a regular expression
   * @param message what ssh-audit says of them
   * @param reason why they stay
   */
  private record Reviewed(String algorithms, String message, String reason) {
    boolean covers(Finding finding) {
      return finding.level().equals("warn")
          && finding.algorithm().matches(algorithms)
          && finding.message().equals(message);
    }
  }

  @Test
  void offersNothingThatAnAuditorWouldFailAndNoWeaknessWithoutAReason() {
    assertThat(Finding.on(lab.dbt(), Lab.ELASTIC_IP, SSH_PORT))
        .allSatisfy(
            finding ->
                assertThat(REVIEWED)
                    .as("reviewed: %s", finding)
                    .anyMatch(reviewed -> reviewed.covers(finding)));
  }

  /** So that the auditor is seen to find something. */
  @Test
  void offersLessThanSshdsDefaultsOfWhichAnAuditorFailsSome() {
    try (DefaultSshdUnit _ = DefaultSshdUnit.start(lab, bastion)) {
      assertThat(Finding.on(lab.dbt(), Lab.ELASTIC_IP, DefaultSshdUnit.PORT))
          .anyMatch(finding -> finding.level().equals("fail"))
          .anyMatch(finding -> REVIEWED.stream().noneMatch(reviewed -> reviewed.covers(finding)));
    }
  }

  /** What ssh-audit has to say about one algorithm. */
  private record Finding(String level, String algorithm, String message) {

    private static final Pattern LINE =
        Pattern.compile("(?m)^\\(\\w+\\) (\\S+).* -- \\[(warn|fail)\\] (.*)$");

    /** All those on the server at this address and port. */
    static List<Finding> on(Namespace from, String address, int port) {
      Command.Result audit =
          new Command(
                  from.command(
                      List.of(
                          "ssh-audit",
                          "--batch",
                          "--no-colors",
                          "--level=warn",
                          "--port=" + port,
                          address)),
                  Map.of())
              .run();
      List<Finding> findings =
          LINE.matcher(audit.output())
              .results()
              .map(line -> new Finding(line.group(2), line.group(1), line.group(3)))
              .toList();
      assertThat(findings).as("%s", audit).isNotEmpty();
      return findings;
    }
  }
}
