package org.dbtbastion.audit;

import java.util.List;
import java.util.Set;
import org.dbtbastion.network.DeployedResources;

/** What is wrong with the network on a route. Not thread-safe. */
final class RouteAnalysis {

  private final AuditedRoute route;
  private final DeployedResources resources;
  private final RouteEndpoints endpoints;

  RouteAnalysis(AuditedRoute route) {
    this.route = route;
    this.resources = route.resources();
    this.endpoints = new RouteEndpoints(route);
  }

  /** What is wrong with some segments of the route, the likeliest cause first. */
  List<Finding> findings(Set<Segment> segments) {
    if (segments.contains(Segment.CHECK_TO_BASTION) || segments.contains(Segment.DBT_TO_BASTION)) {
      new BastionAnalysis(route).analyze();
    }
    if (segments.contains(Segment.CHECK_TO_WAREHOUSE)
        || segments.contains(Segment.BASTION_TO_WAREHOUSE)) {
      new WarehouseAnalysis(route).analyze();
    }
    for (Segment segment : segments) {
      switch (segment) {
        case CHECK_TO_WAREHOUSE ->
            analyze(endpoints.checks(), endpoints.warehouses(), route.connection().port());
        case CHECK_TO_BASTION -> analyze(endpoints.checks(), endpoints.host(), resources.port());
        case DBT_TO_BASTION -> analyzeFromDbt();
        case BASTION_TO_WAREHOUSE ->
            analyze(endpoints.host(), endpoints.warehouses(), route.connection().port());
      }
    }
    return route.view().findings().sorted();
  }

  private void analyze(List<Endpoint> sources, List<Endpoint> destinations, int port) {
    for (Endpoint source : sources) {
      for (Endpoint destination : destinations) {
        new NetworkPath(source, destination, port).analyze(route.view());
      }
    }
  }

  private void analyzeFromDbt() {
    if (resources.dbt().isEmpty()) {
      return;
    }
    List<Endpoint> dbt = List.of(Endpoint.dbt(resources));
    if (resources.targetGroup().isEmpty()) {
      analyze(dbt, endpoints.host(), resources.port());
      return;
    }
    route
        .loadBalancer()
        .ifPresent(
            balancer -> {
              for (String subnet : balancer.subnets()) {
                analyze(dbt, List.of(Endpoint.entrance(balancer, subnet)), resources.port());
                analyze(
                    List.of(Endpoint.exit(balancer, subnet, resources)),
                    endpoints.host(),
                    resources.port());
              }
            });
  }
}
