package org.dbtbastion.infra;

/** What functions, hosts and stack call the metrics of a bastion. */
final class MetricNames {

  /** The dimension with the name of a connection. */
  static final String CONNECTION = "Connection";

  /** The dimension with the id of a route. */
  static final String ROUTE = "Route";

  /** Of a connection, a route and a host: 1 passed, 0 failed. */
  static final String SUCCESS = "Success";

  /** Of a connection, a route and a host, in milliseconds; of one stage with its name in front. */
  static final String DURATION = "Duration";

  /** How many connections, routes and hosts were checked. */
  static final String CHECKS = "Checks";

  /** How many hosts did not take a change of the keys. */
  static final String KEYS_NOT_DELIVERED = "KeysNotDelivered";

  /** Live tunnels of a host. */
  static final String TUNNELS = "Tunnels";

  /** Keys that a host lets in. */
  static final String KEYS = "Keys";

  /** Stored values that a host found to be no keys. */
  static final String SKIPPED_KEYS = "SkippedKeys";

  /** Seconds since a host last fetched the keys. */
  static final String SYNC_AGE = "SyncAge";

  private MetricNames() {}

  /** Bastions of one account are apart by their namespaces. */
  static String namespace(BastionName bastion) {
    return "DbtBastion/" + bastion;
  }
}
