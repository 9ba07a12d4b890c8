package org.dbtbastion.local.client;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dbtbastion.standins.ssh.SshKeys;

/** OpenSSH's client with one key and pinned host keys, whatever the current user has configured. */
public final class SshCommand {

  private SshCommand() {}

  /**
   * The words that come before further options and the host.
   *
   * @param knownHosts the file with the host keys that it trusts
   */
  public static List<String> words(Path knownHosts, String user, SshKeys key) {
    List<String> words =
        new ArrayList<>(List.of("ssh", "-F", "none", "-i", key.privateKey().toString()));
    for (String option :
        List.of(
            "User=" + user,
            "BatchMode=yes",
            "IdentitiesOnly=yes",
            "IdentityAgent=none",
            "ConnectTimeout=3",
            "StrictHostKeyChecking=yes",
            "UserKnownHostsFile=\"" + knownHosts + "\"",
            "GlobalKnownHostsFile=/dev/null")) {
      words.addAll(List.of("-o", option));
    }
    return words;
  }

  /** The words of a shell that runs these and prints how many bytes they print. */
  public static List<String> counting(List<String> words) {
    List<String> all = new ArrayList<>(List.of("bash", "-c", "\"$@\" | wc -c", "bash"));
    all.addAll(words);
    return all;
  }
}
