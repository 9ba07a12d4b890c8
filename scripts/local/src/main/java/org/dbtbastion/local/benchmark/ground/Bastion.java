package org.dbtbastion.local.benchmark.ground;

import java.nio.file.Path;
import java.util.List;
import org.dbtbastion.local.client.SshCommand;
import org.dbtbastion.standins.ssh.SshKeys;

/**
 * The sandbox's bastion, as a client knows it.
 *
 * @param hostKeys the public ones, as {@code type base64 …}
 * @param knownHosts the file with them, for OpenSSH, under {@link #ALIAS}
 * @param key one like dbt's, which is let in
 */
public record Bastion(
    String address, int port, List<String> hostKeys, Path knownHosts, SshKeys key) {

  /** So they are known on every port. */
  public static final String ALIAS = "bastion";

  /** The words that log in with the key by OpenSSH's client. */
  public List<String> ssh(int port, String... arguments) {
    List<String> words = SshCommand.words(knownHosts, System.getProperty("user.name"), key);
    words.addAll(List.of("-o", "HostKeyAlias=" + ALIAS, "-p", Integer.toString(port)));
    words.addAll(List.of(arguments));
    words.add(address);
    return words;
  }
}
