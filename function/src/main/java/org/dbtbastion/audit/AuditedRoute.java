package org.dbtbastion.audit;

import java.util.Optional;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.network.ClusterOrWorkgroup;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.network.NetworkLoadBalancer;
import org.dbtbastion.network.ResolvedHost;

/**
 * The route that is audited.
 *
 * @param connection whose route it is
 * @param warehouse where the connection leads
 * @param hostId the bastion host; empty if the route has none, or none was found
 */
record AuditedRoute(
    DeployedResources resources,
    SnapshotView view,
    Connection connection,
    ResolvedHost warehouse,
    Optional<String> hostId) {

  /** The cluster or workgroup to which the connection leads; empty if it is none, or not known. */
  Optional<ClusterOrWorkgroup> clusterOrWorkgroup() {
    return view.known(view.snapshot().warehouses().get(warehouse));
  }

  /** The load balancer of the bastion; empty if there is none, or it is not known. */
  Optional<NetworkLoadBalancer> loadBalancer() {
    return view.known(view.snapshot().loadBalancer());
  }
}
