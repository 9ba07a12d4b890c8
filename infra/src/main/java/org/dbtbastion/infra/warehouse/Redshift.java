package org.dbtbastion.infra.warehouse;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.connection.Authentication.Issuer;

/** The warehouses as the user gives them: by names that are looked up, or in full. */
public sealed interface Redshift {

  /**
   * Clusters and workgroups of the stack's account and region, by their names.
   *
   * @param targets one or more; their names differ
   */
  record ByName(List<Target> targets) implements Redshift {
    public ByName {
      targets = List.copyOf(targets);
    }
  }

  /**
   * One warehouse, of which nothing is looked up.
   *
   * @param vpcId the VPC that it is in
   * @param warehouse everything else about it
   */
  record Explicit(String vpcId, Warehouse warehouse) implements Redshift {
    public Explicit {
      Objects.requireNonNull(vpcId, "vpcId");
      Objects.requireNonNull(warehouse, "warehouse");
    }
  }

  /** What a name refers to. */
  enum Kind {
    /** A provisioned cluster, by its identifier. */
    CLUSTER,
    /** A workgroup of Redshift Serverless. */
    WORKGROUP
  }

  /**
   * A cluster or workgroup.
   *
   * @param kind which of them; empty for whichever there is
   * @param name its identifier or name
   * @param database the database to log in to; empty for its own default
   * @param secret what the connection check logs in with; empty to check no login
   */
  record Target(
      Optional<Kind> kind, String name, Optional<String> database, Optional<SecretArn> secret) {
    public Target {
      Objects.requireNonNull(kind, "kind");
      Objects.requireNonNull(name, "name");
      Objects.requireNonNull(database, "database");
      Objects.requireNonNull(secret, "secret");
    }

    /** The warehouse with placeholders of the right form for what is not known yet. */
    public Warehouse beforeLookup() {
      return new Warehouse(
          name,
          "warehouse.invalid",
          5439,
          database.orElse("dev"),
          "sg-00000000",
          secret,
          Optional.of(
              kind.filter(Kind.WORKGROUP::equals).isPresent()
                  ? new Issuer.Workgroup(name)
                  : new Issuer.Cluster(name)),
          Optional.empty());
    }
  }
}
