package org.dbtbastion.infra.lab;

import java.time.Duration;
import org.dbtbastion.testing.Await;

/**
 * A second sshd on a bastion, as Debian configures it, for comparison: with the same host keys,
 * user and keys, on a port that dbt reaches too. Needs root.
 */
final class DefaultSshd implements AutoCloseable {

  static final int PORT = 2222;

  /** Its systemd unit. */
  static final String UNIT = "default-sshd.service";

  private final BootedHost host;

  private DefaultSshd(BootedHost host) {
    this.host = host;
  }

  /** Starts it. From then on no other host may be launched, which would close its port again. */
  static DefaultSshd start(Lab lab, BootedHost host) {
    host.ask(
        "systemd-run --quiet --collect --unit="
            + UNIT
            + " /usr/sbin/sshd -D -e -p "
            + PORT
            + " -h /etc/dbt-bastion/ssh_host_ed25519_key -h /etc/dbt-bastion/ssh_host_rsa_key");
    // In front of the security groups.
    lab.vpc().router().run("nft", "insert rule ip vpc forward tcp dport %d accept".formatted(PORT));
    Await.until(
        UNIT + " listens",
        Duration.ofSeconds(10),
        () -> !host.ask("ss -ltnH sport = :" + PORT).isEmpty());
    return new DefaultSshd(host);
  }

  /** What it says of its settings, as {@code sshd -T} does. */
  String settings() {
    return host.ask("/usr/sbin/sshd -T -p " + PORT);
  }

  /** Ends it and its tunnels. */
  @Override
  public void close() {
    host.run("systemctl stop " + UNIT);
  }
}
