package org.dbtbastion.standins.ssh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.Programs;

/**
 * SSH key pairs made by {@code ssh-keygen}, without a passphrase.
 *
 * @param privateKey the private key's file
 * @param publicKey the public key's file
 */
public record SshKeys(Path privateKey, Path publicKey) {

  /**
   * Makes a key pair as the dbt platform does: RSA, 4096 bits, no comment. Takes up to a few
   * seconds.
   *
   * @param folder where the files {@code name} and {@code name.pub} go; it is created
   */
  public static SshKeys likeDbt(Path folder, String name) {
    return generate(folder, name, "rsa", OptionalInt.of(4096), "");
  }

  /** Makes an Ed25519 key pair without a comment. */
  public static SshKeys ed25519(Path folder, String name) {
    return generate(folder, name, "ed25519", OptionalInt.empty(), "");
  }

  /**
   * Makes a key pair.
   *
   * @param folder where the files {@code name} and {@code name.pub} go; it is created
   * @param type as {@code ssh-keygen -t} takes it: rsa, ecdsa, ed25519, dsa
   * @param bits the key's length; ssh-keygen's default if empty
   * @param comment the comment, which may be empty
   * @throws IllegalStateException if ssh-keygen is missing or refuses
   */
  public static SshKeys generate(
      Path folder, String name, String type, OptionalInt bits, String comment) {
    try {
      Files.createDirectories(folder);
      Path file = folder.resolve(name).toAbsolutePath();
      // ssh-keygen would ask whether to overwrite.
      Files.deleteIfExists(file);
      List<String> command = new ArrayList<>(List.of(sshKeygen(), "-q", "-t", type));
      bits.ifPresent(length -> command.addAll(List.of("-b", Integer.toString(length))));
      command.addAll(List.of("-N", "", "-C", comment, "-f", file.toString()));
      new Command(command, Map.of()).runOrThrow();
      return new SshKeys(file, file.resolveSibling(name + ".pub"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes an Ed25519 key pair whose private key is encrypted with a passphrase. */
  public static SshKeys encrypted(Path folder, String name, String passphrase) {
    SshKeys keys = ed25519(folder, name);
    Command.of(
            sshKeygen(), "-q", "-p", "-P", "", "-N", passphrase, "-f", keys.privateKey().toString())
        .runOrThrow();
    return keys;
  }

  /** The line of the public key that {@code ssh-keygen -y} works out from a private key's file. */
  public static String publicHalf(Path privateKey) {
    return Command.of(sshKeygen(), "-y", "-f", privateKey.toString()).runOrThrow().strip();
  }

  /** The public key's line, {@code type base64 [comment]}, without a line break. */
  public String publicKeyLine() {
    return read(publicKey).strip();
  }

  /** The private key's text. */
  public String privateKeyText() {
    return read(privateKey);
  }

  /** The fingerprint as OpenSSH shows it: {@code SHA256:} and 43 characters of base64. */
  public String fingerprint() {
    return describe(publicKey).split(" ")[1];
  }

  /** The fingerprint's SHA-256 in hexadecimal: the name of the key's parameter. */
  public String sha256() {
    String base64 = fingerprint().substring("SHA256:".length());
    return HexFormat.of().formatHex(Base64.getDecoder().decode(base64));
  }

  /**
   * What {@code ssh-keygen -l} says about a file with a key: bits, fingerprint, comment and type.
   *
   * @throws IllegalStateException if ssh-keygen is missing or does not take it for a key
   */
  public static String describe(Path file) {
    return Command.of(sshKeygen(), "-l", "-f", file.toString()).runOrThrow().strip();
  }

  private static String sshKeygen() {
    return Programs.find("ssh-keygen")
        .orElseThrow(() -> new IllegalStateException("ssh-keygen is missing: " + Sshd.INSTALL))
        .toString();
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
