package org.dbtbastion.infra.bastion;

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
        Host.registration(""),
        Host.registration("permitopen=\"169.254.169.254:80\" " + line),
        Host.registration("command=\"sh\" " + line),
        Host.registration("no-touch-required " + line),
        Host.registration(line + "\n" + line),
        Host.registration(line + "\n"),
        Host.registration("\n" + line),
        Host.registration(line + " comment"),
        Host.registration(line.replace(" ", "\t")),
        Host.registration(line.substring(0, line.length() - 4)),
        Host.registration(line.replace("ssh-ed25519", "ssh-rsa")),
        Host.registration(line.replace("ssh-ed25519", "ssh-dss")),
        Host.registration(line.replace("ssh-ed25519", "ssh-ed25519-cert-v01@openssh.com")),
        Host.registration(other),
        Host.registration(line).replace("}", ",\"expires\":\"tomorrow\"}"),
        Host.registration(line).replace("}", ",\"expires\":5}"));
  }
}
