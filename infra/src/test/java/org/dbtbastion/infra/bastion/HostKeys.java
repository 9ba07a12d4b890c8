package org.dbtbastion.infra.bastion;

import java.nio.file.Path;
import java.util.OptionalInt;
import org.dbtbastion.standins.account.ParameterStore;
import org.dbtbastion.standins.ssh.SshKeys;

/**
 * Host keys as an earlier host would have left them. Hosts that find them stored start in half the
 * time: for all tests that are not about how they are made.
 */
record HostKeys(SshKeys ed25519, SshKeys rsa) {

  static HostKeys make(Path folder) {
    return new HostKeys(
        SshKeys.ed25519(folder, "host_ed25519"),
        SshKeys.generate(folder, "host_rsa", "rsa", OptionalInt.of(3072), ""));
  }

  void storeIn(ParameterStore parameters) {
    store(parameters, "host-keys/ed25519", ed25519);
    store(parameters, "host-keys/rsa", rsa);
  }

  private static void store(ParameterStore parameters, String path, SshKeys keys) {
    parameters.putSecret(path, keys.privateKeyText());
    parameters.put(path + ".pub", keys.publicKeyLine());
  }
}
