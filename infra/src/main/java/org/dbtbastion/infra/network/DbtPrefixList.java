package org.dbtbastion.infra.network;

import java.util.List;
import org.dbtbastion.address.Cidr;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.configuration.Configuration;
import software.amazon.awscdk.services.ec2.CfnPrefixList;
import software.amazon.awscdk.services.ec2.Connections;
import software.amazon.awscdk.services.ec2.EgressRuleConfig;
import software.amazon.awscdk.services.ec2.IPeer;
import software.amazon.awscdk.services.ec2.IngressRuleConfig;
import software.amazon.awscdk.services.ec2.Port;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.constructs.Construct;

/** The managed prefix list of who may connect over SSH, so that a changed address is one edit. */
public final class DbtPrefixList extends Construct {

  private final CfnPrefixList list;

  /**
   * Puts the list into a construct.
   *
   * @param bastion the bastion that lets them in
   * @param sources the addresses and blocks
   */
  public DbtPrefixList(Construct scope, String id, BastionName bastion, List<Cidr> sources) {
    super(scope, id);
    list =
        CfnPrefixList.Builder.create(this, "List")
            .prefixListName(bastion.stack())
            .addressFamily("IPv4")
            // Always the same: a size cannot be changed together with the entries, which is what
            // CloudFormation would do, and what its rollback would fail at. Each counts as a rule
            // of the security group that names the list, whether it is used or not. Source: the
            // VPC user guide, "Managed prefix lists".
            .maxEntries(Configuration.Ssh.MOST_SOURCES)
            .entries(
                sources.stream()
                    .map(
                        source ->
                            CfnPrefixList.EntryProperty.builder()
                                .cidr(source.toString())
                                .description("dbt")
                                .build())
                    .toList())
            .build();
  }

  /**
   * Allows them all to connect, by a rule that is part of the security group and created with it.
   */
  public void allowInto(SecurityGroup group, int port) {
    group.addIngressRule(new Listed(list.getRef()), Port.tcp(port), "SSH from dbt");
  }

  /** CDK's own peer for prefix lists makes rules outside the security group. */
  private record Listed(String prefixListId) implements IPeer {

    @Override
    public Boolean getCanInlineRule() {
      return true;
    }

    @Override
    public String getUniqueId() {
      return prefixListId;
    }

    @Override
    public IngressRuleConfig toIngressRuleConfig() {
      return IngressRuleConfig.builder().sourcePrefixListId(prefixListId).build();
    }

    @Override
    public EgressRuleConfig toEgressRuleConfig() {
      return EgressRuleConfig.builder().destinationPrefixListId(prefixListId).build();
    }

    @Override
    public Connections getConnections() {
      return Connections.Builder.create().peer(this).build();
    }
  }
}
