package org.dbtbastion.aws;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.network.BastionInstance;
import org.dbtbastion.network.ClusterOrWorkgroup;
import org.dbtbastion.network.DeployedResources;
import org.dbtbastion.network.Described;
import org.dbtbastion.network.ElasticIpAddress;
import org.dbtbastion.network.NetworkAcl;
import org.dbtbastion.network.NetworkInterface;
import org.dbtbastion.network.NetworkLoadBalancer;
import org.dbtbastion.network.NetworkSnapshot;
import org.dbtbastion.network.ResolvedHost;
import org.dbtbastion.network.RouteTable;
import org.dbtbastion.network.SecurityGroup;
import org.dbtbastion.network.SnapshotReader;
import org.dbtbastion.network.Subnet;
import org.dbtbastion.network.Vpc;
import org.jboss.logging.Logger;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.redshift.model.Cluster;

/**
 * Reads the picture by descriptions alone, of EC2, Elastic Load Balancing, Redshift and Systems
 * Manager; what does not wait for one another at the same time.
 */
public final class AwsSnapshotReader implements SnapshotReader {

  /** For one call. A function without a way to an API should say so soon. */
  private static final Duration READ_LIMIT = Duration.ofSeconds(8);

  /** {@code workgroup.account.region.redshift-serverless.amazonaws.com}. */
  private static final Pattern WORKGROUP =
      Pattern.compile("(?i)([a-z0-9-]+)\\.[0-9]+\\.[a-z0-9-]+\\.redshift-serverless\\..*");

  /** {@code cluster.hash.region.redshift.amazonaws.com}. */
  private static final Pattern CLUSTER =
      Pattern.compile("(?i)([a-z0-9-]+)\\.[a-z0-9]+\\.[a-z0-9-]+\\.redshift\\..*");

  private static final Logger LOG = Logger.getLogger(AwsSnapshotReader.class);

  private final Descriptions descriptions;

  public AwsSnapshotReader(AwsClients clients) {
    this.descriptions = new Descriptions(clients);
  }

  @Override
  public NetworkSnapshot read(
      DeployedResources site, Collection<ResolvedHost> targets, Deadline deadline)
      throws InterruptedException {
    ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    try {
      return new Reading(executor, site, Set.copyOf(targets), deadline).picture();
    } finally {
      // Not closed: that would wait for calls whose name servers are silent.
      executor.shutdownNow();
    }
  }

  /** One question to AWS; it ends in time. */
  @FunctionalInterface
  private interface Question<T> {
    T answer(AwsRequestOverrideConfiguration inTime);
  }

  /** A part that is being read. */
  private record Pending<T>(
      Future<Described<T>> future, String action, String what, Deadline deadline) {

    /** Comes by the deadline: a name server that is silent keeps a call beyond its own limit. */
    Described<T> part() throws InterruptedException {
      try {
        return future.get(deadline.remainingMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | CancellationException _) {
        future.cancel(true);
        return new Described.Unreadable<>(action, what, false, "AWS did not answer in time");
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** One picture under way. For one thread. */
  private final class Reading {

    private final ExecutorService executor;
    private final DeployedResources site;
    private final Set<ResolvedHost> targets;
    private final Deadline deadline;

    Reading(
        ExecutorService executor,
        DeployedResources site,
        Set<ResolvedHost> targets,
        Deadline deadline) {
      this.executor = executor;
      this.site = site;
      this.targets = targets;
      this.deadline = deadline;
    }

    NetworkSnapshot picture() throws InterruptedException {
      // What the deployment itself names.
      Pending<List<BastionInstance>> hostsPending =
          ask(
              "ec2:DescribeInstances",
              "the bastion's hosts",
              inTime -> descriptions.hosts(site.bastion(), inTime));
      Pending<Optional<ElasticIpAddress>> elasticIp =
          ask(
              "ec2:DescribeAddresses",
              "the Elastic IP",
              inTime ->
                  site.elasticIp().flatMap(address -> descriptions.elasticIp(address, inTime)));
      Pending<Optional<NetworkLoadBalancer>> balancerPending =
          ask(
              "elasticloadbalancing:Describe*",
              "the load balancer",
              inTime -> site.targetGroup().flatMap(group -> descriptions.balancer(group, inTime)));
      Pending<List<NetworkInterface>> ownPending =
          ask(
              "ec2:DescribeNetworkInterfaces",
              "the check's network interfaces",
              inTime -> descriptions.interfaces("group-id", site.groups(), inTime));
      Map<ResolvedHost, Described<Optional<ClusterOrWorkgroup>>> warehouses = warehouses();
      Pending<Map<Cidr, NetworkInterface>> interfacesPending =
          ask(
              "ec2:DescribeNetworkInterfaces",
              "the warehouse's network interfaces",
              inTime -> interfaces(addresses(warehouses), inTime));

      // What those lead to.
      Described<List<BastionInstance>> hosts = hostsPending.part();
      Described<Optional<NetworkLoadBalancer>> balancer = balancerPending.part();
      Described<Map<Cidr, NetworkInterface>> interfaces = interfacesPending.part();
      List<BastionInstance> knownHosts = value(hosts).orElse(List.of());
      List<String> hostIds = knownHosts.stream().map(BastionInstance::id).toList();
      Pending<Map<String, String>> impaired =
          ask(
              "ec2:DescribeInstanceStatus",
              "the hosts' status checks",
              inTime -> descriptions.impaired(hostIds, inTime));
      Pending<Map<String, String>> agents =
          ask(
              "ssm:DescribeInstanceInformation",
              "the hosts' SSM agents",
              inTime -> descriptions.agents(hostIds, inTime));
      Set<String> groupIds = new TreeSet<>(site.groups());
      Set<String> subnetIds = new TreeSet<>(site.subnets());
      for (BastionInstance host : knownHosts) {
        groupIds.addAll(host.groups());
        subnetIds.add(host.subnet());
      }
      for (NetworkInterface each : value(interfaces).orElse(Map.of()).values()) {
        groupIds.addAll(each.groups());
        subnetIds.add(each.subnet());
      }
      known(balancer)
          .ifPresent(
              each -> {
                groupIds.addAll(each.groups());
                subnetIds.addAll(each.subnets());
              });
      warehouses.values().stream()
          .flatMap(part -> known(part).stream())
          .forEach(warehouse -> groupIds.addAll(warehouse.groups()));
      Pending<Map<String, SecurityGroup>> groupsPending =
          ask(
              "ec2:DescribeSecurityGroups",
              "security groups",
              inTime -> descriptions.securityGroups(groupIds, inTime));
      Pending<List<NetworkAcl>> networkAcls =
          ask(
              "ec2:DescribeNetworkAcls",
              "network ACLs",
              inTime -> descriptions.networkAcls(subnetIds, inTime));
      Described<Map<String, Subnet>> subnets =
          ask("ec2:DescribeSubnets", "subnets", inTime -> descriptions.subnets(subnetIds, inTime))
              .part();

      // And what those lead to.
      Set<String> vpcIds =
          value(subnets).orElse(Map.of()).values().stream()
              .map(Subnet::vpc)
              .collect(Collectors.toCollection(TreeSet::new));
      Map<String, Pending<Vpc>> vpcs =
          askEach(vpcIds, "ec2:DescribeVpcAttribute", "the DNS support of VPC ", descriptions::vpc);
      Described<List<RouteTable>> routeTables =
          ask(
                  "ec2:DescribeRouteTables",
                  "route tables",
                  inTime -> descriptions.routeTables(vpcIds, inTime))
              .part();
      Described<Map<String, SecurityGroup>> groups = groupsPending.part();
      Map<String, Pending<List<Cidr>>> prefixLists =
          askEach(
              prefixLists(groups, routeTables),
              "ec2:GetManagedPrefixListEntries",
              "prefix list ",
              descriptions::prefixList);
      return new NetworkSnapshot(
          hosts,
          impaired.part(),
          agents.part(),
          elasticIp.part(),
          balancer,
          warehouses,
          interfaces,
          ownPending.part(),
          groups,
          subnets,
          networkAcls.part(),
          routeTables,
          parts(vpcs),
          parts(prefixLists));
    }

    /** Which cluster or workgroup each target is, where it is one. */
    private Map<ResolvedHost, Described<Optional<ClusterOrWorkgroup>>> warehouses()
        throws InterruptedException {
      Map<ResolvedHost, String> workgroupOf = new HashMap<>();
      for (ResolvedHost target : targets) {
        workgroup(target).ifPresent(name -> workgroupOf.put(target, name));
      }
      Map<String, Pending<Optional<ClusterOrWorkgroup>>> workgroups =
          askEach(
              new TreeSet<>(workgroupOf.values()),
              "redshift-serverless:GetWorkgroup",
              "workgroup ",
              descriptions::workgroup);
      Pending<List<Cluster>> clusters =
          ask(
              "redshift:DescribeClusters",
              "clusters",
              inTime ->
                  workgroupOf.size() == targets.size() ? List.of() : descriptions.clusters(inTime));
      Map<ResolvedHost, Described<Optional<ClusterOrWorkgroup>>> warehouses = new HashMap<>();
      for (ResolvedHost target : targets) {
        warehouses.put(
            target,
            workgroupOf.containsKey(target)
                ? workgroups.get(workgroupOf.get(target)).part()
                : cluster(target, clusters.part()));
      }
      return warehouses;
    }

    private <T> Pending<T> ask(String action, String what, Question<T> question) {
      return new Pending<>(
          executor.submit(
              () ->
                  part(
                      action,
                      what,
                      () -> question.answer(AwsClients.by(deadline.within(READ_LIMIT))))),
          action,
          what,
          deadline);
    }

    private <T> Map<String, Pending<T>> askEach(
        Set<String> ids, String action, String what, Describer<T> describer) {
      Map<String, Pending<T>> pending = new HashMap<>();
      for (String id : ids) {
        pending.put(id, ask(action, what + id, inTime -> describer.describe(id, inTime)));
      }
      return pending;
    }
  }

  /** Describes what has an id. */
  @FunctionalInterface
  private interface Describer<T> {
    T describe(String id, AwsRequestOverrideConfiguration inTime);
  }

  private Map<Cidr, NetworkInterface> interfaces(
      List<String> addresses, AwsRequestOverrideConfiguration inTime) {
    return descriptions.interfaces("addresses.private-ip-address", addresses, inTime).stream()
        .collect(
            Collectors.toMap(NetworkInterface::address, Function.identity(), (first, _) -> first));
  }

  private static Optional<String> workgroup(ResolvedHost target) {
    return target
        .issuer()
        .filter(Issuer.Workgroup.class::isInstance)
        .map(issuer -> ((Issuer.Workgroup) issuer).workgroup())
        .or(() -> firstLabel(WORKGROUP, target.host()));
  }

  private static Described<Optional<ClusterOrWorkgroup>> cluster(
      ResolvedHost target, Described<List<Cluster>> clusters) {
    return switch (clusters) {
      case Described.Known<List<Cluster>>(List<Cluster> all) ->
          new Described.Known<>(
              all.stream()
                  .filter(cluster -> is(cluster, target))
                  .findFirst()
                  .map(Descriptions::warehouse));
      case Described.Unreadable<List<Cluster>>(var action, var what, var denied, var why) ->
          new Described.Unreadable<>(action, what, denied, why);
    };
  }

  private static boolean is(Cluster cluster, ResolvedHost target) {
    if (target.issuer().isPresent()) {
      return target.issuer().get().equals(new Issuer.Cluster(cluster.clusterIdentifier()));
    }
    return firstLabel(CLUSTER, target.host())
            .filter(cluster.clusterIdentifier()::equalsIgnoreCase)
            .isPresent()
        || target.host().equalsIgnoreCase(cluster.customDomainName())
        || (cluster.endpoint() != null
            && target.host().equalsIgnoreCase(cluster.endpoint().address()))
        || Descriptions.addresses(cluster).stream().anyMatch(target.addresses()::contains);
  }

  private static Optional<String> firstLabel(Pattern pattern, String host) {
    Matcher matcher = pattern.matcher(host);
    return matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /** Where warehouses may be, by their names and by what Redshift says. */
  private static List<String> addresses(
      Map<ResolvedHost, Described<Optional<ClusterOrWorkgroup>>> warehouses) {
    List<Cidr> addresses = new ArrayList<>();
    warehouses.forEach(
        (target, part) -> {
          addresses.addAll(target.addresses());
          known(part).ifPresent(warehouse -> addresses.addAll(warehouse.addresses()));
        });
    return addresses.stream().map(address -> address.toString().replace("/32", "")).toList();
  }

  private static Set<String> prefixLists(
      Described<Map<String, SecurityGroup>> groups, Described<List<RouteTable>> routeTables) {
    Set<String> ids = new TreeSet<>();
    for (SecurityGroup group : value(groups).orElse(Map.of()).values()) {
      group.ingress().forEach(rule -> ids.addAll(rule.prefixLists()));
      group.egress().forEach(rule -> ids.addAll(rule.prefixLists()));
    }
    for (RouteTable table : value(routeTables).orElse(List.of())) {
      table.entries().forEach(entry -> entry.prefixList().ifPresent(ids::add));
    }
    return ids;
  }

  private static <T> Optional<T> value(Described<T> part) {
    return part instanceof Described.Known<T>(T value) ? Optional.of(value) : Optional.empty();
  }

  private static <T> Optional<T> known(Described<Optional<T>> part) {
    return value(part).flatMap(Function.identity());
  }

  private static <T> Map<String, Described<T>> parts(Map<String, Pending<T>> pending)
      throws InterruptedException {
    Map<String, Described<T>> parts = new HashMap<>();
    for (Map.Entry<String, Pending<T>> each : pending.entrySet()) {
      parts.put(each.getKey(), each.getValue().part());
    }
    return parts;
  }

  private static <T> Described<T> part(String action, String what, Supplier<T> read) {
    try {
      return new Described.Known<>(read.get());
    } catch (SdkException e) {
      boolean denied = e instanceof AwsServiceException answer && AwsErrors.isDenied(answer);
      return new Described.Unreadable<>(action, what, denied, AwsErrors.text(e));
    } catch (RuntimeException e) {
      // The other parts are worth having.
      LOG.errorf(e, "%s failed: %s", action, what);
      return new Described.Unreadable<>(action, what, false, e.getClass().getName());
    }
  }
}
