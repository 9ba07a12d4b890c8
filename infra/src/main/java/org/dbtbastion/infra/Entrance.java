package org.dbtbastion.infra;

import java.util.List;
import java.util.Optional;
import software.amazon.awscdk.services.ec2.SubnetSelection;

/** What dbt connects to, and how it leads to the hosts. */
sealed interface Entrance permits ElasticIp, LoadBalancer {

  /** The address or the name that is typed into dbt. */
  String host();

  /** The IPv4 addresses that this leads to. They stay as long as the stack does. */
  List<String> addresses();

  /** The address that one host holds for dbt; empty where all hosts serve dbt. */
  Optional<String> heldAddress();

  /** The ARN of the target group through which a balancer finds hosts; empty without a balancer. */
  Optional<String> targetGroup();

  /** Where hosts stand. */
  SubnetSelection hostSubnets();

  /** What a host may do to stand behind this entrance. */
  List<Permission> hostPermissions();

  /** The balancer, if this is one, by the names that its metrics have. */
  Optional<Monitoring.Balancer> balancer();

  /** Leads to the hosts, whose security group then lets in who comes through this entrance. */
  void leadTo(BastionHost host);
}
