package org.dbtbastion.standins.ssh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.process.Repository;

/**
 * The machine's real OpenSSH server with the bastion's own configuration file, below the header
 * that a host would generate. It runs as the current user and lets in that user alone.
 */
public final class BastionSshd implements AutoCloseable {

  private static final Path STATIC_CONFIGURATION =
      Repository.infra().resolve("bastion/opt/dbt-bastion/sshd_config");

  private final Path folder;
  private final SshKeys ed25519;
  private final SshKeys rsa;
  private final Sshd sshd;

  private BastionSshd(Path folder, SshKeys ed25519, SshKeys rsa, Sshd sshd) {
    this.folder = folder;
    this.ed25519 = ed25519;
    this.rsa = rsa;
    this.sshd = sshd;
  }

  /**
   * Starts it, with no key let in yet.
   *
   * @param folder where its files go; a new one
   * @param permitOpen the targets, as {@code host:port}
   * @param options settings in place of the configuration's, as {@code Name=value}
   */
  public static BastionSshd start(Path folder, List<String> permitOpen, String... options) {
    return startOn("127.0.0.1", folder, permitOpen, options);
  }

  /** As {@link #start}, on another address. */
  public static BastionSshd startOn(
      String address, Path folder, List<String> permitOpen, String... options) {
    try {
      Files.createDirectories(folder);
      SshKeys ed25519 = SshKeys.ed25519(folder, "host_ed25519");
      SshKeys rsa = SshKeys.generate(folder, "host_rsa", "rsa", OptionalInt.of(3072), "");
      int port = FreePort.find();
      Path authorizedKeys = folder.resolve("authorized_keys");
      Files.writeString(authorizedKeys, "");
      Files.setPosixFilePermissions(authorizedKeys, PosixFilePermissions.fromString("rw-------"));
      Path configuration = folder.resolve("sshd_config");
      Files.writeString(
          configuration,
          """
          Port %d
          HostKey %s
          HostKey %s
          AuthorizedKeysFile %s
          AllowUsers %s
          PermitOpen %s
          """
                  .formatted(
                      port,
                      ed25519.privateKey(),
                      rsa.privateKey(),
                      authorizedKeys,
                      user(),
                      String.join(" ", permitOpen))
              + without(options, Files.readString(STATIC_CONFIGURATION)));
      List<String> all = new ArrayList<>(List.of(options));
      // What a test machine needs: folders that others may write to, and, as root, root's login.
      all.addAll(
          List.of(
              "ListenAddress=" + address, "StrictModes=no", "PermitRootLogin=prohibit-password"));
      Sshd sshd =
          Sshd.start(
              configuration, address, port, folder.resolve("sshd.log"), all.toArray(String[]::new));
      return new BastionSshd(folder, ed25519, rsa, sshd);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * For most settings the first one counts, but not for all: MaxStartups is one where the last
   * does.
   */
  private static String without(String[] options, String configuration) {
    Set<String> names =
        Arrays.stream(options).map(option -> option.split("=")[0]).collect(Collectors.toSet());
    return configuration
        .lines()
        .filter(line -> !names.contains(line.split(" ")[0]))
        .collect(Collectors.joining("\n", "", "\n"));
  }

  /** The user that can log in. */
  public static String user() {
    return System.getProperty("user.name");
  }

  public int port() {
    return sshd.port();
  }

  /** The public host keys, as {@code type base64 comment}. */
  public List<String> hostKeys() {
    return List.of(ed25519.publicKeyLine(), rsa.publicKeyLine());
  }

  /** Lets these keys in and no others, with the options that a host writes. */
  public void authorize(SshKeys... keys) {
    authorize(Arrays.stream(keys).map(SshKeys::publicKeyLine).toList());
  }

  /** As {@link #authorize(SshKeys...)}, by the public keys' lines. */
  public void authorize(Collection<String> publicKeyLines) {
    StringBuilder lines = new StringBuilder();
    for (String line : publicKeyLines) {
      lines.append("restrict,port-forwarding ").append(line.strip()).append('\n');
    }
    try {
      Files.writeString(folder.resolve("authorized_keys"), lines);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends all connections, as a host that is drained does; it goes on listening. */
  public void endConnections() {
    ProcessHandle.of(sshd.process().pid())
        .orElseThrow()
        .descendants()
        .forEach(ProcessHandle::destroy);
  }

  /** What sshd has logged so far. */
  public String log() {
    return sshd.logText();
  }

  @Override
  public void close() {
    sshd.close();
  }
}
