package org.dbtbastion.handler;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithConverter;
import io.smallrye.config.WithDefault;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.dbtbastion.action.Action;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.address.TcpPort;
import org.eclipse.microprofile.config.spi.Converter;

/**
 * What the deployment sets, as environment variables: {@code DBT_BASTION_NAME} and so on. The
 * function does not start if a setting is missing or malformed; the message names all of them.
 */
@ConfigMapping(prefix = "dbt-bastion")
public interface Settings {

  /** The bastion's name: 1 to 31 lower-case letters, digits and hyphens, a letter first. */
  @WithConverter(NameConverter.class)
  String name();

  /** The actions that this function answers; a caller who may invoke it may do all of them. */
  Set<Action> actions();

  /** The SSM document that makes hosts fetch the keys; needed by the actions that change keys. */
  Optional<String> syncDocument();

  /** The one address that dbt connects to, which one host holds; left out: all hosts serve dbt. */
  Optional<String> publicAddress();

  /** What is typed into dbt as the tunnel's host; needed by the action that says what to type. */
  Optional<String> tunnelHost();

  /** The target group of the balancer that dbt connects to; left out: there is no balancer. */
  Optional<String> targetGroup();

  /** dbt's addresses and blocks, for the audit. */
  Optional<List<Cidr>> sources();

  /** The function's own security group, for the audit. */
  Optional<String> securityGroup();

  /** The subnets in which the function stands, for the audit. */
  Optional<List<String>> subnets();

  /** The user that logs in over SSH. */
  @WithDefault("dbtcloud")
  String sshUser();

  /** The TCP port of sshd. */
  @WithDefault("22")
  @WithConverter(PortConverter.class)
  int sshPort();

  /** Refuses what cannot be part of parameters' and tags' names. */
  final class NameConverter implements Converter<String> {
    private static final long serialVersionUID = 1L;
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,30}");

    @Override
    public String convert(String text) {
      if (!NAME.matcher(text).matches()) {
        throw new IllegalArgumentException("a bastion's name is of the form " + NAME);
      }
      return text;
    }
  }

  /** Refuses what is no TCP port. */
  final class PortConverter implements Converter<Integer> {
    private static final long serialVersionUID = 1L;

    @Override
    public Integer convert(String text) {
      return TcpPort.require(Integer.parseInt(text));
    }
  }
}
