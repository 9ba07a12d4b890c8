package org.dbtbastion.connection;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The host name that Redshift gives a cluster ({@code CLUSTER.HASH.REGION.redshift.amazonaws.com})
 * or a workgroup ({@code WORKGROUP.ACCOUNT.REGION.redshift-serverless.amazonaws.com}).
 *
 * @param first the identifier of the cluster or the name of the workgroup, in lower case
 * @param serverless whether it is a workgroup
 */
record EndpointName(String first, boolean serverless) {

  private static final Pattern NAME =
      Pattern.compile(
          "([a-z0-9-]+)\\.[a-z0-9]+\\.[a-z0-9-]+\\.redshift(-serverless)?\\.amazonaws\\..*");

  /**
   * Names of VPC endpoints that Redshift manages begin with the endpoint's own: {@code
   * NAME-endpoint-RANDOM.ACCOUNT.REGION.redshift.amazonaws.com}.
   */
  private static final Pattern MANAGED = Pattern.compile(".+-endpoint-[a-z0-9]+");

  /** Empty if it is no such name. */
  static Optional<EndpointName> parse(String host) {
    Matcher matcher = NAME.matcher(host.toLowerCase(Locale.ROOT));
    return matcher.matches() && !MANAGED.matcher(matcher.group(1)).matches()
        ? Optional.of(new EndpointName(matcher.group(1), matcher.group(2) != null))
        : Optional.empty();
  }
}
