package org.dbtbastion.network;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.dbtbastion.address.Cidr;

/**
 * What AWS says of the network around a bastion, at one moment.
 *
 * @param hosts the bastion's hosts that are not terminated
 * @param impaired what is wrong with hosts, by id, as EC2's status checks say; not there if nothing
 * @param agents the ping status of hosts' SSM agents, by id; not there if never seen
 * @param elasticIp the address of {@link DeployedResources#elasticIp}; missing if it is not in the
 *     account
 * @param loadBalancer what leads to {@link DeployedResources#targetGroup}; missing if nothing does
 * @param warehouses the cluster or workgroup that a host name leads to; missing if it leads to none
 * @param interfaces those that have an address of a warehouse, by address
 * @param ownInterfaces the check's
 * @param groups security groups by id
 * @param subnets by id
 * @param vpcs by id
 * @param prefixLists by id
 */
public record NetworkSnapshot(
    Described<List<BastionInstance>> hosts,
    Described<Map<String, String>> impaired,
    Described<Map<String, String>> agents,
    Described<ElasticIpAddress> elasticIp,
    Described<NetworkLoadBalancer> loadBalancer,
    Map<ResolvedHost, Described<ClusterOrWorkgroup>> warehouses,
    Described<Map<Cidr, NetworkInterface>> interfaces,
    Described<List<NetworkInterface>> ownInterfaces,
    Described<Map<String, SecurityGroup>> groups,
    Described<Map<String, Subnet>> subnets,
    Described<List<NetworkAcl>> networkAcls,
    Described<List<RouteTable>> routeTables,
    Map<String, Described<Vpc>> vpcs,
    Map<String, Described<List<Cidr>>> prefixLists) {

  public NetworkSnapshot {
    Objects.requireNonNull(hosts, "hosts");
    Objects.requireNonNull(impaired, "impaired");
    Objects.requireNonNull(agents, "agents");
    Objects.requireNonNull(elasticIp, "elasticIp");
    Objects.requireNonNull(loadBalancer, "loadBalancer");
    warehouses = Map.copyOf(warehouses);
    Objects.requireNonNull(interfaces, "interfaces");
    Objects.requireNonNull(ownInterfaces, "ownInterfaces");
    Objects.requireNonNull(groups, "groups");
    Objects.requireNonNull(subnets, "subnets");
    Objects.requireNonNull(networkAcls, "networkAcls");
    Objects.requireNonNull(routeTables, "routeTables");
    vpcs = Map.copyOf(vpcs);
    prefixLists = Map.copyOf(prefixLists);
  }
}
