package org.dbtbastion.local.lab.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.dbtbastion.standins.process.AwsCli;

/** {@link AwsCli} on a booted host: systemd starts its process at the first call. */
public final class ResidentAwsCli {

  private static final Path PROGRAM = Path.of("/usr/bin/aws");
  private static final Path SOCKET = Path.of("/run/aws-cli.socket");
  private static final String SERVER = "/usr/local/lib/aws_server.py";
  private static final String UNITS = "/etc/systemd/system/";

  private static final String SOCKET_UNIT =
      """
      [Socket]
      ListenStream=%s
      SocketMode=0600

      [Install]
      WantedBy=sockets.target
      """
          .formatted(SOCKET);

  private static final String SERVICE_UNIT =
      """
      [Service]
      ExecStart=/usr/bin/python3 %s %s
      """
          .formatted(SERVER, PROGRAM);

  private ResidentAwsCli() {}

  /** Installs it on a host that is switched off. */
  public static void install(BootedHost host) {
    write(host, SERVER, AwsCli.SERVER);
    write(host, UNITS + "aws-cli.socket", SOCKET_UNIT);
    write(host, UNITS + "aws-cli.service", SERVICE_UNIT);
    String client = "/usr/local/bin/aws";
    write(host, client, AwsCli.client("/usr/bin/python3", PROGRAM, SOCKET));
    try {
      Files.setPosixFilePermissions(
          host.file(client), PosixFilePermissions.fromString("rwxr-xr-x"));
      Path wants = Files.createDirectories(host.file(UNITS + "sockets.target.wants"));
      Files.createSymbolicLink(wants.resolve("aws-cli.socket"), Path.of(UNITS + "aws-cli.socket"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(BootedHost host, String path, String text) {
    host.write(path, text.getBytes(StandardCharsets.UTF_8));
  }
}
