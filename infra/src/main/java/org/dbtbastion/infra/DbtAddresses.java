package org.dbtbastion.infra;

import java.util.List;
import java.util.Objects;
import software.amazon.awscdk.services.ec2.CfnPrefixList;
import software.amazon.awscdk.services.ec2.Connections;
import software.amazon.awscdk.services.ec2.EgressRuleConfig;
import software.amazon.awscdk.services.ec2.IPeer;
import software.amazon.awscdk.services.ec2.IngressRuleConfig;
import software.amazon.awscdk.services.ec2.Port;
import software.amazon.awscdk.services.ec2.SecurityGroup;
import software.constructs.Construct;

/** Who may connect over SSH, in one managed prefix list: a changed address is one edit. */
final class DbtAddresses extends Construct {

  /**
   * What is in the list.
   *
   * @param bastion the bastion that lets them in
   * @param sources the addresses
   */
  record Props(BastionName bastion, List<Cidr> sources) {

    Props {
      Objects.requireNonNull(bastion, "bastion");
      sources = List.copyOf(sources);
    }
  }

  // Each entry counts as a rule of the security group that names the list, whether it is used or
  // not; 60 is what AWS allows at first. The size cannot be changed together with the entries, so
  // there is room for those to come. Source: the VPC user guide, "Managed prefix lists".
  private static final int ROOM = 20;

  /** How many addresses and blocks there may be, besides what else the security group lets in. */
  static final int MOST = 55;

  private final CfnPrefixList list;

  DbtAddresses(Construct scope, String id, Props props) {
    super(scope, id);
    list =
        CfnPrefixList.Builder.create(this, "List")
            .prefixListName(props.bastion().stack())
            .addressFamily("IPv4")
            .maxEntries(props.sources().size() <= ROOM ? ROOM : MOST)
            .entries(
                props.sources().stream()
                    .map(
                        source ->
                            CfnPrefixList.EntryProperty.builder()
                                .cidr(source.toString())
                                .description("dbt")
                                .build())
                    .toList())
            .build();
  }

  /** Lets them all in, by a rule inside the security group: it is never there without it. */
  void allowInto(SecurityGroup group, int port) {
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
