package org.dbtbastion.infra.network;

import java.util.Objects;
import org.dbtbastion.infra.warehouse.Warehouse;
import software.amazon.awscdk.services.ec2.ISecurityGroup;
import software.constructs.Construct;

/**
 * Who may connect to the warehouses that share a security group and a port. To what exists already,
 * only rules of the security group are added.
 */
public final class RedshiftIngress extends Construct {

  /**
   * What is connected to.
   *
   * @param securityGroupId the warehouses' security group
   * @param port their port
   */
  public record Props(String securityGroupId, int port) {

    public Props {
      Objects.requireNonNull(securityGroupId, "securityGroupId");
    }

    /** The security group and the port of a warehouse. */
    public static Props of(Warehouse warehouse) {
      return new Props(warehouse.securityGroupId(), warehouse.port());
    }

    /** Different for different groups and ports, and the same from one synth to the next. */
    public String id() {
      return "Redshift-%s-%d".formatted(securityGroupId, port);
    }
  }

  private final Props props;

  /** Puts it, without any rule, into a construct. */
  public RedshiftIngress(Construct scope, String id, Props props) {
    super(scope, id);
    this.props = props;
  }

  /**
   * Lets a security group connect, by a rule on each side.
   *
   * @param id names the rules among those of this construct
   * @param what who that is, for the rules' descriptions
   */
  public void allowFrom(String id, ISecurityGroup peer, String what) {
    TcpRules.allow(
        this, id, peer, props.securityGroupId(), props.port(), "Redshift from " + what, "Redshift");
  }
}
