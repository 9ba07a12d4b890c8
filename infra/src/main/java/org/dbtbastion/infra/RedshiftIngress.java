package org.dbtbastion.infra;

import java.util.Objects;
import software.amazon.awscdk.services.ec2.ISecurityGroup;
import software.constructs.Construct;

/**
 * The way into warehouses that share a security group and a port. Of what exists already, only
 * rules are added to the security group.
 */
final class RedshiftIngress extends Construct {

  /**
   * What is opened.
   *
   * @param securityGroupId the warehouses' security group
   * @param port their port
   */
  record Props(String securityGroupId, int port) {

    Props {
      Objects.requireNonNull(securityGroupId, "securityGroupId");
    }

    static Props of(Warehouse warehouse) {
      return new Props(warehouse.securityGroupId(), warehouse.port());
    }

    /** Different for different ways, and the same from one synth to the next. */
    String id() {
      return "Redshift-%s-%d".formatted(securityGroupId, port);
    }
  }

  private final Props props;

  RedshiftIngress(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
  }

  /**
   * Opens the way from a security group, on both sides.
   *
   * @param id names the rules among those of this way
   * @param what who that is, for the rules' descriptions
   */
  void allowFrom(String id, ISecurityGroup peer, String what) {
    TcpWay.open(
        this, id, peer, props.securityGroupId(), props.port(), "Redshift from " + what, "Redshift");
  }
}
