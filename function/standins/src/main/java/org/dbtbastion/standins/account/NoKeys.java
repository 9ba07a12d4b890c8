package org.dbtbastion.standins.account;

import java.util.List;

/** Values of keys' parameters that hosts must not let in. */
public final class NoKeys {

  private NoKeys() {}

  /**
   * Values for the parameter of an Ed25519 key: garbage, keys with options, line ends or comments,
   * and what looks almost like the key.
   *
   * @param line the key's line
   * @param other the line of a registered key
   */
  public static List<String> of(String line, String other) {
    return List.of(
        "garbage",
        "[]",
        "null",
        "{}",
        "{\"publicKey\":5}",
        ParameterStore.registration(""),
        ParameterStore.registration("permitopen=\"169.254.169.254:80\" " + line),
        ParameterStore.registration("command=\"sh\" " + line),
        ParameterStore.registration("no-touch-required " + line),
        ParameterStore.registration(line + "\n" + line),
        ParameterStore.registration(line + "\n"),
        ParameterStore.registration("\n" + line),
        ParameterStore.registration(line + " comment"),
        ParameterStore.registration(line.replace(" ", "\t")),
        ParameterStore.registration(line.substring(0, line.length() - 4)),
        ParameterStore.registration(line.replace("ssh-ed25519", "ssh-rsa")),
        ParameterStore.registration(line.replace("ssh-ed25519", "ssh-dss")),
        ParameterStore.registration(
            line.replace("ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com")),
        ParameterStore.registration(other),
        ParameterStore.registration(line).replace("}", ",\"expires\":\"tomorrow\"}"),
        ParameterStore.registration(line).replace("}", ",\"expires\":5}"));
  }
}
