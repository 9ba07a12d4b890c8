package org.dbtbastion.aws.snapshot;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.dbtbastion.aws.snapshot.Questions.Pending;
import org.dbtbastion.connection.Authentication.Issuer;
import org.dbtbastion.network.ClusterOrWorkgroup;
import org.dbtbastion.network.Described;
import org.dbtbastion.network.ResolvedHost;
import software.amazon.awssdk.services.redshift.model.Cluster;

/** Which cluster or workgroup a host name leads to. Thread-safe. */
final class WarehouseLookup {

  private final RedshiftDescriptions redshift;

  WarehouseLookup(RedshiftDescriptions redshift) {
    this.redshift = redshift;
  }

  /** What each host leads to; missing, if to no cluster and no workgroup of this account. */
  Map<ResolvedHost, Described<ClusterOrWorkgroup>> find(
      Collection<ResolvedHost> hosts, Questions questions) throws InterruptedException {
    Map<ResolvedHost, String> names = new HashMap<>();
    for (ResolvedHost host : hosts) {
      workgroup(host).ifPresent(name -> names.put(host, name));
    }
    Map<String, Pending<ClusterOrWorkgroup>> workgroups = new HashMap<>();
    for (String name : new TreeSet<>(names.values())) {
      workgroups.put(
          name,
          questions.find(
              "redshift-serverless:GetWorkgroup",
              "workgroup " + name,
              inTime -> redshift.workgroup(name, inTime)));
    }
    Pending<List<Cluster>> clusters =
        questions.ask(
            "redshift:DescribeClusters",
            "clusters",
            inTime -> names.size() == hosts.size() ? List.of() : redshift.clusters(inTime));
    Map<ResolvedHost, Described<ClusterOrWorkgroup>> found = new HashMap<>();
    for (ResolvedHost host : hosts) {
      found.put(
          host,
          names.containsKey(host)
              ? workgroups.get(names.get(host)).described()
              : cluster(host, clusters.described()));
    }
    return found;
  }

  private static Optional<String> workgroup(ResolvedHost host) {
    return issuer(host)
        .filter(Issuer.Workgroup.class::isInstance)
        .map(issuer -> ((Issuer.Workgroup) issuer).workgroup());
  }

  private static Optional<Issuer> issuer(ResolvedHost host) {
    return host.issuer().or(() -> Issuer.byEndpoint(host.host()));
  }

  private static Described<ClusterOrWorkgroup> cluster(
      ResolvedHost host, Described<List<Cluster>> clusters) {
    return switch (clusters) {
      case Described.Known<List<Cluster>>(List<Cluster> all) ->
          all.stream()
              .filter(cluster -> leadsTo(host, cluster))
              .findFirst()
              .map(RedshiftDescriptions::warehouse)
              .<Described<ClusterOrWorkgroup>>map(Described.Known::new)
              .orElseGet(Described.Missing::new);
      case Described.Missing<List<Cluster>> _ -> new Described.Missing<>();
      case Described.Unreadable<List<Cluster>>(var action, var what, var denied, var why) ->
          new Described.Unreadable<>(action, what, denied, why);
    };
  }

  private static boolean leadsTo(ResolvedHost host, Cluster cluster) {
    Issuer named = new Issuer.Cluster(cluster.clusterIdentifier());
    if (host.issuer().isPresent()) {
      return host.issuer().get().equals(named);
    }
    return Issuer.byEndpoint(host.host()).filter(named::equals).isPresent()
        || host.host().equalsIgnoreCase(cluster.customDomainName())
        || (cluster.endpoint() != null
            && host.host().equalsIgnoreCase(cluster.endpoint().address()))
        || RedshiftDescriptions.addresses(cluster).stream().anyMatch(host.addresses()::contains);
  }
}
