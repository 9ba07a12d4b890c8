package org.dbtbastion.infra;

import java.util.List;

/** What dbt connects to, and how it leads to the hosts. */
sealed interface Entrance permits ElasticIp, LoadBalancer {

  /** The address or the name that is typed into dbt. */
  String host();

  /** What a host may do to stand behind this entrance. */
  List<Permission> hostPermissions();

  /** Leads to the hosts, whose security group then lets in who comes through this entrance. */
  void leadTo(BastionHost host);
}
