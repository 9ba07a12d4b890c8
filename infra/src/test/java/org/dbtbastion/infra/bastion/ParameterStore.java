package org.dbtbastion.infra.bastion;

import java.util.Optional;
import org.dbtbastion.testing.Moto;
import org.dbtbastion.testing.SshKeys;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.Parameter;
import software.amazon.awssdk.services.ssm.model.ParameterNotFoundException;
import software.amazon.awssdk.services.ssm.model.ParameterType;

/** One bastion's parameters. Paths are relative to the bastion's own. */
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
    put(Host.keyPath(key), Host.registration(key.publicKeyLine()));
  }

  /** Takes a key back; no host is told. */
  public void revoke(SshKeys key) {
    delete(Host.keyPath(key));
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
