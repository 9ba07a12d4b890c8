package org.dbtbastion.audit;

import static java.util.stream.Collectors.joining;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.connection.Connection;
import org.dbtbastion.deployment.BastionHost;
import org.dbtbastion.network.BastionInstance;
import org.dbtbastion.network.ClusterOrWorkgroup;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.network.ElasticIpAddress;
import org.dbtbastion.network.NetworkInterface;
import org.dbtbastion.network.NetworkLoadBalancer;
import org.dbtbastion.network.NetworkSnapshot;
import org.dbtbastion.network.ResolvedHost;
import org.dbtbastion.network.Subnet;

/** What can be wrong with one connection on one route, by the picture. For one thread. */
final class Rules {

  /**
   * Two of the intervals in which dbt and sshd speak: with less, one message that is late ends a
   * tunnel.
   */
  private static final Duration LEAST_IDLE_TIMEOUT = Duration.ofSeconds(60);

  private static final String DEPLOY_AGAIN =
      "Destroy the stack and deploy it again (scripts/destroy, scripts/deploy), then type its output"
          + " TunnelHost into dbt; registered keys and host keys stay.";

  private final DeployedResources site;
  private final NetworkSnapshot picture;
  private final Connection connection;
  private final ResolvedHost target;
  private final Optional<String> hostId;
  private final Findings notes = new Findings();

  /**
   * @param hostId the host of the route; empty if it has none, or none was found
   */
  Rules(
      DeployedResources site,
      NetworkSnapshot picture,
      Connection connection,
      ResolvedHost target,
      Optional<String> hostId) {
    this.site = site;
    this.picture = picture;
    this.connection = connection;
    this.target = target;
    this.hostId = hostId;
  }

  /** What is wrong with some legs of the route. */
  List<Finding> findings(Set<Segment> legs) {
    if (legs.contains(Segment.CHECK_TO_BASTION) || legs.contains(Segment.DBT_TO_BASTION)) {
      entrance();
    }
    if (legs.contains(Segment.CHECK_TO_WAREHOUSE) || legs.contains(Segment.BASTION_TO_WAREHOUSE)) {
      warehouse();
    }
    for (Segment leg : legs) {
      switch (leg) {
        case CHECK_TO_WAREHOUSE -> ways(checks(), warehouses(), connection.port());
        case CHECK_TO_BASTION -> ways(checks(), host(), site.port());
        case DBT_TO_BASTION -> fromDbt();
        case BASTION_TO_WAREHOUSE -> ways(host(), warehouses(), connection.port());
      }
    }
    return notes.findings();
  }

  private void ways(List<Endpoint> from, List<Endpoint> to, int port) {
    for (Endpoint one : from) {
      for (Endpoint other : to) {
        new NetworkPath(picture, notes, one, other, port).judge();
      }
    }
  }

  private void fromDbt() {
    if (site.dbt().isEmpty()) {
      return;
    }
    List<Endpoint> dbt = List.of(Endpoint.dbt(site));
    if (site.targetGroup().isEmpty()) {
      ways(dbt, host(), site.port());
      return;
    }
    balancer()
        .ifPresent(
            balancer -> {
              for (String subnet : balancer.subnets()) {
                ways(dbt, List.of(Endpoint.entrance(balancer, subnet)), site.port());
                ways(List.of(Endpoint.exit(balancer, subnet, site)), host(), site.port());
              }
            });
  }

  // Places

  /** The check in each of its subnets, by the addresses that it has there if they are known. */
  private List<Endpoint> checks() {
    if (site.subnets().isEmpty()) {
      return List.of();
    }
    List<NetworkInterface> own = notes.known(picture.ownInterfaces()).orElse(List.of());
    Map<String, Subnet> subnets = notes.known(picture.subnets()).orElse(Map.of());
    List<Endpoint> places = new ArrayList<>();
    for (String id : site.subnets()) {
      List<Cidr> addresses =
          own.stream()
              .filter(each -> each.subnet().equals(id))
              .map(NetworkInterface::address)
              .toList();
      if (!addresses.isEmpty()) {
        places.add(Endpoint.check(site, id, addresses, true));
      } else {
        Optional<Subnet> subnet = Optional.ofNullable(subnets.get(id));
        places.add(Endpoint.check(site, id, subnet.map(Subnet::cidr).stream().toList(), false));
      }
    }
    return places;
  }

  private List<Endpoint> host() {
    return hostId
        .flatMap(
            id ->
                notes
                    .known(picture.hosts())
                    .flatMap(
                        hosts -> hosts.stream().filter(host -> host.id().equals(id)).findFirst()))
        .map(Endpoint::of)
        .stream()
        .toList();
  }

  /** The warehouse's interfaces; where they are not known, what is known of them. */
  private List<Endpoint> warehouses() {
    Optional<ClusterOrWorkgroup> warehouse = known();
    String name =
        warehouse.map(ClusterOrWorkgroup::toString).orElse("warehouse " + connection.host());
    List<Cidr> addresses = addresses(warehouse);
    Optional<Map<Cidr, NetworkInterface>> interfaces = notes.known(picture.interfaces());
    List<Endpoint> places =
        addresses.stream()
            .flatMap(address -> interfaces.map(all -> all.get(address)).stream())
            .map(found -> Endpoint.warehouse(name, found))
            .toList();
    return places.isEmpty()
        ? List.of(
            Endpoint.warehouse(
                name, warehouse.map(ClusterOrWorkgroup::groups).orElse(Set.of()), addresses))
        : places;
  }

  /** What the name leads to; where that is of no use, what Redshift says. */
  private List<Cidr> addresses(Optional<ClusterOrWorkgroup> warehouse) {
    List<Cidr> usable = target.addresses().stream().filter(address -> !address.isPublic()).toList();
    return usable.isEmpty()
        ? warehouse.map(ClusterOrWorkgroup::addresses).orElse(List.of())
        : usable;
  }

  private Optional<ClusterOrWorkgroup> known() {
    return notes.known(picture.warehouses().get(target)).flatMap(warehouse -> warehouse);
  }

  private Optional<NetworkLoadBalancer> balancer() {
    return notes.known(picture.balancer()).flatMap(balancer -> balancer);
  }

  // The bastion and what leads to it

  private void entrance() {
    Optional<List<BastionInstance>> hosts = notes.known(picture.hosts());
    List<BastionInstance> running =
        hosts.orElse(List.of()).stream().filter(BastionInstance::running).toList();
    if (hosts.isPresent() && running.isEmpty()) {
      String group = "dbt-bastion-" + site.bastion();
      notes.add(
          Cause.NO_HOST_RUNS,
          group,
          hosts.get().isEmpty()
              ? "bastion %s has no host".formatted(site.bastion())
              : hosts.get().stream()
                  .map(host -> "bastion host %s is %s".formatted(host.id(), host.state()))
                  .collect(joining(", ")),
          "See why Auto Scaling launches none: aws autoscaling describe-scaling-activities"
              + " --auto-scaling-group-name %s --max-items 5".formatted(group));
    }
    site.elasticIp().ifPresent(address -> elasticIp(address, running));
    site.targetGroup().ifPresent(this::targetGroup);
    notes
        .known(picture.impaired())
        .ifPresent(
            impaired ->
                concerned(running)
                    .filter(host -> impaired.containsKey(host.id()))
                    .forEach(
                        host ->
                            notes.add(
                                Cause.HOST_IMPAIRED,
                                host.id(),
                                "EC2's status checks of bastion host %s fail: %s"
                                    .formatted(host.id(), impaired.get(host.id())),
                                replace(host.id()))));
    notes
        .known(picture.agents())
        .ifPresent(
            agents ->
                concerned(running)
                    .filter(host -> !BastionHost.mayBeBooting(host.launched(), Instant.now()))
                    .filter(host -> !"Online".equals(agents.get(host.id())))
                    .forEach(
                        host ->
                            notes.add(
                                Cause.AGENT_NOT_ONLINE,
                                host.id(),
                                "the SSM agent of bastion host %s is %s, so the host may hang or"
                                        .formatted(
                                            host.id(),
                                            agents.getOrDefault(host.id(), "not registered"))
                                    + " have no way out",
                                replace(host.id()))));
  }

  private Stream<BastionInstance> concerned(List<BastionInstance> running) {
    return running.stream().filter(host -> hostId.isEmpty() || hostId.get().equals(host.id()));
  }

  /** Auto Scaling ends a host that is called unhealthy, and launches another. */
  private static String replace(String host) {
    return "Replace it: aws autoscaling set-instance-health --health-status Unhealthy --instance-id "
        + host;
  }

  private void elasticIp(String address, List<BastionInstance> running) {
    Optional<Optional<ElasticIpAddress>> read = notes.known(picture.elasticIp());
    if (read.isEmpty()) {
      return;
    }
    if (read.get().isEmpty()) {
      notes.add(
          Cause.ELASTIC_IP_MISSING,
          address,
          "the Elastic IP %s is not in this account and region any more".formatted(address),
          DEPLOY_AGAIN);
      return;
    }
    ElasticIpAddress elasticIp = read.get().get();
    if (!running.isEmpty()
        && elasticIp
            .instance()
            .filter(id -> running.stream().anyMatch(host -> host.id().equals(id)))
            .isEmpty()) {
      notes.add(
          Cause.ELASTIC_IP_NOT_ON_HOST,
          elasticIp.allocation(),
          "the Elastic IP %s (%s) belongs to %s and to no running bastion host"
              .formatted(
                  elasticIp.allocation(), address, elasticIp.instance().orElse("no instance")),
          "aws ec2 associate-address --allocation-id %s --instance-id %s --allow-reassociation"
              .formatted(elasticIp.allocation(), hostId.orElse(running.getFirst().id())));
    }
  }

  private void targetGroup(String arn) {
    Optional<Optional<NetworkLoadBalancer>> read = notes.known(picture.balancer());
    if (read.isEmpty()) {
      return;
    }
    if (read.get().isEmpty()) {
      notes.add(
          Cause.BALANCER_MISSING,
          arn,
          "no load balancer leads to the target group of bastion %s".formatted(site.bastion()),
          DEPLOY_AGAIN);
      return;
    }
    NetworkLoadBalancer balancer = read.get().get();
    if (!balancer.state().equals("active")) {
      notes.add(
          Cause.BALANCER_NOT_ACTIVE,
          balancer.name(),
          "load balancer %s is %s".formatted(balancer.name(), balancer.state()),
          // Source: the Elastic Load Balancing API reference, "LoadBalancerState".
          balancer.state().equals("failed")
              ? DEPLOY_AGAIN
              : "Wait for it: aws elbv2 wait load-balancer-available --load-balancer-arns "
                  + balancer.arn());
    }
    Optional<NetworkLoadBalancer.Listener> listener =
        balancer.listeners().stream().filter(each -> each.port() == site.port()).findFirst();
    if (listener.isEmpty()) {
      notes.add(
          Cause.LISTENER_MISSING,
          balancer.name(),
          "load balancer %s does not listen on tcp/%d".formatted(balancer.name(), site.port()),
          "aws elbv2 create-listener --load-balancer-arn %s --protocol TCP --port %d"
                  .formatted(balancer.arn(), site.port())
              + " --default-actions Type=forward,TargetGroupArn="
              + arn);
    }
    listener
        .flatMap(NetworkLoadBalancer.Listener::idleTimeout)
        .filter(timeout -> timeout.compareTo(LEAST_IDLE_TIMEOUT) <= 0)
        .ifPresent(
            timeout ->
                notes.add(
                    Cause.IDLE_TIMEOUT_SHORT,
                    balancer.name(),
                    "load balancer %s forgets connections that are silent for %d s, and dbt speaks"
                            .formatted(balancer.name(), timeout.toSeconds())
                        + " every 30 s",
                    "aws elbv2 modify-listener-attributes --listener-arn %s --attributes"
                            .formatted(listener.get().arn())
                        + " Key=tcp.idle_timeout.seconds,Value=6000"));
    hostId
        .filter(id -> !"healthy".equals(balancer.targets().get(id)))
        .ifPresent(
            id ->
                notes.add(
                    Cause.TARGET_NOT_HEALTHY,
                    id,
                    "load balancer %s sends nobody to bastion host %s: %s"
                        .formatted(
                            balancer.name(),
                            id,
                            balancer.targets().getOrDefault(id, "it is not registered")),
                    balancer.targets().containsKey(id)
                        ? replace(id)
                        : "aws elbv2 register-targets --target-group-arn %s --targets Id=%s"
                            .formatted(arn, id)));
  }

  // The warehouse and its name

  private void warehouse() {
    Optional<Optional<ClusterOrWorkgroup>> read = notes.known(picture.warehouses().get(target));
    Optional<Map<Cidr, NetworkInterface>> interfaces = notes.known(picture.interfaces());
    boolean hasInterface =
        interfaces.isPresent()
            && target.addresses().stream().anyMatch(interfaces.get()::containsKey);
    if (target.addresses().isEmpty()) {
      dnsSupport();
    }
    if (read.isPresent() && read.get().isEmpty() && interfaces.isPresent() && !hasInterface) {
      notFound();
    }
    read.flatMap(warehouse -> warehouse)
        .ifPresent(
            warehouse -> {
              status(warehouse);
              // An endpoint that Redshift manages has a name and a port of its own.
              boolean another =
                  hasInterface
                      && !warehouse.addresses().isEmpty()
                      && target.addresses().stream().noneMatch(warehouse.addresses()::contains);
              if (!another) {
                endpoint(warehouse);
              }
              addresses(warehouse, interfaces.isPresent() && !hasInterface);
            });
  }

  private void notFound() {
    if (target.addresses().isEmpty()) {
      notes.add(
          Cause.WAREHOUSE_NOT_FOUND,
          target.host(),
          "%s does not resolve, and no cluster or workgroup of this account and region has that"
                  .formatted(target.host())
              + " endpoint",
          "Copy the endpoint from the Redshift console, and deploy the stack with it.");
    } else {
      notes.add(
          Cause.UNVERIFIED,
          target.host(),
          "no cluster, workgroup or network interface of this account and region is what %s (%s)"
                  .formatted(
                      target.host(),
                      target.addresses().stream().map(Cidr::toString).collect(joining(", ")))
              + " leads to",
          "Look at its security groups and routes in the account that it belongs to, or deploy the"
              + " stack with the endpoint that the Redshift console shows.");
    }
  }

  private void dnsSupport() {
    Map<String, Subnet> subnets = notes.known(picture.subnets()).orElse(Map.of());
    site.subnets().stream()
        .flatMap(id -> Optional.ofNullable(subnets.get(id)).stream())
        .map(Subnet::vpc)
        .distinct()
        .filter(picture.vpcs()::containsKey)
        .forEach(
            id ->
                notes
                    .known(picture.vpcs().get(id))
                    .filter(vpc -> !vpc.dnsSupport())
                    .ifPresent(
                        _ ->
                            notes.add(
                                Cause.DNS_SUPPORT_OFF,
                                id,
                                "VPC %s has DNS support off, so %s does not resolve there"
                                    .formatted(id, target.host()),
                                "aws ec2 modify-vpc-attribute --vpc-id %s --enable-dns-support"
                                    .formatted(id))));
  }

  private void status(ClusterOrWorkgroup warehouse) {
    // As in "available, resize-cleanup". Source: the Redshift management guide, "Cluster status".
    if (warehouse.status().startsWith("available")) {
      return;
    }
    String remedy;
    if (warehouse.serverless()) {
      remedy =
          "Wait until it is available: aws redshift-serverless get-workgroup --workgroup-name "
              + warehouse.name();
    } else if (warehouse.status().equals("paused")) {
      remedy = "aws redshift resume-cluster --cluster-identifier " + warehouse.name();
    } else {
      remedy =
          "Wait until it is available: aws redshift wait cluster-available --cluster-identifier "
              + warehouse.name();
    }
    notes.add(
        Cause.WAREHOUSE_NOT_AVAILABLE,
        warehouse.name(),
        "%s is %s".formatted(warehouse, warehouse.status()),
        remedy);
  }

  private void endpoint(ClusterOrWorkgroup warehouse) {
    if (warehouse.host().isEmpty()) {
      return;
    }
    // A name of one's own leads there too.
    boolean otherHost =
        target.host().matches("(?i).*\\.amazonaws\\.com(\\.cn)?")
            && !target.host().equalsIgnoreCase(warehouse.host());
    if (otherHost || connection.port() != warehouse.port()) {
      notes.add(
          Cause.ENDPOINT_DIFFERS,
          warehouse.name(),
          "%s listens at %s:%d, and connection %s leads to %s:%d"
              .formatted(
                  warehouse,
                  warehouse.host(),
                  warehouse.port(),
                  connection.name(),
                  target.host(),
                  connection.port()),
          "Deploy the stack with %s:%d, after cdk context --clear where it was looked up, and type"
                  .formatted(warehouse.host(), warehouse.port())
              + " that into dbt.");
    }
  }

  private void addresses(ClusterOrWorkgroup warehouse, boolean nobodys) {
    List<Cidr> outside = target.addresses().stream().filter(Cidr::isPublic).toList();
    String leads =
        "%s leads to %s"
            .formatted(
                target.host(),
                target.addresses().stream().map(Cidr::toString).collect(joining(", ")));
    if (!outside.isEmpty() && warehouse.publiclyAccessible()) {
      notes.add(
          Cause.PUBLICLY_ACCESSIBLE,
          warehouse.name(),
          "%s is publicly accessible, and %s from here".formatted(warehouse, leads),
          warehouse.serverless()
              ? "aws redshift-serverless update-workgroup --no-publicly-accessible --workgroup-name "
                  + warehouse.name()
              : "aws redshift modify-cluster --no-publicly-accessible --cluster-identifier "
                  + warehouse.name());
    } else if (!target.addresses().isEmpty()
        && nobodys
        && !warehouse.addresses().isEmpty()
        && target.addresses().stream().noneMatch(warehouse.addresses()::contains)) {
      notes.add(
          Cause.DNS_RECORD_STALE,
          target.host(),
          "%s, where nothing is, and %s is at %s"
              .formatted(
                  leads,
                  warehouse,
                  warehouse.addresses().stream().map(Cidr::toString).collect(joining(", "))),
          target.host().equalsIgnoreCase(warehouse.host())
              ? "Remove the record of %s from your own hosted zones and name servers: Redshift's is"
                      .formatted(target.host())
                  + " right."
              : "Make the DNS record of %s a CNAME of %s."
                  .formatted(target.host(), warehouse.host()));
    }
  }
}
