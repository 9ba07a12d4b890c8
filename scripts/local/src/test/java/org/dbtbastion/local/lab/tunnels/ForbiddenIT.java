package org.dbtbastion.local.lab.tunnels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dbtbastion.local.lab.DbtClient;
import org.dbtbastion.local.lab.HostLab;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.Tunnel;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.local.lab.network.AwsFront;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.Attempt;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A bastion under attack: by strangers, by who holds a key, and by who has broken into sshd. */
@HostLab
class ForbiddenIT {

  private static final int SSH_PORT = 22;
  private static final String ALLOWED = Lab.REDSHIFT + ":" + Lab.REDSHIFT_PORT;

  // Where the warehouse's host listens too.
  private static final int OTHER_PORT = Lab.REDSHIFT_PORT + 1;

  private static final int LAST_PORT = 65_535;
  private static final int SWEPT_AT_ONCE = 2048;

  /** Source: timeout(1). */
  private static final int TIMED_OUT = 124;

  /** Source: curl(1). */
  private static final int CURL_TIMED_OUT = 28;

  // What sshd's unit is and does, not what it may. The user is another.
  private static final String NO_SANDBOX =
      "(Description|After|Wants|WantedBy|StartLimit\\w+|Type|Exec\\w+|Restart|RestartSec"
          + "|RuntimeDirectory|KillMode)=.*";

  @TempDir private static Path folder;

  private static Lab lab;
  private static BootedHost bastion;
  private static DbtClient dbt;
  private static SshKeys key;

  @BeforeAll
  static void boot() {
    lab = Lab.start(Repository.infra(), folder);
    bastion = lab.launch("bastion-a").powerOn().awaitBootstrapped();
    dbt = new DbtClient(lab, folder);
    key = SshKeys.ed25519(folder, "key");
    lab.parameters().register(key);
    bastion.ask("/opt/dbt-bastion/sync-keys");
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      lab.close();
    }
  }

  @BeforeEach
  void allowedForwardWorks() {
    dbt.assertReachesRedshift(key);
  }

  static Stream<Attempt> attempts() {
    return Stream.of(
            Attempt.at(Lab.USER, ALLOWED),
            Stream.concat(
                    Attempt.loopback(SSH_PORT),
                    Stream.of(
                        Lab.REDSHIFT_ADDRESS + ":" + Lab.REDSHIFT_PORT,
                        Lab.REDSHIFT + ".:" + Lab.REDSHIFT_PORT,
                        Lab.REDSHIFT.toUpperCase(Locale.ROOT) + ":" + Lab.REDSHIFT_PORT,
                        AwsFront.ADDRESS + ":443",
                        Lab.ELASTIC_IP + ":" + SSH_PORT,
                        Lab.DBT + ":" + SSH_PORT))
                .map(Attempt::forwarding))
        .flatMap(some -> some);
  }

  @ParameterizedTest
  @MethodSource("attempts")
  void refuses(Attempt attempt) {
    attempt.assertRefusedBy(new Attacked());
  }

  private static final class Attacked implements Attempt.Bastion {

    @Override
    public String user() {
      return Lab.USER;
    }

    @Override
    public SshKeys key() {
      return key;
    }

    @Override
    public Command ssh(String user, SshKeys key, String... options) {
      return dbt.ssh(Lab.DBT, user, key, options);
    }

    @Override
    public Socket dial(int port) throws IOException {
      return lab.dbt().dial("127.0.0.1", port);
    }

    @Override
    public String log() {
      return bastion.journal("sshd");
    }

    @Override
    public Path folder() {
      return folder;
    }
  }

  /** From an address of dbt's, or a stranger's: the bastion's ports that answer, if only "no". */
  private static Set<Integer> answering(String from) throws IOException {
    Set<Integer> answering = new TreeSet<>();
    for (int first = 1; first <= LAST_PORT; first += SWEPT_AT_ONCE) {
      answering.addAll(answering(from, first, Math.min(first + SWEPT_AT_ONCE - 1, LAST_PORT)));
    }
    return answering;
  }

  private static Set<Integer> answering(String from, int first, int last) throws IOException {
    List<SocketChannel> channels = new ArrayList<>();
    Set<Integer> answering = new TreeSet<>();
    try (Selector selector = Selector.open()) {
      for (int port = first; port <= last; port++) {
        SocketChannel channel = lab.dbt().socket();
        channels.add(channel);
        channel.bind(new InetSocketAddress(from, 0));
        channel.configureBlocking(false);
        channel.connect(new InetSocketAddress(Lab.ELASTIC_IP, port));
        channel.register(selector, SelectionKey.OP_CONNECT, port);
      }
      // It goes the same way as what the others wait for, and comes after it.
      lab.dbt().dial(Lab.ELASTIC_IP, SSH_PORT).close();
      selector.selectNow(key -> answering.add((Integer) key.attachment()));
      return answering;
    } finally {
      for (SocketChannel channel : channels) {
        channel.close();
      }
    }
  }

  @Test
  void answersDbtOnOnePortAndStrangersOnNone() throws IOException {
    // Where nobody listens, a host without a filter says "no".
    assertThat(bastion.run("true >/dev/tcp/127.0.0.1/1").errors()).contains("refused");

    assertThat(answering(Lab.DBT)).containsExactly(SSH_PORT);
    assertThat(answering(Lab.STRANGER)).isEmpty();
  }

  @Test
  void timesOutForAStranger() {
    Command.Result result = dbt.ssh(Lab.STRANGER, Lab.USER, key, "-N").run();

    assertThat(result.status()).isEqualTo(255);
    assertThat(result.errors()).contains("timed out");
  }

  @Test
  void reachesNoOtherPortOfTheWarehousesHostEvenAsRoot() throws IOException {
    try (ServerSocketChannel other = lab.redshift().serverSocket()) {
      other.bind(new InetSocketAddress(Lab.REDSHIFT_ADDRESS, OTHER_PORT));
      lab.redshift().dial(Lab.REDSHIFT_ADDRESS, OTHER_PORT).close();

      assertThat(bastion.run(connect(Lab.REDSHIFT_ADDRESS, Lab.REDSHIFT_PORT)).status()).isZero();
      assertThat(bastion.run(connect(Lab.REDSHIFT_ADDRESS, OTHER_PORT)).status())
          .isEqualTo(TIMED_OUT);
      Attempt.forwarding(Lab.REDSHIFT + ":" + OTHER_PORT).assertRefusedBy(new Attacked());
    }
  }

  private static String connect(String address, int port) {
    return "timeout 2 bash -c 'true >/dev/tcp/%s/%d'".formatted(address, port);
  }

  /** The words of a shell command that runs as the user, but outside of sshd's unit. */
  private static String asUser(String command) {
    return "setpriv --reuid=%1$s --regid=%1$s --clear-groups env HOME=/home/%1$s bash -c '%2$s'"
        .formatted(Lab.USER, command);
  }

  /** The same where the processes of tunnels are: with all that sshd's unit takes from them. */
  private static String asBrokenIn(String command) {
    String sandbox =
        bastion
            .text("/etc/systemd/system/dbt-bastion-sshd.service")
            .lines()
            .filter(line -> line.matches("[A-Z]\\w+=.*"))
            .filter(line -> !line.matches(NO_SANDBOX))
            .map(line -> "-p '" + line + "'")
            .collect(Collectors.joining(" "));
    return "systemd-run --quiet --pipe --wait --uid=%s %s bash -c '%s'"
        .formatted(Lab.USER, sandbox, command);
  }

  @Test
  void keepsTunnelsInTheUnitsSandbox() {
    try (Tunnel tunnel = dbt.forward(Lab.DBT, key)) {
      assertThat(tunnel.client().alive()).isTrue();

      String status =
          bastion.ask("cat /proc/$(pgrep -u %s sshd)/{status,cgroup}".formatted(Lab.USER));

      assertThat(status)
          .containsPattern("\nNoNewPrivs:\t1\n")
          .containsPattern("\nSeccomp:\t2\n")
          .containsPattern("\nCapEff:\t0+\n")
          .contains("/dbt-bastion-sshd.service");
    }
  }

  @Test
  void leavesWhoBreaksInNothingToWrite() {
    String find =
        "find / -path /proc -prune -o -writable ( -type f -o -type d ) -print 2>/dev/null"
            .replace("(", "\\(")
            .replace(")", "\\)");
    String keys = "/home/" + Lab.USER + "/.ssh/authorized_keys";
    assertThat(bastion.run(asUser(find)).output().lines()).contains(keys);

    assertThat(bastion.run(asBrokenIn(find)).output()).isEmpty();
    assertThat(bastion.run(asBrokenIn("echo >>" + keys)).errors())
        .contains("Read-only file system");
  }

  @Test
  void letsNobodyWhoBreaksInBecomeRoot() {
    bastion.ask("install -m 4755 /usr/bin/id /usr/local/bin/setuid-id");
    assertThat(bastion.ask(asUser("setuid-id -u"))).isEqualTo("0\n");
    assertThat(bastion.ask(asUser("unshare --user --map-root-user id -u"))).isEqualTo("0\n");

    assertThat(bastion.ask(asBrokenIn("setuid-id -u"))).isNotEqualTo("0\n");
    assertThat(bastion.run(asBrokenIn("unshare --user --map-root-user id -u")).errors())
        .contains("Operation not permitted");
    assertThat(bastion.run(asBrokenIn("cp /usr/bin/id /tmp/id")).errors())
        .contains("Read-only file system");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/etc/dbt-bastion/ssh_host_ed25519_key",
        "/etc/dbt-bastion/ssh_host_rsa_key",
        "/var/lib/cloud/instance/user-data.txt",
        "/var/lib/dbt-bastion/last-sync.json"
      })
  void keepsWhatIsRootsFromWhoBreaksIn(String file) {
    assertThat(bastion.run("test -s " + file).status()).isZero();

    assertThat(bastion.run(asBrokenIn("cat " + file)).errors()).contains("Permission denied");
  }

  @Test
  void keepsTheHostsRoleFromWhoBreaksIn() {
    String token =
        "curl -s -m 3 -X PUT -H X-aws-ec2-metadata-token-ttl-seconds:60"
            + " http://%s/latest/api/token".formatted(AwsFront.METADATA_ADDRESS);
    assertThat(bastion.ask(asUser(token))).isNotEmpty();
    assertThat(bastion.ask("systemctl show -p IPAddressDeny --value dbt-bastion-sshd"))
        .contains(AwsFront.METADATA_ADDRESS);
    assumeTrue(
        bastion.run("systemd-run --quiet --pipe --wait -p IPAddressDeny=any " + token).status()
            != 0,
        "the machine's root has no BPF, so systemd filters no packets");

    assertThat(bastion.run(asBrokenIn(token)).status()).isEqualTo(CURL_TIMED_OUT);
  }
}
