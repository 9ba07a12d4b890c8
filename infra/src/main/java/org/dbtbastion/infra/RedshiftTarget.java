package org.dbtbastion.infra;

import java.util.Objects;
import software.amazon.awscdk.services.ec2.CfnSecurityGroupEgress;
import software.amazon.awscdk.services.ec2.CfnSecurityGroupIngress;
import software.amazon.awscdk.services.ec2.ISecurityGroup;
import software.constructs.Construct;

/** A warehouse that exists already, a cluster or a Serverless workgroup, and the way into it. */
final class RedshiftTarget extends Construct {

  /**
   * What describes a warehouse.
   *
   * @param host its host name or IPv4 address, as dbt addresses it
   * @param port its port
   * @param database the database that the connection check logs in to
   * @param securityGroupId its security group, which gets a rule for each caller of {@link
   *     RedshiftTarget#allowFrom}
   * @param secretArn the secret that the connection check logs in with
   */
  record Props(String host, int port, String database, String securityGroupId, String secretArn) {

    Props {
      Objects.requireNonNull(host, "host");
      Objects.requireNonNull(database, "database");
      Objects.requireNonNull(securityGroupId, "securityGroupId");
      Objects.requireNonNull(secretArn, "secretArn");
    }
  }

  private final Props props;

  RedshiftTarget(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
  }

  /** {@code host:port}, as a host's configuration lists what may be forwarded to. */
  String endpoint() {
    return props.host() + ":" + props.port();
  }

  /**
   * The connection that checks this warehouse. It is called like the cluster or workgroup, which is
   * the first part of the host name; an address is called as it is.
   */
  Connection connection() {
    boolean address = props.host().matches("[0-9.]+");
    return new Connection(
        address ? props.host() : props.host().replaceFirst("\\..*", ""),
        props.host(),
        props.port(),
        props.database(),
        props.secretArn());
  }

  /**
   * Opens the way from a security group to the warehouse's port, on both sides.
   *
   * @param id names the rules among those of this target
   * @param what who that is, for the rules' descriptions
   */
  void allowFrom(String id, ISecurityGroup peer, String what) {
    CfnSecurityGroupIngress.Builder.create(this, "IngressFrom" + id)
        .groupId(props.securityGroupId())
        .sourceSecurityGroupId(peer.getSecurityGroupId())
        .ipProtocol("tcp")
        .fromPort(props.port())
        .toPort(props.port())
        .description("Redshift from " + what)
        .build();
    CfnSecurityGroupEgress.Builder.create(this, "EgressFrom" + id)
        .groupId(peer.getSecurityGroupId())
        .destinationSecurityGroupId(props.securityGroupId())
        .ipProtocol("tcp")
        .fromPort(props.port())
        .toPort(props.port())
        .description("Redshift")
        .build();
  }
}
