package org.dbtbastion.local.lab;

import java.time.Duration;
import org.dbtbastion.local.lab.machine.BootedHost;
import org.dbtbastion.local.lab.network.Vpc;
import org.dbtbastion.standins.process.Await;

/**
 * A second sshd on a bastion, with OpenSSH's defaults, for comparison: with the same host keys,
 * user and keys, on a port that dbt reaches too. Needs root.
 */
public final class DefaultSshdUnit implements AutoCloseable {

  /** Where it listens, on the host's own address. */
  public static final int PORT = 2222;

  /** Its systemd unit. */
  public static final String UNIT = "default-sshd.service";

  // Debian's own file turns on PAM and more; an empty one leaves all as OpenSSH has it.
  private static final String ARGUMENTS =
      "-f /dev/null -p %d -h %2$s/ssh_host_ed25519_key -h %2$s/ssh_host_rsa_key"
          .formatted(PORT, "/etc/dbt-bastion");

  private final Vpc vpc;
  private final BootedHost host;

  private DefaultSshdUnit(Vpc vpc, BootedHost host) {
    this.vpc = vpc;
    this.host = host;
  }

  /** Starts it, and returns once it listens. */
  public static DefaultSshdUnit start(Lab lab, BootedHost host) {
    DefaultSshdUnit sshd = new DefaultSshdUnit(lab.vpc(), host);
    try {
      host.ask("systemd-run --quiet --collect --unit=%s %s".formatted(UNIT, command("-D -e")));
      lab.vpc().openPort(PORT);
      Await.until(
          UNIT + " listens",
          Duration.ofSeconds(10),
          () -> !host.ask("ss -ltnH sport = :" + PORT).isEmpty());
      return sshd;
    } catch (RuntimeException e) {
      sshd.close();
      throw e;
    }
  }

  private static String command(String mode) {
    return "/usr/sbin/sshd %s %s".formatted(mode, ARGUMENTS);
  }

  /** What it says of its settings, as {@code sshd -T} does. */
  public String settings() {
    return host.ask(command("-T"));
  }

  /** Ends it and its tunnels. */
  @Override
  public void close() {
    vpc.closePort(PORT);
    host.run("systemctl stop " + UNIT);
  }
}
