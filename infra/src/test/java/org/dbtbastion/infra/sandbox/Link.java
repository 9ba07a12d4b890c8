package org.dbtbastion.infra.sandbox;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;
import org.dbtbastion.testing.RedshiftStandIn.Fault;
import org.dbtbastion.testing.SshKeys;

/** The links of the path that the sandbox can break, each for real. */
enum Link {
  WAREHOUSE_DOWN("nothing listens on the warehouse's port") {
    @Override
    void breakIn(Sandbox sandbox) {
      sandbox.warehouse().behave(Fault.DOWN);
    }

    @Override
    void mendIn(Sandbox sandbox) {
      sandbox.warehouse().behave(Fault.NONE);
    }
  },
  WAREHOUSE_SILENT("the warehouse accepts connections and never says anything") {
    @Override
    void breakIn(Sandbox sandbox) {
      sandbox.warehouse().behave(Fault.SILENT_ON_ACCEPT);
    }

    @Override
    void mendIn(Sandbox sandbox) {
      sandbox.warehouse().behave(Fault.NONE);
    }
  },
  WRONG_PASSWORD("the secret holds another password than the database") {
    @Override
    void breakIn(Sandbox sandbox) {
      sandbox.account().storePassword(sandbox.warehouse().user(), "changed since");
    }

    @Override
    void mendIn(Sandbox sandbox) {
      sandbox.account().storePassword(sandbox.warehouse().user(), sandbox.warehouse().password());
    }
  },
  UNKNOWN_DATABASE("the connection names a database that does not exist") {
    @Override
    void breakIn(Sandbox sandbox) {
      sandbox.renameDatabaseOfConnection("analytics", "analytics_of_last_year");
    }

    @Override
    void mendIn(Sandbox sandbox) {
      sandbox.renameDatabaseOfConnection("analytics_of_last_year", "analytics");
    }
  },
  NO_TLS("the warehouse refuses TLS") {
    @Override
    void breakIn(Sandbox sandbox) {
      sandbox.warehouse().behave(Fault.NO_TLS);
    }

    @Override
    void mendIn(Sandbox sandbox) {
      sandbox.warehouse().behave(Fault.NONE);
    }
  },
  UNTRUSTED_CERTIFICATE("the warehouse shows a certificate of an authority that nobody trusts") {
    @Override
    void breakIn(Sandbox sandbox) {
      sandbox.warehouse().behave(Fault.UNTRUSTED_CERTIFICATE);
    }

    @Override
    void mendIn(Sandbox sandbox) {
      sandbox.warehouse().behave(Fault.NONE);
    }
  },
  BASTION_DOWN("sshd on the bastion host is stopped") {
    @Override
    void breakIn(Sandbox sandbox) {
      sandbox.machine().stopSshd();
    }

    @Override
    void mendIn(Sandbox sandbox) {
      sandbox.machine().startSshd();
    }
  },
  HOST_KEY_CHANGED("another server answers in the bastion's place, with a host key of its own") {
    @Override
    void breakIn(Sandbox sandbox) throws IOException {
      sandbox.machine().stopSshd();
      Path keys = sandbox.machine().root().resolve("etc/dbt-bastion");
      Path strange = Files.createDirectory(sandbox.folder().resolve("strange-host-keys"));
      for (String type : new String[] {"ed25519", "rsa"}) {
        SshKeys key =
            type.equals("rsa") ? SshKeys.likeDbt(strange, type) : SshKeys.ed25519(strange, type);
        Files.writeString(keys.resolve("ssh_host_" + type + "_key"), key.privateKeyText());
      }
      sandbox.machine().startSshd();
    }

    @Override
    void mendIn(Sandbox sandbox) throws IOException {
      sandbox.machine().stopSshd();
      try (Stream<Path> files = Files.list(sandbox.machine().root().resolve("etc/dbt-bastion"))) {
        for (Path file :
            files.filter(f -> f.getFileName().toString().startsWith("ssh_host_")).toList()) {
          Files.delete(file);
        }
      }
      sandbox.machine().boot(sandbox.userData());
    }
  },
  KEY_REVOKED("the check's key was revoked") {
    @Override
    void breakIn(Sandbox sandbox) {
      sandbox.scripts().run("revoke-key", "connection-check").requireSuccess();
    }

    @Override
    void mendIn(Sandbox sandbox) {
      sandbox.renewCheckKey();
    }
  },
  FORWARD_REFUSED("the bastion was deployed for another endpoint") {
    @Override
    void breakIn(Sandbox sandbox) {
      sandbox.machine().stopSshd();
      String endpoint = sandbox.warehouse().host() + ":" + sandbox.warehouse().port();
      sandbox.machine().boot(sandbox.userData().replace(endpoint, "another-warehouse:5439"));
    }

    @Override
    void mendIn(Sandbox sandbox) {
      sandbox.machine().stopSshd();
      sandbox.machine().boot(sandbox.userData());
    }
  };

  private final String description;

  Link(String description) {
    this.description = description;
  }

  /** The name on the command line, such as {@code warehouse-down}. */
  String id() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What is broken, as a sentence goes on. */
  String description() {
    return description;
  }

  abstract void breakIn(Sandbox sandbox) throws IOException;

  /** Makes good what {@link #breakIn} did. */
  abstract void mendIn(Sandbox sandbox) throws IOException;
}
