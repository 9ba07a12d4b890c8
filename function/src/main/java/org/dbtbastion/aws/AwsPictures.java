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
import org.dbtbastion.audit.Balancer;
import org.dbtbastion.audit.Cidr;
import org.dbtbastion.audit.ElasticIp;
import org.dbtbastion.audit.Host;
import org.dbtbastion.audit.NetworkAcl;
import org.dbtbastion.audit.NetworkInterface;
import org.dbtbastion.audit.Part;
import org.dbtbastion.audit.Picture;
import org.dbtbastion.audit.PictureSource;
import org.dbtbastion.audit.RouteTable;
import org.dbtbastion.audit.SecurityGroup;
import org.dbtbastion.audit.Site;
import org.dbtbastion.audit.Subnet;
import org.dbtbastion.audit.Target;
import org.dbtbastion.audit.Vpc;
import org.dbtbastion.audit.Warehouse;
import org.dbtbastion.check.Authentication.Issuer;
import org.dbtbastion.deadline.Deadline;
import org.jboss.logging.Logger;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.redshift.model.Cluster;

/**
 * Reads the picture by descriptions alone, of EC2, Elastic Load Balancing, Redshift and Systems
 * Manager; what does not wait for one another at the same time.
 */
public final class AwsPictures implements PictureSource {

  /** For one call. A function without a way to an API should say so soon. */
  private static final Duration READ_LIMIT = Duration.ofSeconds(8);

  /** {@code workgroup.account.region.redshift-serverless.amazonaws.com}. */
  private static final Pattern WORKGROUP =
      Pattern.compile("(?i)([a-z0-9-]+)\\.[0-9]+\\.[a-z0-9-]+\\.redshift-serverless\\..*");

  /** {@code cluster.hash.region.redshift.amazonaws.com}. */
  private static final Pattern CLUSTER =
      Pattern.compile("(?i)([a-z0-9-]+)\\.[a-z0-9]+\\.[a-z0-9-]+\\.redshift\\..*");

  private static final Logger LOG = Logger.getLogger(AwsPictures.class);

  private final Descriptions descriptions;

  public AwsPictures(AwsClients clients) {
    this.descriptions = new Descriptions(clients);
  }

  @Override
  public Picture read(Site site, Collection<Target> targets, Deadline deadline)
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
  private record Pending<T>(Future<Part<T>> future, String action, String what, Deadline deadline) {

    /** Comes by the deadline: a name server that is silent keeps a call beyond its own limit. */
    Part<T> part() throws InterruptedException {
      try {
        return future.get(deadline.remainingMillis(), TimeUnit.MILLISECONDS);
      } catch (TimeoutException | CancellationException _) {
        future.cancel(true);
        return new Part.Unreadable<>(action, what, false, "AWS did not answer in time");
      } catch (ExecutionException e) {
        throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** One picture under way. For one thread. */
  private final class Reading {

    private final ExecutorService executor;
    private final Site site;
    private final Set<Target> targets;
    private final Deadline deadline;

    Reading(ExecutorService executor, Site site, Set<Target> targets, Deadline deadline) {
      this.executor = executor;
      this.site = site;
      this.targets = targets;
      this.deadline = deadline;
    }

    Picture picture() throws InterruptedException {
      // What the deployment itself names.
      Pending<List<Host>> hostsPending =
          ask(
              "ec2:DescribeInstances",
              "the bastion's hosts",
              inTime -> descriptions.hosts(site.bastion(), inTime));
      Pending<Optional<ElasticIp>> elasticIp =
          ask(
              "ec2:DescribeAddresses",
              "the Elastic IP",
              inTime ->
                  site.elasticIp().flatMap(address -> descriptions.elasticIp(address, inTime)));
      Pending<Optional<Balancer>> balancerPending =
          ask(
              "elasticloadbalancing:Describe*",
              "the load balancer",
              inTime -> site.targetGroup().flatMap(group -> descriptions.balancer(group, inTime)));
      Pending<List<NetworkInterface>> ownPending =
          ask(
              "ec2:DescribeNetworkInterfaces",
              "the check's network interfaces",
              inTime -> descriptions.interfaces("group-id", site.groups(), inTime));
      Map<Target, Part<Optional<Warehouse>>> warehouses = warehouses();
      Pending<Map<Cidr, NetworkInterface>> interfacesPending =
          ask(
              "ec2:DescribeNetworkInterfaces",
              "the warehouse's network interfaces",
              inTime -> interfaces(addresses(warehouses), inTime));

      // What those lead to.
      Part<List<Host>> hosts = hostsPending.part();
      Part<Optional<Balancer>> balancer = balancerPending.part();
      Part<Map<Cidr, NetworkInterface>> interfaces = interfacesPending.part();
      List<Host> knownHosts = value(hosts).orElse(List.of());
      List<String> hostIds = knownHosts.stream().map(Host::id).toList();
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
      for (Host host : knownHosts) {
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
      Part<Map<String, Subnet>> subnets =
          ask("ec2:DescribeSubnets", "subnets", inTime -> descriptions.subnets(subnetIds, inTime))
              .part();

      // And what those lead to.
      Set<String> vpcIds =
          value(subnets).orElse(Map.of()).values().stream()
              .map(Subnet::vpc)
              .collect(Collectors.toCollection(TreeSet::new));
      Map<String, Pending<Vpc>> vpcs =
          askEach(vpcIds, "ec2:DescribeVpcAttribute", "the DNS support of VPC ", descriptions::vpc);
      Part<List<RouteTable>> routeTables =
          ask(
                  "ec2:DescribeRouteTables",
                  "route tables",
                  inTime -> descriptions.routeTables(vpcIds, inTime))
              .part();
      Part<Map<String, SecurityGroup>> groups = groupsPending.part();
      Map<String, Pending<List<Cidr>>> prefixLists =
          askEach(
              prefixLists(groups, routeTables),
              "ec2:GetManagedPrefixListEntries",
              "prefix list ",
              descriptions::prefixList);
      return new Picture(
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
    private Map<Target, Part<Optional<Warehouse>>> warehouses() throws InterruptedException {
      Map<Target, String> workgroupOf = new HashMap<>();
      for (Target target : targets) {
        workgroup(target).ifPresent(name -> workgroupOf.put(target, name));
      }
      Map<String, Pending<Optional<Warehouse>>> workgroups =
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
      Map<Target, Part<Optional<Warehouse>>> warehouses = new HashMap<>();
      for (Target target : targets) {
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

  private static Optional<String> workgroup(Target target) {
    return target
        .issuer()
        .filter(Issuer.Workgroup.class::isInstance)
        .map(issuer -> ((Issuer.Workgroup) issuer).workgroup())
        .or(() -> firstLabel(WORKGROUP, target.host()));
  }

  private static Part<Optional<Warehouse>> cluster(Target target, Part<List<Cluster>> clusters) {
    return switch (clusters) {
      case Part.Known<List<Cluster>>(List<Cluster> all) ->
          new Part.Known<>(
              all.stream()
                  .filter(cluster -> is(cluster, target))
                  .findFirst()
                  .map(Descriptions::warehouse));
      case Part.Unreadable<List<Cluster>>(var action, var what, var denied, var why) ->
          new Part.Unreadable<>(action, what, denied, why);
    };
  }

  private static boolean is(Cluster cluster, Target target) {
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
  private static List<String> addresses(Map<Target, Part<Optional<Warehouse>>> warehouses) {
    List<Cidr> addresses = new ArrayList<>();
    warehouses.forEach(
        (target, part) -> {
          addresses.addAll(target.addresses());
          known(part).ifPresent(warehouse -> addresses.addAll(warehouse.addresses()));
        });
    return addresses.stream().map(address -> address.toString().replace("/32", "")).toList();
  }

  private static Set<String> prefixLists(
      Part<Map<String, SecurityGroup>> groups, Part<List<RouteTable>> routeTables) {
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

  private static <T> Optional<T> value(Part<T> part) {
    return part instanceof Part.Known<T>(T value) ? Optional.of(value) : Optional.empty();
  }

  private static <T> Optional<T> known(Part<Optional<T>> part) {
    return value(part).flatMap(Function.identity());
  }

  private static <T> Map<String, Part<T>> parts(Map<String, Pending<T>> pending)
      throws InterruptedException {
    Map<String, Part<T>> parts = new HashMap<>();
    for (Map.Entry<String, Pending<T>> each : pending.entrySet()) {
      parts.put(each.getKey(), each.getValue().part());
    }
    return parts;
  }

  private static <T> Part<T> part(String action, String what, Supplier<T> read) {
    try {
      return new Part.Known<>(read.get());
    } catch (SdkException e) {
      boolean denied = e instanceof AwsServiceException answer && AwsErrors.isDenied(answer);
      return new Part.Unreadable<>(action, what, denied, AwsErrors.text(e));
    } catch (RuntimeException e) {
      // The other parts are worth having.
      LOG.errorf(e, "%s failed: %s", action, what);
      return new Part.Unreadable<>(action, what, false, e.getClass().getName());
    }
  }
}
