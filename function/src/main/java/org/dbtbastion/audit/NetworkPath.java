package org.dbtbastion.audit;

/**
 * The path of a TCP connection.
 *
 * <p>Blocks of addresses are judged address by address where it matters: rules change their mind
 * only where one of their own blocks begins or has ended.
 */
record NetworkPath(Endpoint source, Endpoint destination, int port) {

  /** Finds what is in the way of the traffic or of its answers. */
  void analyze(SnapshotView view) {
    new SecurityGroupAnalysis(view, this).analyze();
    new NetworkAclAnalysis(view, this).analyze();
    new RouteTableAnalysis(view, this).analyze();
  }
}
