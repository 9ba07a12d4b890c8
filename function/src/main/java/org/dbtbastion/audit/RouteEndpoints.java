package org.dbtbastion.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.network.ClusterOrWorkgroup;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.network.NetworkInterface;
import org.dbtbastion.network.Subnet;

/** The endpoints of a route's paths, as far as they are known. Not thread-safe. */
final class RouteEndpoints {

  private final AuditedRoute route;
  private final DeployedResources resources;
  private final SnapshotView view;

  RouteEndpoints(AuditedRoute route) {
    this.route = route;
    this.resources = route.resources();
    this.view = route.view();
  }

  /** The check in each of its subnets, by the addresses that it has there if they are known. */
  List<Endpoint> checks() {
    if (resources.subnets().isEmpty()) {
      return List.of();
    }
    List<NetworkInterface> own = view.known(view.snapshot().ownInterfaces()).orElse(List.of());
    List<Endpoint> endpoints = new ArrayList<>();
    for (String id : resources.subnets()) {
      List<Cidr> addresses =
          own.stream()
              .filter(each -> each.subnet().equals(id))
              .map(NetworkInterface::address)
              .toList();
      if (!addresses.isEmpty()) {
        endpoints.add(Endpoint.check(resources, id, addresses, true));
      } else {
        List<Cidr> block = view.subnet(id).map(Subnet::cidr).stream().toList();
        endpoints.add(Endpoint.check(resources, id, block, false));
      }
    }
    return endpoints;
  }

  /** The bastion host of the route; none if it has none, or it is not known. */
  List<Endpoint> host() {
    return route
        .hostId()
        .flatMap(
            id ->
                view.hosts()
                    .flatMap(
                        hosts -> hosts.stream().filter(host -> host.id().equals(id)).findFirst()))
        .map(Endpoint::of)
        .stream()
        .toList();
  }

  /** The warehouse's interfaces; where they are not known, what is known of them. */
  List<Endpoint> warehouses() {
    Optional<ClusterOrWorkgroup> warehouse = route.clusterOrWorkgroup();
    String name =
        warehouse
            .map(ClusterOrWorkgroup::toString)
            .orElse("warehouse " + route.connection().host());
    List<Cidr> addresses = addresses(warehouse);
    Optional<Map<Cidr, NetworkInterface>> interfaces = view.interfaces();
    List<Endpoint> endpoints =
        addresses.stream()
            .flatMap(address -> interfaces.map(all -> all.get(address)).stream())
            .map(found -> Endpoint.warehouse(name, found))
            .toList();
    return endpoints.isEmpty()
        ? List.of(
            Endpoint.warehouse(
                name, warehouse.map(ClusterOrWorkgroup::groups).orElse(Set.of()), addresses))
        : endpoints;
  }

  /** The private addresses of the name; if there are none, those that Redshift states. */
  private List<Cidr> addresses(Optional<ClusterOrWorkgroup> warehouse) {
    List<Cidr> usable =
        route.warehouse().addresses().stream().filter(address -> !address.isPublic()).toList();
    return usable.isEmpty()
        ? warehouse.map(ClusterOrWorkgroup::addresses).orElse(List.of())
        : usable;
  }
}
