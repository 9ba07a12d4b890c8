package org.dbtbastion.local.sandbox;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.ssh.PrivilegeSeparationFolder;
import org.dbtbastion.standins.ssh.Sshd;

/**
 * A stand-in for the EC2 instance: a folder that stands for {@code /}, in which the deployed user
 * data is run by the current user, and the machine's real OpenSSH server on what that left there.
 * There is no systemd in it, the user is the current one, and what the host asks of the kernel
 * (users, limits, firewalls) is not done; the host lab boots a real one. Not for several threads at
 * once, but for {@link #run}.
 */
public final class BastionMachine implements AutoCloseable {

  private final Path root;
  private final String instanceId;
  private final String address;
  private final int port;
  private final Map<String, String> environment;
  private final PrivilegeSeparationFolder privilegeSeparation;
  private Sshd sshd;

  /**
   * @param root the folder that stands for {@code /}
   * @param address the instance's private address, a loopback address
   * @param account what makes the host's AWS CLI talk to the account
   */
  BastionMachine(
      Path root, String instanceId, String address, int port, Map<String, String> account) {
    this.root = root.toAbsolutePath();
    this.instanceId = instanceId;
    this.address = address;
    this.port = port;
    this.environment = new HashMap<>(account);
    environment.put("BASTION_ROOT", this.root.toString());
    environment.put("BASTION_INSTANCE_ID", instanceId);
    // Before the bootstrap, which makes it otherwise, and would leave it.
    this.privilegeSeparation = PrivilegeSeparationFolder.acquire();
  }

  String instanceId() {
    return instanceId;
  }

  /** Its private address, a loopback address. */
  public String address() {
    return address;
  }

  /** The folder that stands for {@code /}. */
  public Path root() {
    return root;
  }

  /** Runs user data, as cloud-init would at the first boot, and starts sshd. */
  void boot(String userData) {
    try {
      Files.createDirectories(log());
      Path script = log().resolve("user-data");
      Files.writeString(script, userData);
      new Command(List.of("/bin/bash", script.toString()), environment)
          .in(root)
          .runOrThrow(log().resolve("cloud-init-output.log"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    startSshd();
  }

  /**
   * Runs a shell command of an SSM document to its end, as the SSM agent would.
   *
   * @return its exit status, standard output and standard error
   */
  public Command.Result run(String command) {
    String here = command.replace("/opt/dbt-bastion/", root + "/opt/dbt-bastion/");
    return new Command(List.of("/bin/bash", "-c", here), environment).in(root).run();
  }

  /** As systemd would, with what an unprivileged user needs on a machine of several. */
  void startSshd() {
    sshd =
        Sshd.start(
            root.resolve("etc/dbt-bastion/sshd_config"),
            address,
            port,
            // Where the host's scripts look for it if there is no journal.
            log().resolve("sshd.log"),
            "ListenAddress=" + address,
            "StrictModes=no",
            "PermitRootLogin=prohibit-password");
  }

  void stopSshd() {
    if (sshd != null) {
      sshd.close();
      sshd = null;
    }
  }

  private Path log() {
    return root.resolve("var/log/dbt-bastion");
  }

  @Override
  public void close() {
    stopSshd();
    privilegeSeparation.close();
  }
}
