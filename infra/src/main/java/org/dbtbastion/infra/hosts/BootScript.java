package org.dbtbastion.infra.hosts;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.zip.Deflater;
import java.util.zip.GZIPOutputStream;
import org.dbtbastion.infra.configuration.AddressMode;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.problem.ConfigurationProblem;

/**
 * The user data of a host: exports a few parameters, writes the host's files and runs their
 * bootstrap. All that differs between two bastions is in the exports, and all of it is known at
 * synthesis: so the whole script can be compressed, without which it would not fit. cloud-init
 * unpacks it by itself.
 *
 * <p>It is a boothook, which cloud-init runs at every boot and before the image's sshd may start. A
 * plain script would come after that sshd, and only once: cloud-init notes that it has run before
 * it runs it, so a power cut in its middle would leave half a host for ever. On a host that is
 * complete it does nothing. If it cannot write the files, it keeps the image's sshd from starting
 * in this boot. Source: cloud-init's documentation, "User data formats".
 *
 * <p>{@code BASTION_ROOT} is empty on a host; where it is set, it is a folder that stands for
 * {@code /}.
 *
 * @param region the AWS region of the bastion
 * @param name the bastion
 * @param addressMode how dbt reaches the hosts; with {@code elastic-ip} a host claims the address
 *     that the parameter {@code elastic-ip} of its bastion names
 * @param user the user that dbt logs in as
 * @param sshPort where sshd listens
 * @param targets {@code host:port} of each warehouse that may be forwarded to
 * @param files what is written
 */
public record BootScript(
    String region,
    BastionName name,
    AddressMode addressMode,
    String user,
    int sshPort,
    List<String> targets,
    HostFiles files) {

  /**
   * What EC2 accepts, before it is encoded for the API. Source: the EC2 user guide, "Run commands
   * at launch".
   */
  static final int LIMIT_BYTES = 16 * 1024;

  public BootScript {
    Objects.requireNonNull(region, "region");
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(addressMode, "addressMode");
    Objects.requireNonNull(user, "user");
    targets = List.copyOf(targets);
    Objects.requireNonNull(files, "files");
  }

  /** The script. */
  String render() {
    return """
    #cloud-boothook
    #!/bin/bash
    set -e
    if [ -z "${BASTION_ROOT:-}" ]; then
      [ ! -e /var/lib/dbt-bastion/bootstrapped ] || exit 0
      trap 'systemctl mask --runtime ssh.socket sshd.socket ssh.service sshd.service' EXIT
    fi
    export AWS_REGION=%1$s AWS_DEFAULT_REGION=%1$s
    export BASTION_NAME=%2$s
    export BASTION_ADDRESS_MODE=%3$s
    export BASTION_USER=%4$s
    export BASTION_SSH_PORT=%5$d
    export BASTION_TARGETS=%6$s
    %7$sexec "${BASTION_ROOT:-}/%8$s"
    """
        .formatted(
            quoted(region),
            quoted(name.value()),
            quoted(addressMode.id()),
            quoted(user),
            sshPort,
            quoted(String.join(" ", targets)),
            files.script(),
            HostFiles.BOOTSTRAP);
  }

  /**
   * The script, compressed with gzip and encoded with base64, as EC2's API takes user data.
   *
   * @throws ConfigurationException if it is larger than EC2 accepts
   */
  String userData() {
    byte[] compressed = compressed();
    if (compressed.length > LIMIT_BYTES) {
      throw new ConfigurationException(
          new ConfigurationProblem(
              "the user data of a host",
              "%,d bytes".formatted(compressed.length),
              "at most %,d bytes, the limit of EC2".formatted(LIMIT_BYTES),
              "make the files in infra/bastion smaller by %,d bytes, compressed"
                  .formatted(compressed.length - LIMIT_BYTES)));
    }
    return Base64.getEncoder().encodeToString(compressed);
  }

  private byte[] compressed() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // Its header holds no time: equal scripts give equal bytes.
    try (GZIPOutputStream gzip =
        new GZIPOutputStream(bytes) {
          {
            def.setLevel(Deflater.BEST_COMPRESSION);
          }
        }) {
      gzip.write(render().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static String quoted(String value) {
    return "'" + value.replace("'", "'\\''") + "'";
  }
}
