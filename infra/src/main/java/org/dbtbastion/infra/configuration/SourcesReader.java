package org.dbtbastion.infra.configuration;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedSet;
import org.dbtbastion.address.Cidr;

/**
 * Reads who may reach the SSH port.
 *
 * @param context what it is read from
 * @param awsRegion the stack's AWS region; null if it is not known
 */
record SourcesReader(ContextReader context, String awsRegion) {

  // dbt's own blocks are /26 and smaller; anything much larger is a mistake or a way to say
  // "everybody".
  private static final int SHORTEST_PREFIX = 16;

  private static final String ALLOWED =
      "IPv4 blocks from /%d to /32, or single addresses".formatted(SHORTEST_PREFIX);

  /** The addresses and blocks, without those that something is wrong with. */
  List<Cidr> read() {
    SequencedSet<Cidr> sources = new LinkedHashSet<>();
    List<String> regions = context.list("dbtRegion");
    List<String> cidrs = context.list("cidrs");
    for (String id : regions) {
      Optional<DbtRegion> region = DbtRegion.byId(id);
      region.map(DbtRegion::cidrs).ifPresent(sources::addAll);
      if (region.isEmpty()) {
        context.refuse(
            "dbtRegion",
            id,
            DbtRegion.ids(),
            "look at the host name of your dbt; for a single tenant give cidrs");
      }
    }
    for (String cidr : cidrs) {
      block(cidr).ifPresent(sources::add);
    }
    // Without an AWS region there is a problem of its own.
    if (regions.isEmpty() && cidrs.isEmpty() && awsRegion != null) {
      sources.addAll(inAwsRegion());
    }
    if (sources.size() > Configuration.Ssh.MOST_SOURCES) {
      context.refuse(
          "cidrs",
          "%d addresses and blocks".formatted(sources.size()),
          "%d at most, dbtRegion's included".formatted(Configuration.Ssh.MOST_SOURCES),
          "give blocks instead of single addresses");
    }
    return List.copyOf(sources);
  }

  private List<Cidr> inAwsRegion() {
    Optional<DbtRegion> region = DbtRegion.inAwsRegion(awsRegion);
    if (region.isEmpty()) {
      context.missing(
          "dbtRegion",
          DbtRegion.ids() + "; or cidrs instead of it or besides",
          "dbt has no region in %s: say where yours runs, so that only it is let in: -c dbtRegion=us1"
              .formatted(awsRegion));
    }
    return region.map(DbtRegion::cidrs).orElse(List.of());
  }

  /** The block; empty, and a problem, if it is none, has bits behind its prefix or is too large. */
  private Optional<Cidr> block(String text) {
    Cidr block;
    Cidr address;
    try {
      block = Cidr.of(text);
      address = Cidr.of(text.replaceFirst("/.*", ""));
    } catch (IllegalArgumentException _) {
      return refuse(
          text,
          text.contains(":")
              ? "leave IPv6 out: the bastion has an IPv4 address only"
              : "write it like 203.0.113.7 or 203.0.113.0/28: each of the four numbers is at most"
                  + " 255, the one behind the slash at most 32");
    }
    if (block.prefixLength() < SHORTEST_PREFIX) {
      return refuse(
          text,
          "this would open the SSH port to %,d addresses: give dbt's own (dbtRegion has them)"
              .formatted(block.last() - block.first() + 1));
    }
    if (address.first() != block.first()) {
      return refuse(
          text,
          "bits behind the prefix are set: write %s for the block or %s for the one address"
              .formatted(block, address));
    }
    return Optional.of(block);
  }

  private Optional<Cidr> refuse(String text, String fix) {
    context.refuse("cidrs", text, ALLOWED, fix);
    return Optional.empty();
  }
}
