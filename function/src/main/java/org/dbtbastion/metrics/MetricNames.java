package org.dbtbastion.metrics;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What the metrics of a bastion are called in CloudWatch: the function's, and those that the host
 * files write. The names are stable: alarms and dashboards rely on them. This class needs the JDK
 * alone, so that whoever sets up alarms can use it.
 */
public final class MetricNames {

  /** A dimension: {@link #dimensionValue} of the connection's name. */
  public static final String CONNECTION = "Connection";

  /** A dimension: {@code direct} or {@code tunnel}. */
  public static final String ROUTE = "Route";

  /** By connection and route, in Count, for each host: 1 if no stage failed, otherwise 0. */
  public static final String SUCCESS = "Success";

  /** By connection and route, in Milliseconds, for each host: all stages together. */
  public static final String DURATION = "Duration";

  /** Without dimensions, in Count: on how many connections, routes and hosts a check reported. */
  public static final String CHECKS = "Checks";

  /**
   * Without dimensions, in Count, of a check that logged in: on how many connections, routes and
   * hosts the login failed, or what comes before or after it: credentials, query, grants.
   */
  public static final String LOGINS_FAILED = "LoginsFailed";

  /** Without dimensions, in Count: how many hosts failed to apply a change of the keys. */
  public static final String KEYS_NOT_DELIVERED = "KeysNotDelivered";

  /**
   * Without dimensions, in Count, of both functions: 1 for a call that had to wait for a new
   * execution environment, from a snapshot or not. Of others there is none.
   */
  public static final String COLD_START = "ColdStart";

  /** Without dimensions, in Count, by each host each minute: its live tunnels. */
  public static final String TUNNELS = "Tunnels";

  /**
   * Without dimensions, in Percent, by each host each minute: its live tunnels, of those that it
   * has memory for. At 100 it turns new logins away.
   */
  public static final String TUNNEL_LOAD = "TunnelLoad";

  /** Without dimensions, in Count, by each host each minute: the keys that it lets in. */
  public static final String KEYS = "Keys";

  /** Without dimensions, in Count, by each host each minute: stored values that are no keys. */
  public static final String SKIPPED_KEYS = "SkippedKeys";

  /** Without dimensions, in Seconds, by each host each minute: since it last had all keys. */
  public static final String SYNC_AGE = "SyncAge";

  private static final int LONGEST_DIMENSION_VALUE = 255;

  private MetricNames() {}

  /** The namespace of the bastion of this name: one of its own for each bastion. */
  public static String namespace(String bastion) {
    return "DbtBastion/" + bastion;
  }

  /**
   * By connection and route, in Milliseconds, for each host: how long a stage that ran took.
   *
   * @param stage the stage's name in reports, such as {@code ssh-auth} for {@code SshAuthDuration}
   */
  public static String stageDuration(String stage) {
    return Arrays.stream(stage.split("-"))
        .map(word -> Character.toUpperCase(word.charAt(0)) + word.substring(1))
        .collect(Collectors.joining("", "", "Duration"));
  }

  /**
   * The name as a dimension may have it: itself, where it is 1 to 255 visible ASCII characters with
   * no colon in front, as names of parameters are; otherwise cut off, with underscores for what is
   * not allowed.
   *
   * @see <a
   *     href="https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html">
   *     Dimension</a>
   */
  public static String dimensionValue(String name) {
    String allowed = name.replaceAll("[^!-~]|^:|^$", "_");
    return allowed.substring(0, Math.min(allowed.length(), LONGEST_DIMENSION_VALUE));
  }
}
