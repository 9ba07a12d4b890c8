package org.dbtbastion.audit;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.network.BastionInstance;
import org.dbtbastion.network.Described;
import org.dbtbastion.network.NetworkInterface;
import org.dbtbastion.network.NetworkSnapshot;
import org.dbtbastion.network.RouteTable;
import org.dbtbastion.network.Subnet;

/**
 * The snapshot as an analysis reads it: each unreadable part becomes one finding. Not thread-safe.
 */
record SnapshotView(NetworkSnapshot snapshot, Findings findings) {

  /** What is known of a part; where it is unreadable, that is a finding. */
  <T> Optional<T> known(Described<T> part) {
    return findings.known(part);
  }

  /** Adds a finding. */
  void add(Cause cause, String resource, String detail, String remedy) {
    findings.add(cause, resource, detail, remedy);
  }

  /** Adds that a part is unreadable. */
  void addUnreadable(Described.Unreadable<?> part) {
    findings.add(part);
  }

  /** Adds that nobody can see from here whether something lets the traffic through. */
  void addUnverified(String resource, String detail) {
    add(
        Cause.UNVERIFIED,
        resource,
        detail,
        resource.startsWith("pl-")
            ? "Look at it: aws ec2 get-managed-prefix-list-entries --prefix-list-id " + resource
            : "Look at it in the account that it belongs to.");
  }

  /** None where they are unreadable. */
  List<RouteTable> routeTables() {
    return known(snapshot.routeTables()).orElse(List.of());
  }

  Optional<List<BastionInstance>> hosts() {
    return known(snapshot.hosts());
  }

  Optional<Map<Cidr, NetworkInterface>> interfaces() {
    return known(snapshot.interfaces());
  }

  /** By id; none where they are unreadable. */
  Map<String, Subnet> subnets() {
    return known(snapshot.subnets()).orElse(Map.of());
  }

  Optional<Subnet> subnet(String id) {
    return Optional.ofNullable(subnets().get(id));
  }

  /** The subnet in which an endpoint has its own address; empty if it is in none, or not known. */
  Optional<Subnet> subnetOf(Endpoint endpoint) {
    return endpoint.subnet().filter(_ -> !endpoint.clients()).flatMap(this::subnet);
  }

  /** Of a prefix list; empty if it is not known, which is a finding only where it matters. */
  Optional<List<Cidr>> entries(String prefixList) {
    return snapshot.prefixLists().get(prefixList) instanceof Described.Known<List<Cidr>>(var found)
        ? Optional.of(found)
        : Optional.empty();
  }
}
