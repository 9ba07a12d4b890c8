package org.dbtbastion.local.lab.lifecycle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.dbtbastion.local.lab.DbtClient;
import org.dbtbastion.local.lab.HostLab;
import org.dbtbastion.local.lab.Lab;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.local.lab.network.AwsFront;
import org.dbtbastion.local.lab.network.Namespace;
import org.dbtbastion.local.lab.network.Vpc;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Repository;
import org.dbtbastion.standins.ssh.SshKeys;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** Hosts on which steps of the bootstrap fail, and what mends them. */
@HostLab
// The first needs an account without host keys.
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FailingBootstrapIT {

  @TempDir private static Path folder;

  private static Lab lab;

  /** Of the VPC, in no security group. */
  private static Namespace neighbour;

  private static final Duration NEXT_FAILURE = Duration.ofSeconds(90);

  private static final List<String> IMAGE_UNITS =
      List.of("ssh.socket", "sshd.socket", "ssh.service", "sshd.service");

  /**
   * What keeps a step from success.
   *
   * @param step as the bootstrap names it
   * @param cause what is broken
   * @param said what the bootstrap's journal says of it
   * @param breaks is done before the host is switched on
   * @param mends is done while the host waits at the step
   */
  private record Fault(
      String step,
      String cause,
      String said,
      Consumer<BootedHost> breaks,
      Consumer<BootedHost> mends) {

    /** AWS refuses an action, as to a role that has not spread. */
    static Fault denied(String step, String action) {
      return new Fault(
          step,
          action + " is denied",
          "not authorized to perform " + action,
          host -> lab.aws().deny(action),
          host -> lab.aws().allow(action));
    }
  }

  /** In the order of the bootstrap. */
  private static final List<Fault> FAULTS =
      List.of(
          new Fault(
              "stop and mask the image's sshd",
              "the image has a unit of its own by that name",
              "ssh.socket already exists",
              host -> host.write("/etc/systemd/system/ssh.socket", bytes("[Socket]\n")),
              host -> host.ask("rm /etc/systemd/system/ssh.socket")),
          new Fault(
              "create the user",
              "its home is a file",
              "cannot create directory",
              host -> host.write("/home/" + Lab.USER, bytes("")),
              host -> host.ask("rm /home/" + Lab.USER)),
          new Fault(
              "get the host keys",
              "AWS does not answer",
              "Connect timeout",
              host -> lab.vpc().cut(AwsFront.ADDRESS),
              host -> lab.vpc().mend(AwsFront.ADDRESS)),
          new Fault(
              "get the host keys",
              "the stored one is garbage",
              "Load key",
              host -> lab.parameters().putSecret("host-keys/rsa", "garbage"),
              // With the public half, which an earlier host may have stored: all is made anew.
              host -> lab.parameters().deleteAll(List.of("host-keys/rsa", "host-keys/rsa.pub"))),
          new Fault(
              "configure sshd",
              "sshd -t refuses the configuration",
              "Bad configuration option",
              FailingBootstrapIT::letSshdRefuse,
              host -> host.ask("mv /usr/sbin/sshd.good /usr/sbin/sshd")),
          Fault.denied("sync the keys", "GetParametersByPath"),
          new Fault(
              "start sshd and see it answer with the host keys",
              "another program has its port",
              "at step: start sshd",
              FailingBootstrapIT::occupyPort,
              host -> host.ask("systemctl disable --now squatter.service")),
          Fault.denied("claim the Elastic IP", "AssociateAddress"),
          Fault.denied("enter service", "CompleteLifecycleAction"),
          Fault.denied("signal CloudFormation", "SignalResource"));

  @BeforeAll
  static void start() {
    lab = Lab.start(Repository.infra(), folder);
    neighbour = lab.vpc().connect("neighbour", Vpc.JUMBO_MTU, "10.77.0.200");
  }

  @AfterAll
  static void end() {
    if (lab != null) {
      lab.close();
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void letSshdRefuse(BootedHost host) {
    try {
      Files.move(host.file("/usr/sbin/sshd"), host.file("/usr/sbin/sshd.good"));
      host.write(
          "/usr/sbin/sshd",
          bytes(
              """
              #!/bin/bash
              if [[ $* == *-t*/etc/dbt-bastion/sshd_config.new ]]; then
                echo 'Bad configuration option' >&2
                exit 255
              fi
              exec -a "$0" /usr/sbin/sshd.good "$@"
              """));
      Files.setPosixFilePermissions(
          host.file("/usr/sbin/sshd"), PosixFilePermissions.fromString("rwxr-xr-x"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void occupyPort(BootedHost host) {
    String unit = "/etc/systemd/system/squatter.service";
    host.write(
        unit,
        bytes(
            """
            [Service]
            ExecStart=/usr/bin/python3 -c 'import signal, socket; \
            listener = socket.create_server(("", 22)); signal.pause()'
            [Install]
            WantedBy=multi-user.target
            """));
    Command.of(
            "ln",
            "-s",
            unit,
            host.file("/etc/systemd/system/multi-user.target.wants/squatter.service").toString())
        .runOrThrow();
  }

  @Order(1)
  @TestFactory
  Stream<DynamicTest> aHostOnWhichEveryStepFailsWaitsAtEachUntilItIsMended() {
    SshKeys key = lab.newKey();
    lab.parameters().register(key);
    BootedHost host = lab.launch("bastion-a");
    host.override("bootstrap.service", "[Service]\nRestartSec=1\n");
    FAULTS.forEach(fault -> fault.breaks().accept(host));
    host.powerOn();
    return Stream.concat(
        FAULTS.stream()
            .map(
                fault ->
                    DynamicTest.dynamicTest(
                        fault.step() + ": " + fault.cause(), () -> waitsAt(fault, host))),
        Stream.of(
            DynamicTest.dynamicTest("then it is complete", () -> assertCompletes(host, key))));
  }

  private static void waitsAt(Fault fault, BootedHost host) {
    Await.until(
        fault.cause() + ", says the journal",
        NEXT_FAILURE,
        () -> host.journal("bootstrap.service").contains(fault.said()));
    awaitFailure(host, fault.step());
    assertIncomplete(host, fault.step());
    // As it enters service it is ready; only its stack does not know yet.
    assertThat(completedHooks(host))
        .isEqualTo(fault.step().equals("signal CloudFormation") ? 1 : 0);

    // That it tries again by itself, the next step's failure shows, and at the end completion.
    fault.mends().accept(host);
  }

  private static long completedHooks(BootedHost host) {
    return lab.aws().completedHooks().stream()
        .filter(hook -> hook.get("InstanceId").equals(host.id()))
        .count();
  }

  private static void awaitFailure(BootedHost host, String step) {
    String file = "/var/lib/dbt-bastion/bootstrap-failed";
    Await.until(
        "the failure at step: " + step,
        NEXT_FAILURE,
        () -> host.has(file) && host.text(file).equals(step + "\n"));
  }

  private static void assertIncomplete(BootedHost host, String step) {
    Command.Result status = host.run("dbt-bastion status");
    assertThat(status.status()).as("%s", status).isEqualTo(1);
    assertThat(status.output().replaceAll("\\s+", " "))
        .contains("the bootstrap is not complete", "at step: " + step + " ");
    assertThat(host.has("/var/lib/dbt-bastion/bootstrapped")).isFalse();
    assertThat(lab.aws().signals())
        .noneSatisfy(signal -> assertThat(signal).containsEntry("UniqueId", host.id()));
    assertNoSshdButTheHardened(host);
  }

  private static void assertNoSshdButTheHardened(BootedHost host) {
    assertThat(host.run("pgrep -a '^sshd'").output().lines())
        .allSatisfy(process -> assertThat(process).contains(" -f /etc/dbt-bastion/sshd_config"));
    for (String unit : IMAGE_UNITS) {
      assertThat(host.run("systemctl is-active " + unit).output()).isEqualTo("inactive\n");
      assertThat(host.run("journalctl -q -b -o cat _SYSTEMD_UNIT=" + unit).output())
          .as("what %s said before", unit)
          .isEmpty();
    }
    assertThat(scan(lab.dbt(), host)).isSubsetOf(storedHostKeys());
    assertThat(scan(neighbour, host)).isEmpty();
  }

  /** The host keys that an sshd on it offers to somebody there. */
  private static List<String> scan(Namespace from, BootedHost host) {
    return new Command(
            from.command(List.of("ssh-keyscan", "-T", "2", "-t", "ed25519,rsa", host.address())),
            Map.of())
        .run()
        .output()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.substring(line.indexOf(' ') + 1))
        .toList();
  }

  private static List<String> storedHostKeys() {
    return Stream.of("ed25519", "rsa")
        .flatMap(type -> lab.parameters().find("host-keys/" + type + ".pub").stream())
        .map(parameter -> parameter.value())
        .toList();
  }

  /** What user data does by itself only another boot can do again: no unit is there yet. */
  @Order(2)
  @Test
  void aHostThatFailsBeforeItsUnitIsThereIsFinishedByTheNextBoot() {
    SshKeys key = lab.newKey();
    lab.parameters().register(key);
    BootedHost host = lab.launch("bastion-b");
    String wants = "/etc/systemd/system/multi-user.target.wants/dbt-bastion-bootstrap.service";
    host.write("/opt/dbt-bastion", bytes("in the way"));
    host.write("/etc/dbt-bastion", bytes("in the way"));
    host.write(wants + "/file", bytes("in the way"));

    host.powerOn();
    // Where no file can be written nobody can tell why; the group gives such a host up.
    assertThat(host.run("cloud-init status --wait").output()).contains("status: done");
    assertThat(host.run("command -v dbt-bastion").status()).isNotZero();
    assertNoSshdButTheHardened(host);
    host.ask("rm /opt/dbt-bastion");
    host.shutDown();

    host.powerOn();
    awaitFailure(host, "write the settings");
    assertIncomplete(host, "write the settings");
    host.ask("rm /etc/dbt-bastion");
    host.shutDown();

    host.powerOn();
    awaitFailure(host, "hand over to dbt-bastion-bootstrap.service");
    assertIncomplete(host, "hand over to dbt-bastion-bootstrap.service");
    assertThat(completedHooks(host)).isZero();
    host.ask("rm -r " + wants);
    host.shutDown();

    host.powerOn();
    assertCompletes(host, key);
  }

  private static void assertCompletes(BootedHost host, SshKeys key) {
    host.awaitBootstrapped();
    assertThat(host.text("/etc/systemd/system/dbt-bastion-bootstrap.service"))
        .contains("\nRestart=on-failure\nRestartSec=5\n");

    new DbtClient(lab, folder).assertReachesRedshift(key);
    assertThat(scan(lab.dbt(), host)).containsExactlyInAnyOrderElementsOf(storedHostKeys());
    assertThat(host.run("dbt-bastion status").status()).isZero();
    assertThat(host.run("systemctl is-enabled " + String.join(" ", IMAGE_UNITS)).output())
        .isEqualTo("masked\n".repeat(IMAGE_UNITS.size()));
    assertThat(lab.aws().signals())
        .filteredOn(signal -> signal.get("UniqueId").equals(host.id()))
        .singleElement()
        .satisfies(signal -> assertThat(signal).containsEntry("Status", "SUCCESS"));
    assertThat(completedHooks(host)).isEqualTo(1);
  }
}
