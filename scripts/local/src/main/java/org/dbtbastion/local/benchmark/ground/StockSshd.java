package org.dbtbastion.local.benchmark.ground;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.dbtbastion.local.sandbox.BastionMachine;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.ssh.Sshd;

/**
 * A second sshd beside the bastion's, with the same host keys and the same users' keys, and all
 * else as OpenSSH has it.
 */
public final class StockSshd {

  private StockSshd() {}

  public static Sshd start(BastionMachine machine, Path folder) throws IOException {
    int port = FreePort.find();
    Path keys = machine.root().resolve("etc/dbt-bastion");
    Path configuration =
        Files.writeString(
            folder.resolve("default_sshd_config"),
            """
            ListenAddress %s
            Port %d
            HostKey "%3$s/ssh_host_ed25519_key"
            HostKey "%3$s/ssh_host_rsa_key"
            AuthorizedKeysFile "%4$s"
            # What a machine of several needs, and the bastion's has here too.
            StrictModes no
            """
                .formatted(
                    machine.address(),
                    port,
                    keys,
                    machine
                        .root()
                        .resolve(
                            "home/" + System.getProperty("user.name") + "/.ssh/authorized_keys")));
    return Sshd.start(configuration, machine.address(), port, folder.resolve("default-sshd.log"));
  }
}
