package org.dbtbastion.audit;

/**
 * The path of a TCP connection.
 *
 * <p>Blocks of addresses are judged by one address for each part: the outcome can only change where
 * a rule's own block begins or ends.
 */
record NetworkPath(Endpoint source, Endpoint destination, int port) {

  /** Finds what is in the way of the traffic or of its answers. */
  void analyze(SnapshotView view) {
    new SecurityGroupAnalysis(view, this).analyze();
    new NetworkAclAnalysis(view, this).analyze();
    new RouteTableAnalysis(view, this).analyze();
  }
}
