package org.dbtbastion.audit;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.network.ClusterOrWorkgroup;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.network.Described;
import org.dbtbastion.network.NetworkInterface;
import org.dbtbastion.network.ResolvedHost;
import org.dbtbastion.network.Subnet;

/**
 * What is wrong with the cluster or workgroup, and with the name that leads to it. Not thread-safe.
 */
final class WarehouseAnalysis {

  private final DeployedResources resources;
  private final SnapshotView view;
  private final Connection connection;
  private final ResolvedHost warehouse;

  WarehouseAnalysis(AuditedRoute route) {
    this.resources = route.resources();
    this.view = route.view();
    this.connection = route.connection();
    this.warehouse = route.warehouse();
  }

  void analyze() {
    Described<ClusterOrWorkgroup> described = view.snapshot().warehouses().get(warehouse);
    Optional<Map<Cidr, NetworkInterface>> interfaces = view.interfaces();
    boolean hasInterface =
        interfaces.isPresent()
            && warehouse.addresses().stream().anyMatch(interfaces.get()::containsKey);
    if (warehouse.addresses().isEmpty()) {
      dnsSupport();
    }
    if (described instanceof Described.Missing<ClusterOrWorkgroup>
        && interfaces.isPresent()
        && !hasInterface) {
      notFound();
    }
    view.known(described)
        .ifPresent(
            found -> {
              status(found);
              // An endpoint that Redshift manages has a name and a port of its own.
              boolean another =
                  hasInterface
                      && !found.addresses().isEmpty()
                      && warehouse.addresses().stream().noneMatch(found.addresses()::contains);
              if (!another) {
                endpoint(found);
              }
              addresses(found, interfaces.isPresent() && !hasInterface);
            });
  }

  private void notFound() {
    if (warehouse.addresses().isEmpty()) {
      view.add(
          Cause.WAREHOUSE_NOT_FOUND,
          warehouse.host(),
          "%s does not resolve, and no cluster or workgroup of this account and region has that"
                  .formatted(warehouse.host())
              + " endpoint",
          "Copy the endpoint from the Redshift console, and deploy the stack with it.");
    } else {
      view.add(
          Cause.UNVERIFIED,
          warehouse.host(),
          "no cluster, workgroup or network interface of this account and region is what %s (%s)"
                  .formatted(
                      warehouse.host(),
                      warehouse.addresses().stream().map(Cidr::toString).collect(joining(", ")))
              + " leads to",
          "Look at its security groups and routes in the account that it belongs to, or deploy the"
              + " stack with the endpoint that the Redshift console shows.");
    }
  }

  private void dnsSupport() {
    resources.subnets().stream()
        .flatMap(id -> view.subnet(id).stream())
        .map(Subnet::vpc)
        .distinct()
        .filter(view.snapshot().vpcs()::containsKey)
        .forEach(
            id ->
                view.known(view.snapshot().vpcs().get(id))
                    .filter(vpc -> !vpc.dnsSupport())
                    .ifPresent(
                        _ ->
                            view.add(
                                Cause.DNS_SUPPORT_OFF,
                                id,
                                "VPC %s has DNS support off, so %s does not resolve there"
                                    .formatted(id, warehouse.host()),
                                "aws ec2 modify-vpc-attribute --vpc-id %s --enable-dns-support"
                                    .formatted(id))));
  }

  private void status(ClusterOrWorkgroup found) {
    // As in "available, resize-cleanup". Source: the Redshift management guide, "Cluster status".
    if (found.status().startsWith("available")) {
      return;
    }
    String remedy;
    if (found.serverless()) {
      remedy =
          "Wait until it is available: aws redshift-serverless get-workgroup --workgroup-name "
              + found.name();
    } else if (found.status().equals("paused")) {
      remedy = "aws redshift resume-cluster --cluster-identifier " + found.name();
    } else {
      remedy =
          "Wait until it is available: aws redshift wait cluster-available --cluster-identifier "
              + found.name();
    }
    view.add(
        Cause.WAREHOUSE_NOT_AVAILABLE,
        found.name(),
        "%s is %s".formatted(found, found.status()),
        remedy);
  }

  private void endpoint(ClusterOrWorkgroup found) {
    if (found.host().isEmpty()) {
      return;
    }
    // A custom domain name leads there too.
    boolean otherHost =
        warehouse.host().matches("(?i).*\\.amazonaws\\.com(\\.cn)?")
            && !warehouse.host().equalsIgnoreCase(found.host());
    if (otherHost || connection.port() != found.port()) {
      view.add(
          Cause.ENDPOINT_DIFFERS,
          found.name(),
          "%s listens at %s:%d, and connection %s leads to %s:%d"
              .formatted(
                  found,
                  found.host(),
                  found.port(),
                  connection.name(),
                  warehouse.host(),
                  connection.port()),
          "Deploy the stack with %s:%d, after cdk context --clear where it was looked up, and type"
                  .formatted(found.host(), found.port())
              + " that into dbt.");
    }
  }

  private void addresses(ClusterOrWorkgroup found, boolean nobodys) {
    List<Cidr> outside = warehouse.addresses().stream().filter(Cidr::isPublic).toList();
    String leads =
        "%s leads to %s"
            .formatted(
                warehouse.host(),
                warehouse.addresses().stream().map(Cidr::toString).collect(joining(", ")));
    if (!outside.isEmpty() && found.publiclyAccessible()) {
      view.add(
          Cause.PUBLICLY_ACCESSIBLE,
          found.name(),
          "%s is publicly accessible, and %s from here".formatted(found, leads),
          found.serverless()
              ? "aws redshift-serverless update-workgroup --no-publicly-accessible --workgroup-name "
                  + found.name()
              : "aws redshift modify-cluster --no-publicly-accessible --cluster-identifier "
                  + found.name());
    } else if (!warehouse.addresses().isEmpty()
        && nobodys
        && !found.addresses().isEmpty()
        && warehouse.addresses().stream().noneMatch(found.addresses()::contains)) {
      view.add(
          Cause.DNS_RECORD_STALE,
          warehouse.host(),
          "%s, where nothing is, and %s is at %s"
              .formatted(
                  leads,
                  found,
                  found.addresses().stream().map(Cidr::toString).collect(joining(", "))),
          warehouse.host().equalsIgnoreCase(found.host())
              ? "Remove the record of %s from your own hosted zones and name servers: Redshift's is"
                      .formatted(warehouse.host())
                  + " right."
              : "Make the DNS record of %s a CNAME of %s."
                  .formatted(warehouse.host(), found.host()));
    }
  }
}
