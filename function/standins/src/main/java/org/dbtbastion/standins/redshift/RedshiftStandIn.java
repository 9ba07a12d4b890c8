package org.dbtbastion.standins.redshift;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;
import org.dbtbastion.standins.net.CertificateAuthority;

/**
 * A stand-in for a Redshift warehouse: real PostgreSQL behind a gateway that speaks TLS, lets the
 * Redshift driver in and answers {@code version()} as Redshift does. It can be told to break in the
 * ways in which warehouses break.
 *
 * <p>It cannot do what PostgreSQL cannot: Redshift's own system tables, functions and statements
 * are missing but for those that are made here, and nothing scales, pauses or resumes.
 *
 * <p>It has a database {@link #database} and a user {@link #user} with a random password, who may
 * do what PostgreSQL lets everybody do. Safe for use by several threads.
 */
public final class RedshiftStandIn implements AutoCloseable {

  private static final String DATABASE = "analytics";
  private static final String USER = "dbt_user";
  private static final String VERSION =
      "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017"
          + " (Red Hat 3.4.2-6.fc3), Redshift 1.0.117891";

  private final PostgreSql server;
  private final RedshiftGateway gateway;
  private final Path folder;
  private final InetAddress address;
  private final String host;
  private final CertificateAuthority authority;
  private final Set<String> tokens = ConcurrentHashMap.newKeySet();
  private final Map<String, String> issued = new ConcurrentHashMap<>();
  private volatile String password;

  /** A way to be broken. It concerns connections that are opened while it lasts. */
  public enum Fault {
    /** Works. */
    NONE,
    /** Refuses TLS: answers {@code N}, and would go on in clear text. */
    NO_TLS,
    /** Accepts connections and never answers. */
    SILENT_ON_ACCEPT,
    /** Agrees to TLS, then is silent: the handshake never gets an answer. */
    SILENT_IN_TLS,
    /** Speaks TLS, takes the startup message, then is silent. */
    SILENT_AT_LOGIN,
    /** Lets the user in, then never answers the first query; {@code SET} still works. */
    SILENT_AT_QUERY,
    /** Answers, but never with more than fits into one packet. */
    SILENT_AT_LARGE_RESULT,
    /** Has a certificate for the right name from an authority that nobody trusts. */
    UNTRUSTED_CERTIFICATE,
    /** Has a certificate from the right authority for another name. */
    WRONG_NAME_CERTIFICATE,
    /** Has a certificate from the right authority that expired a day ago. */
    EXPIRED_CERTIFICATE,
    /** Closes each connection as soon as it is accepted. */
    CLOSE_ON_ACCEPT,
    /** Answers the request for TLS with random bytes. */
    GARBAGE,
    /** Does not listen, and has cut all connections. */
    DOWN,
    /** Has cut all connections and answers no further SYN, as behind a firewall. */
    UNREACHABLE
  }

  private RedshiftStandIn(Builder builder) throws IOException, SQLException {
    folder = builder.folder.toAbsolutePath();
    host = builder.host;
    address = InetAddress.getByName(builder.address);
    authority = CertificateAuthority.create("Redshift stand-in CA");
    Map<Fault, SSLContext> broken = new EnumMap<>(Fault.class);
    broken.put(
        Fault.UNTRUSTED_CERTIFICATE,
        CertificateAuthority.create("Nobody's CA").serverContext(host));
    broken.put(
        Fault.WRONG_NAME_CERTIFICATE,
        authority.serverContext("another-warehouse.redshift.amazonaws.com"));
    broken.put(Fault.EXPIRED_CERTIFICATE, authority.expiredServerContext(host));
    SSLContext sound = authority.serverContext(host);
    authority.writeTrustStore(caTrustStore());
    authority.writePem(caPem());

    server = PostgreSql.start(folder);
    try {
      setUp();
      gateway =
          new RedshiftGateway(
              builder.sockets,
              new InetSocketAddress(address, builder.port),
              server.port(),
              server.startupSettings(),
              fault -> broken.getOrDefault(fault, sound),
              new TokenLogin(tokens::contains, USER, () -> password));
    } catch (IOException | SQLException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private void setUp() throws SQLException {
    password = Passwords.random();
    try (Connection connection = server.connect("template1");
        Statement statement = connection.createStatement()) {
      // Renamed, not replaced: PostgreSQL calls its own functions by number, whatever they became.
      statement.execute("alter function pg_catalog.version() rename to postgresql_version");
      statement.execute(
          "create function pg_catalog.version() returns text language sql stable as $$ select '"
              + VERSION
              + "'::text $$");
      // Empty, but for what a test puts there; only superusers may read the last.
      statement.execute(
          """
          set allow_system_table_mods = on;
          create table pg_catalog.svv_all_schemas (database_name text, schema_name text);
          create table pg_catalog.svv_external_schemas (schemaname text);
          create table pg_catalog.svv_table_info (schema text);
          grant select on pg_catalog.svv_all_schemas, pg_catalog.svv_external_schemas to public
          """);
      statement.execute("create role " + USER + " login password '" + password + "'");
    }
    try (Connection connection = server.connect("postgres");
        Statement statement = connection.createStatement()) {
      statement.execute("create database " + DATABASE);
    }
  }

  /** Starts one for the name {@code localhost} on a free port of 127.0.0.1. */
  public static RedshiftStandIn start(Path folder) {
    return in(folder).start();
  }

  /**
   * Describes a stand-in.
   *
   * @param folder where its files go, and nowhere else; it is created, and not removed
   */
  public static Builder in(Path folder) {
    return new Builder(folder);
  }

  /** Collects what a stand-in looks like from outside. */
  public static final class Builder {
    private final Path folder;
    private String host = "localhost";
    private String address = "127.0.0.1";
    private int port;
    private ServerSocketFactory sockets = ServerSocketFactory.getDefault();

    private Builder(Path folder) {
      this.folder = folder;
    }

    /**
     * The host name or address that callers use and the certificate names; localhost if left out.
     */
    public Builder host(String host) {
      this.host = host;
      return this;
    }

    /** The address that it listens on; 127.0.0.1 if left out. */
    public Builder address(String address) {
      this.address = address;
      return this;
    }

    /** The port that it listens on; a free one if left out. */
    public Builder port(int port) {
      this.port = port;
      return this;
    }

    /** What makes the socket that it listens on, if not the JDK. */
    public Builder sockets(ServerSocketFactory sockets) {
      this.sockets = sockets;
      return this;
    }

    /** Starts it; takes two to three seconds. */
    public RedshiftStandIn start() {
      try {
        return new RedshiftStandIn(this);
      } catch (IOException e) {
        throw new UncheckedIOException("Cannot start the Redshift stand-in", e);
      } catch (SQLException e) {
        throw new IllegalStateException("Cannot set up the Redshift stand-in", e);
      }
    }
  }

  /** The host name that callers use. */
  public String host() {
    return host;
  }

  /** The address that it listens on. */
  public String address() {
    return address.getHostAddress();
  }

  /** The port, the same for its whole life. */
  public int port() {
    return gateway.port();
  }

  /** The database, {@code analytics}. */
  public String database() {
    return DATABASE;
  }

  /** The user, {@code dbt_user}. */
  public String user() {
    return USER;
  }

  /** The user's password. */
  public String password() {
    return password;
  }

  /** {@code jdbc:redshift://host:port/database}. */
  public String jdbcUrl() {
    return "jdbc:redshift://%s:%d/%s".formatted(host, port(), DATABASE);
  }

  /** Changes the user's password; open connections stay. */
  public void setPassword(String next) {
    execute("alter role " + USER + " password '" + next.replace("'", "''") + "'");
    password = next;
  }

  /** From now on a token logs {@link #user} in. */
  public void acceptToken(String token) {
    tokens.add(token);
  }

  /**
   * Issues a password for a database user, who is created if missing, as Redshift's API does. Until
   * it expires all get the same one: a user of PostgreSQL has no two.
   */
  public String issuePassword(String user) {
    return issued.computeIfAbsent(user, this::newPassword);
  }

  /** From now on no password and no token lets anybody in that was issued so far. */
  public void expireCredentials() {
    tokens.clear();
    issued.keySet().forEach(this::newPassword);
    issued.clear();
  }

  private String newPassword(String user) {
    String password = Passwords.random();
    String quoted = '"' + user.replace("\"", "\"\"") + '"';
    execute(
        "do $$ begin create role "
            + quoted
            + " login; exception when duplicate_object then null; end $$");
    execute("alter role " + quoted + " password '" + password + "'");
    return password;
  }

  /** A connection as superuser to the database, past the gateway, which the caller closes. */
  public Connection admin() throws SQLException {
    return server.connect(DATABASE);
  }

  /** Executes SQL as superuser, past the gateway. */
  public void execute(String sql) {
    try (Connection connection = admin();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException("The Redshift stand-in's own SQL failed", e);
    }
  }

  /** A PKCS12 file without a password that trusts the stand-in's certificate authority. */
  public Path caTrustStore() {
    return folder.resolve("ca.p12");
  }

  /** The certificate of the stand-in's authority, as PEM. */
  public Path caPem() {
    return folder.resolve("ca.pem");
  }

  /** The authority that its certificate comes from. */
  public CertificateAuthority authority() {
    return authority;
  }

  /** PostgreSQL's own log. */
  public Path log() {
    return server.log();
  }

  /** How many TCP connections it has accepted so far. */
  public int connections() {
    return gateway.connections();
  }

  /** How many of them from this address. */
  public int connectionsFrom(String address) {
    return gateway.connectionsFrom(InetAddress.ofLiteral(address));
  }

  /** Breaks it in this way, or mends it ({@link Fault#NONE}), for connections from now on. */
  public void behave(Fault fault) {
    gateway.behave(fault);
  }

  /** Stops it; its files stay. */
  @Override
  public void close() {
    gateway.close();
    server.close();
  }
}
