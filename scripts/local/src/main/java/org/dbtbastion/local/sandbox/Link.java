package org.dbtbastion.local.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.dbtbastion.standins.redshift.RedshiftStandIn.Fault;
import org.dbtbastion.standins.ssh.SshKeys;
import org.dbtbastion.text.Kebab;

/** The links of the path that the sandbox can break, each for real. */
enum Link {
  WAREHOUSE_UNKNOWN(
      "the connection names a host that does not exist",
      sandbox -> sandbox.correctConnection("localhost", "analytics-of-last-year.invalid"),
      sandbox -> sandbox.correctConnection("analytics-of-last-year.invalid", "localhost")),
  WAREHOUSE_SECURITY_GROUP(
      "the warehouse's security group lets nobody in",
      sandbox -> {
        sandbox.faults().close(sandbox.account().securityGroupId());
        sandbox.warehouse().behave(Fault.UNREACHABLE);
      },
      sandbox -> {
        sandbox.warehouse().behave(Fault.NONE);
        sandbox.faults().reopen();
      }),
  WAREHOUSE_DOWN("nothing listens on the warehouse's port", Fault.DOWN),
  WAREHOUSE_SILENT(
      "the warehouse accepts connections and never says anything", Fault.SILENT_ON_ACCEPT),
  WRONG_PASSWORD(
      "the secret holds another password than the database",
      sandbox -> sandbox.account().storePassword(sandbox.warehouse().user(), "changed since"),
      sandbox ->
          sandbox
              .account()
              .storePassword(sandbox.warehouse().user(), sandbox.warehouse().password())),
  UNKNOWN_DATABASE(
      "the connection names a database that does not exist",
      sandbox -> sandbox.correctConnection("analytics", "analytics_of_last_year"),
      sandbox -> sandbox.correctConnection("analytics_of_last_year", "analytics")),
  SECRET_DELETED(
      "the secret is marked for deletion",
      sandbox -> sandbox.account().deleteSecret(sandbox.account().secretArn()),
      sandbox -> sandbox.account().restoreSecret(sandbox.account().secretArn())),
  SECRET_MALFORMED(
      "the secret holds the bare password instead of JSON",
      sandbox ->
          sandbox
              .account()
              .storeSecret(sandbox.account().secretArn(), sandbox.warehouse().password()),
      sandbox ->
          sandbox
              .account()
              .storePassword(sandbox.warehouse().user(), sandbox.warehouse().password())),
  PRIVILEGE_REVOKED(
      "the database user may not read a source any more",
      sandbox -> sandbox.warehouse().execute("revoke select on raw.orders from dbt_user"),
      sandbox -> sandbox.warehouse().execute("grant select on raw.orders to dbt_user")),
  IAM_DENIED(
      "the check's role may not have passwords issued",
      Sandbox.IAM,
      sandbox -> sandbox.issuers().redshiftApi().deny(true),
      sandbox -> sandbox.issuers().redshiftApi().deny(false)),
  TEMPORARY_PASSWORD_REFUSED(
      "the warehouse does not know the user whose password IAM issued",
      Sandbox.IAM,
      sandbox -> sandbox.issuers().trust(false),
      sandbox -> sandbox.issuers().trust(true)),
  TOKEN_ENDPOINT_DOWN(
      "nothing listens at the identity provider's token endpoint",
      Sandbox.IDENTITY_CENTER,
      sandbox -> sandbox.issuers().stopIdentityProvider(),
      sandbox -> sandbox.issuers().startIdentityProvider()),
  CLIENT_SECRET_EXPIRED(
      "the identity provider knows another client secret",
      Sandbox.IDENTITY_CENTER,
      sandbox -> sandbox.issuers().storeExpiredClientSecret(),
      sandbox -> sandbox.issuers().storeClientSecret()),
  TOKEN_NOT_TRUSTED(
      "the warehouse does not trust the identity provider",
      Sandbox.IDENTITY_CENTER,
      sandbox -> sandbox.issuers().trust(false),
      sandbox -> sandbox.issuers().trust(true)),
  NO_TLS("the warehouse refuses TLS", Fault.NO_TLS),
  UNTRUSTED_CERTIFICATE(
      "the warehouse shows a certificate of an authority that nobody trusts",
      Fault.UNTRUSTED_CERTIFICATE),
  BASTION_DOWN(
      "sshd on the bastion host is stopped",
      sandbox -> sandbox.machine().stopSshd(),
      sandbox -> sandbox.machine().startSshd()),
  BASTION_STOPPED(
      "the bastion host is switched off",
      sandbox -> sandbox.faults().stopInstance(),
      sandbox -> sandbox.faults().startInstance()),
  BASTION_SECURITY_GROUP(
      "the bastion's security group lets nobody in",
      sandbox -> sandbox.faults().silenceBastion(),
      sandbox -> sandbox.faults().endSilenceOfBastion()),
  ADDRESS_LOST(
      "the Elastic IP belongs to no host",
      sandbox -> sandbox.faults().disassociate(),
      sandbox -> sandbox.faults().associateAgain()),
  HOST_KEYS_LOST(
      "no host keys are stored to compare with",
      sandbox -> sandbox.faults().forgetHostKeys(),
      sandbox -> sandbox.faults().storeHostKeysAgain()),
  HOST_KEY_CHANGED(
      "another server answers in the bastion's place, with a host key of its own",
      Link::showStrangeHostKeys,
      Link::fetchHostKeysAgain),
  KEY_REVOKED(
      "the check's key was revoked",
      sandbox -> sandbox.script("revoke-key", "connection-check").runOrThrow(),
      Sandbox::renewCheckKey),
  FORWARD_REFUSED(
      "the bastion was deployed for another endpoint",
      Link::bootForAnotherEndpoint,
      Link::bootAgain);

  /** Something that is done to the sandbox. */
  @FunctionalInterface
  private interface Deed {
    void in(Sandbox sandbox) throws IOException;
  }

  private final String description;
  private final String connection;
  private final Deed breaking;
  private final Deed mending;

  Link(String description, Deed breaking, Deed mending) {
    this(description, Sandbox.CLUSTER, breaking, mending);
  }

  Link(String description, String connection, Deed breaking, Deed mending) {
    this.description = description;
    this.connection = connection;
    this.breaking = breaking;
    this.mending = mending;
  }

  Link(String description, Fault fault) {
    this(
        description,
        sandbox -> sandbox.warehouse().behave(fault),
        sandbox -> sandbox.warehouse().behave(Fault.NONE));
  }

  /** The name on the command line, such as {@code warehouse-down}. */
  String id() {
    return Kebab.of(this);
  }

  /** What is broken, as a sentence goes on. */
  String description() {
    return description;
  }

  /** The connection that it is a link of. */
  String connection() {
    return connection;
  }

  void breakIn(Sandbox sandbox) throws IOException {
    breaking.in(sandbox);
  }

  /** Makes good what {@link #breakIn} did. */
  void mendIn(Sandbox sandbox) throws IOException {
    mending.in(sandbox);
  }

  private static void showStrangeHostKeys(Sandbox sandbox) throws IOException {
    sandbox.machine().stopSshd();
    Path strange = Files.createDirectory(sandbox.folder().resolve("strange-host-keys"));
    SshKeys ed25519 = SshKeys.ed25519(strange, "ed25519");
    SshKeys rsa = SshKeys.generate(strange, "rsa", "rsa", OptionalInt.of(3072), "");
    Files.writeString(hostKeys(sandbox).resolve("ssh_host_ed25519_key"), ed25519.privateKeyText());
    Files.writeString(hostKeys(sandbox).resolve("ssh_host_rsa_key"), rsa.privateKeyText());
    sandbox.machine().startSshd();
  }

  private static void fetchHostKeysAgain(Sandbox sandbox) throws IOException {
    Files.delete(hostKeys(sandbox).resolve("ssh_host_ed25519_key"));
    Files.delete(hostKeys(sandbox).resolve("ssh_host_rsa_key"));
    bootAgain(sandbox);
  }

  private static Path hostKeys(Sandbox sandbox) {
    return sandbox.machine().root().resolve("etc/dbt-bastion");
  }

  private static void bootForAnotherEndpoint(Sandbox sandbox) {
    sandbox.machine().stopSshd();
    String endpoint = sandbox.warehouse().host() + ":" + sandbox.warehouse().port();
    sandbox.machine().boot(sandbox.stack().userData().replace(endpoint, "another-warehouse:5439"));
  }

  private static void bootAgain(Sandbox sandbox) {
    sandbox.machine().stopSshd();
    sandbox.machine().boot(sandbox.stack().userData());
  }
}
