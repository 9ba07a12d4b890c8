package org.dbtbastion.standins.account;

import static java.time.temporal.ChronoUnit.SECONDS;

import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.dbtbastion.standins.ssh.SshKeys;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.Parameter;
import software.amazon.awssdk.services.ssm.model.ParameterNotFoundException;
import software.amazon.awssdk.services.ssm.model.ParameterType;

/**
 * One bastion's parameters in moto's Parameter Store. Paths are relative to the bastion's own. Safe
 * for use by several threads.
 */
public final class ParameterStore implements AutoCloseable {

  private final String prefix;
  private final SsmClient ssm;

  public ParameterStore(Moto moto, String bastion) {
    prefix = "/dbt-bastion/" + bastion + "/";
    ssm = moto.client(SsmClient.builder());
  }

  /** A parameter's whole name. */
  public String name(String path) {
    return prefix + path;
  }

  public void put(String path, String value) {
    put(path, value, ParameterType.STRING);
  }

  public void putSecret(String path, String value) {
    put(path, value, ParameterType.SECURE_STRING);
  }

  private void put(String path, String value, ParameterType type) {
    ssm.putParameter(request -> request.name(name(path)).value(value).type(type).overwrite(true));
  }

  public void delete(String path) {
    ssm.deleteParameter(request -> request.name(name(path)));
  }

  /** Stores a key as the key registry does; no host is told. */
  public void register(SshKeys key) {
    put(keyPath(key), registration(key));
  }

  /** The same, until a moment at which it expires. */
  public void register(SshKeys key, Instant expires) {
    put(
        keyPath(key),
        registration(key)
            .replace("}", ",\"expires\":\"%s\"}".formatted(expires.truncatedTo(SECONDS))));
  }

  /** Stores a value in place of a key's. */
  public void register(SshKeys key, String value) {
    put(keyPath(key), value);
  }

  /** Where the key's parameter is, below the bastion's own path. */
  public static String keyPath(SshKeys key) {
    return "authorized-keys/" + key.sha256();
  }

  /** The key's parameter as the key registry writes it. */
  public static String registration(String publicKey) {
    return "{\"publicKey\":%s,\"label\":\"test\",\"registered\":\"2026-11-23T03:00:00Z\"}"
        .formatted(TextNode.valueOf(publicKey));
  }

  /** Without the comment, which the key registry leaves out. */
  private static String registration(SshKeys key) {
    String[] words = key.publicKeyLine().split(" ");
    return registration(words[0] + " " + words[1]);
  }

  /** Takes a key back, if it is there; no host is told. */
  public void revoke(SshKeys key) {
    deleteAll(List.of(keyPath(key)));
  }

  /**
   * Stores this many keys as long as dbt's, whose private halves nobody has.
   *
   * @return their paths
   */
  public List<String> registerStrangers(int number) {
    return IntStream.range(0, number)
        .parallel()
        .mapToObj(
            i -> {
              byte[] blob = strangersKey();
              String path = "authorized-keys/" + sha256(blob);
              put(path, registration("ssh-rsa " + Base64.getEncoder().encodeToString(blob)));
              return path;
            })
        .toList();
  }

  /** The blob of an RSA key of 4096 bits. Source: RFC 4253, section 6.6. */
  private static byte[] strangersKey() {
    byte[] modulus = new byte[512];
    ThreadLocalRandom.current().nextBytes(modulus);
    modulus[0] |= (byte) 0x80;
    modulus[511] |= 1;
    byte[] type = "ssh-rsa".getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocate(4 + type.length + 4 + 3 + 4 + 1 + modulus.length)
        .putInt(type.length)
        .put(type)
        .putInt(3)
        .put(new byte[] {1, 0, 1})
        .putInt(1 + modulus.length)
        // Or it would be a negative number.
        .put((byte) 0)
        .put(modulus)
        .array();
  }

  private static String sha256(byte[] blob) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(blob));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Deletes the parameters at these paths, as far as there are any. */
  public void deleteAll(List<String> paths) {
    // As many as the API takes at once.
    for (int from = 0; from < paths.size(); from += 10) {
      List<String> names =
          paths.subList(from, Math.min(from + 10, paths.size())).stream().map(this::name).toList();
      ssm.deleteParameters(request -> request.names(names));
    }
  }

  /** A parameter, decrypted. */
  public Optional<Parameter> find(String path) {
    try {
      return Optional.of(
          ssm.getParameter(request -> request.name(name(path)).withDecryption(true)).parameter());
    } catch (ParameterNotFoundException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    ssm.close();
  }
}
