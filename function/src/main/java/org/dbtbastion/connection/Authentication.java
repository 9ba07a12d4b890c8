package org.dbtbastion.connection;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.dbtbastion.text.Kebab;

/**
 * How dbt authenticates to the warehouse: the methods of dbt's Redshift adapter, under its names.
 *
 * @see <a href="https://docs.getdbt.com/docs/core/connect-data-platform/redshift-setup">dbt's
 *     Redshift setup</a>
 */
public sealed interface Authentication {

  /** The adapter's methods. */
  enum Method {
    DATABASE,
    IAM,
    IAM_ROLE,
    OAUTH_TOKEN_IDENTITY_CENTER;

    /** The adapter's name, such as {@code iam_role}. */
    public String id() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** The method of this name; empty if there is none. */
    public static Optional<Method> find(String id) {
      return Arrays.stream(values()).filter(method -> method.id().equals(id)).findFirst();
    }
  }

  /** The method. */
  default Method method() {
    return switch (this) {
      case Database _ -> Method.DATABASE;
      case Iam _ -> Method.IAM;
      case IamRole _ -> Method.IAM_ROLE;
      case IdentityCenter _ -> Method.OAUTH_TOKEN_IDENTITY_CENTER;
    };
  }

  /** Name or ARN of the secret that it reads, if it reads one. */
  default Optional<String> secretId() {
    return switch (this) {
      case Database(String secret) -> Optional.of(secret);
      case IdentityCenter where -> Optional.of(where.secret());
      case Iam _, IamRole _ -> Optional.empty();
    };
  }

  /**
   * User name and password of a database user.
   *
   * @param secret name or ARN of the secret that holds both
   */
  record Database(String secret) implements Authentication {
    public Database {
      Objects.requireNonNull(secret, "secret");
    }
  }

  /**
   * A temporary password for a database user, which IAM allows the caller to get; on Serverless for
   * the user that goes by the caller's own name.
   *
   * @param user the database user; of no meaning on Serverless
   * @param autocreate whether a user that is missing is created
   * @param groups the database groups that the session joins
   */
  record Iam(Issuer issuer, String user, boolean autocreate, List<String> groups)
      implements Authentication {
    public Iam {
      Objects.requireNonNull(issuer, "issuer");
      Objects.requireNonNull(user, "user");
      groups = List.copyOf(groups);
    }
  }

  /** A temporary password for the database user that has the IAM role's name. */
  record IamRole(Issuer issuer) implements Authentication {
    public IamRole {
      Objects.requireNonNull(issuer, "issuer");
    }
  }

  /**
   * A token of an identity provider that IAM Identity Center trusts ("external OAuth").
   *
   * @param provider whose token endpoint it is; they want the client's secret in different places
   * @param requestUrl the token endpoint
   * @param requestData the body's form, without the client's id and secret
   * @param secret name or ARN of the secret that holds {@code client_id} and {@code client_secret}
   */
  record IdentityCenter(Provider provider, URI requestUrl, String requestData, String secret)
      implements Authentication {
    public IdentityCenter {
      Objects.requireNonNull(provider, "provider");
      Objects.requireNonNull(requestUrl, "requestUrl");
      Objects.requireNonNull(requestData, "requestData");
      Objects.requireNonNull(secret, "secret");
    }
  }

  /** Who issues temporary passwords. */
  sealed interface Issuer {

    /**
     * The cluster or workgroup that Redshift has named an endpoint after; empty for other names,
     * such as those of custom domains and of VPC endpoints that Redshift manages.
     */
    static Optional<Issuer> byEndpoint(String host) {
      return EndpointName.parse(host)
          .map(name -> name.serverless() ? new Workgroup(name.first()) : new Cluster(name.first()));
    }

    /** A provisioned cluster. */
    record Cluster(String clusterId) implements Issuer {
      public Cluster {
        Objects.requireNonNull(clusterId, "clusterId");
      }
    }

    /** A Serverless workgroup. */
    record Workgroup(String workgroup) implements Issuer {
      public Workgroup {
        Objects.requireNonNull(workgroup, "workgroup");
      }
    }
  }

  /** The identity providers that dbt's adapter knows. */
  enum Provider {
    OKTA,
    ENTRA;

    /** The adapter's name, such as {@code okta}. */
    public String id() {
      return Kebab.of(this);
    }
  }
}
