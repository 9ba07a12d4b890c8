package org.dbtbastion.infra.entrance;

import java.util.List;
import java.util.Optional;
import org.dbtbastion.infra.hosts.HostGroup;
import org.dbtbastion.infra.permissions.Permission;
import software.amazon.awscdk.services.ec2.SubnetSelection;

/** What dbt connects to, and how it reaches the hosts. */
public sealed interface Entrance permits ElasticIpEntrance, LoadBalancerEntrance {

  /** The address or the name that is typed into dbt. */
  String host();

  /** The IPv4 addresses that this leads to. They stay as long as the stack does. */
  List<String> addresses();

  /** The address that one host holds for dbt; empty where all hosts serve dbt. */
  Optional<String> heldAddress();

  /** The ARN of the target group through which a balancer finds hosts; empty without a balancer. */
  Optional<String> targetGroup();

  /** The subnets that hosts are launched in. */
  SubnetSelection hostSubnets();

  /** What a host may do to stand behind this entrance. */
  List<Permission> hostPermissions();

  /** The load balancer, if this is one. */
  Optional<LoadBalancerNames> balancerNames();

  /** Connects the entrance to the hosts, whose security group then allows SSH through it. */
  void leadTo(HostGroup host);
}
