package org.dbtbastion.infra.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;
import org.dbtbastion.testing.RedshiftStandIn.Fault;
import org.dbtbastion.testing.SshKeys;

/** The links of the path that the sandbox can break, each for real. */
enum Link {
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
      sandbox -> sandbox.renameDatabaseOfConnection("analytics", "analytics_of_last_year"),
      sandbox -> sandbox.renameDatabaseOfConnection("analytics_of_last_year", "analytics")),
  NO_TLS("the warehouse refuses TLS", Fault.NO_TLS),
  UNTRUSTED_CERTIFICATE(
      "the warehouse shows a certificate of an authority that nobody trusts",
      Fault.UNTRUSTED_CERTIFICATE),
  BASTION_DOWN(
      "sshd on the bastion host is stopped",
      sandbox -> sandbox.machine().stopSshd(),
      sandbox -> sandbox.machine().startSshd()),
  HOST_KEY_CHANGED(
      "another server answers in the bastion's place, with a host key of its own",
      Link::showStrangeHostKeys,
      Link::fetchHostKeysAgain),
  KEY_REVOKED(
      "the check's key was revoked",
      sandbox -> sandbox.scripts().run("revoke-key", "connection-check").requireSuccess(),
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
  private final Deed breaking;
  private final Deed mending;

  Link(String description, Deed breaking, Deed mending) {
    this.description = description;
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
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What is broken, as a sentence goes on. */
  String description() {
    return description;
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
    sandbox.machine().boot(sandbox.userData().replace(endpoint, "another-warehouse:5439"));
  }

  private static void bootAgain(Sandbox sandbox) {
    sandbox.machine().stopSshd();
    sandbox.machine().boot(sandbox.userData());
  }
}
