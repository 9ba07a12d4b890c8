package org.dbtbastion.local.lab.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.Command;

/**
 * The root file system that all bastions of the lab start from: a Debian with what Amazon Linux
 * 2023's image brings that the host files rely on. It stands in for that image. Built once with
 * debootstrap, which downloads for a minute or two, and kept in the user's cache folder.
 *
 * <p>Its programs are newer than Amazon Linux 2023's own: OpenSSH 8.7, Python 3.9 and cloud-init
 * 22.2 are not run here, and the kernel, with its version of control groups, is this machine's.
 */
public final class HostTree {

  private static final String RELEASE = "bookworm";
  private static final List<String> PACKAGES =
      List.of(
          "awscli",
          "ca-certificates",
          "cloud-init",
          "curl",
          "dbus",
          "iproute2",
          "kmod",
          "openssh-client",
          "openssh-server",
          "openssh-sftp-server",
          "procps",
          "python3",
          "systemd",
          "systemd-sysv",
          "udev");

  // User data comes from a folder of the tree instead of the metadata, and nothing else is guessed
  // or configured: the network is there before the host.
  private static final String CLOUD_CONFIG =
      """
      datasource_list: [NoCloud]
      network: {config: disabled}
      locale: C.UTF-8
      """;

  private static final String HOSTS =
      """
      127.0.0.1 localhost
      ::1 localhost
      """;

  private static final Duration LIMIT = Duration.ofMinutes(9);

  private HostTree() {}

  /** The folder with the tree, which nobody may change. */
  public static Path get() {
    Path cache =
        Optional.ofNullable(System.getenv("XDG_CACHE_HOME"))
            .map(Path::of)
            .orElse(Path.of(System.getProperty("user.home"), ".cache"))
            .resolve("dbt-redshift-bastion");
    Path tree = cache.resolve("host-tree-" + version());
    try {
      Files.createDirectories(cache);
      // Builds that start at the same time share one.
      try (FileChannel channel =
              FileChannel.open(
                  cache.resolve("host-tree.lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        Objects.requireNonNull(lock);
        if (!Files.exists(tree)) {
          build(cache, tree);
        }
      }
      return tree;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void build(Path cache, Path tree) throws IOException {
    Path unfinished = cache.resolve("host-tree.new");
    Path log = cache.resolve("host-tree.log");
    Files.deleteIfExists(log);
    System.err.printf("Building the root file system of the host lab once; log: %s%n", log);
    Command.of("rm", "-rf", "--one-file-system", unfinished.toString()).runOrThrow();
    run(log, "debootstrap", "--variant=minbase", RELEASE, unfinished.toString());
    // Debian starts services as soon as they are installed; in here nothing may start.
    Files.writeString(unfinished.resolve("usr/sbin/policy-rc.d"), "#!/bin/sh\nexit 101\n");
    Command.of("chmod", "755", unfinished.resolve("usr/sbin/policy-rc.d").toString()).runOrThrow();
    List<String> install =
        List.of("chroot", unfinished.toString(), "apt-get", "install", "-y", "-q");
    run(
        log,
        Stream.of(install, List.of("--no-install-recommends"), PACKAGES)
            .flatMap(List::stream)
            .toArray(String[]::new));
    run(log, "chroot", unfinished.toString(), "apt-get", "clean");
    Files.writeString(unfinished.resolve("etc/cloud/cloud.cfg.d/99-lab.cfg"), CLOUD_CONFIG);
    Files.writeString(unfinished.resolve("etc/hosts"), HOSTS);
    Files.move(unfinished, tree, StandardCopyOption.ATOMIC_MOVE);
  }

  private static void run(Path log, String... command) {
    try (ChildProcess process =
        ChildProcess.of(command[0], log, List.of(command))
            .environment(Map.of("DEBIAN_FRONTEND", "noninteractive", "LC_ALL", "C"))
            .start()) {
      if (process.awaitExit(LIMIT) != 0) {
        throw new IllegalStateException(
            "%s failed; the whole output is in %s. It ended:%n%s"
                .formatted(String.join(" ", command), log, process.outputTail()));
      }
    }
  }

  /** Another one for each way to make it. */
  private static String version() {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((RELEASE + PACKAGES + CLOUD_CONFIG + HOSTS).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
