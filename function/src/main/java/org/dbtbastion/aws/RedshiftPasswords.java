package org.dbtbastion.aws;

import java.util.function.Supplier;
import org.dbtbastion.connection.Authentication;
import org.dbtbastion.credentials.Credentials;
import org.dbtbastion.credentials.CredentialsSource;
import org.dbtbastion.deadline.Deadline;
import org.dbtbastion.report.Attempt;
import org.dbtbastion.report.Code;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.redshift.model.ClusterNotFoundException;
import software.amazon.awssdk.services.redshift.model.GetClusterCredentialsResponse;
import software.amazon.awssdk.services.redshift.model.GetClusterCredentialsWithIamResponse;
import software.amazon.awssdk.services.redshiftserverless.model.GetCredentialsResponse;
import software.amazon.awssdk.services.redshiftserverless.model.ResourceNotFoundException;

/**
 * Passwords that Redshift issues for some minutes, each time new ones. They hold for 15 minutes at
 * least, by Redshift's default, and are used at once.
 */
public final class RedshiftPasswords implements CredentialsSource.TemporaryPasswords {

  private final AwsClients clients;

  public RedshiftPasswords(AwsClients clients) {
    this.clients = clients;
  }

  @Override
  public Attempt<Credentials> forUser(Authentication.Iam iam, String database, Deadline deadline) {
    return switch (iam.issuer()) {
      case Authentication.Issuer.Cluster(String clusterId) ->
          issued(
              () -> {
                GetClusterCredentialsResponse answer =
                    clients
                        .redshift()
                        .getClusterCredentials(
                            request ->
                                request
                                    .clusterIdentifier(clusterId)
                                    .dbName(database)
                                    .dbUser(iam.user())
                                    .autoCreate(iam.autocreate())
                                    .dbGroups(iam.groups().isEmpty() ? null : iam.groups())
                                    .overrideConfiguration(AwsClients.by(deadline)));
                return passed(answer.dbUser(), answer.dbPassword(), "GetClusterCredentials");
              });
      case Authentication.Issuer.Workgroup(String workgroup) ->
          ofWorkgroup(workgroup, database, deadline);
    };
  }

  @Override
  public Attempt<Credentials> forRole(
      Authentication.IamRole role, String database, Deadline deadline) {
    return switch (role.issuer()) {
      case Authentication.Issuer.Cluster(String clusterId) ->
          issued(
              () -> {
                GetClusterCredentialsWithIamResponse answer =
                    clients
                        .redshift()
                        .getClusterCredentialsWithIAM(
                            request ->
                                request
                                    .clusterIdentifier(clusterId)
                                    .dbName(database)
                                    .overrideConfiguration(AwsClients.by(deadline)));
                return passed(answer.dbUser(), answer.dbPassword(), "GetClusterCredentialsWithIAM");
              });
      case Authentication.Issuer.Workgroup(String workgroup) ->
          ofWorkgroup(workgroup, database, deadline);
    };
  }

  private Attempt<Credentials> ofWorkgroup(String workgroup, String database, Deadline deadline) {
    return issued(
        () -> {
          GetCredentialsResponse answer =
              clients
                  .redshiftServerless()
                  .getCredentials(
                      request ->
                          request
                              .workgroupName(workgroup)
                              .dbName(database)
                              .overrideConfiguration(AwsClients.by(deadline)));
          return passed(answer.dbUser(), answer.dbPassword(), "GetCredentials");
        });
  }

  private static Attempt<Credentials> passed(String user, String password, String call) {
    return new Attempt.Passed<>(
        new Credentials.Password(user, password, true), call + " issued a password of " + user);
  }

  private static Attempt<Credentials> issued(Supplier<Attempt<Credentials>> call) {
    try {
      return call.get();
    } catch (ClusterNotFoundException | ResourceNotFoundException e) {
      return new Attempt.Failed<>(Code.ISSUER_NOT_FOUND, AwsErrors.text(e));
    } catch (AwsServiceException e) {
      return new Attempt.Failed<>(
          AwsErrors.isDenied(e) ? Code.ISSUER_REFUSED : Code.CREDENTIALS_FAILED, AwsErrors.text(e));
    } catch (ApiCallTimeoutException _) {
      return new Attempt.Failed<>(Code.CREDENTIALS_TIMEOUT, "Redshift's API did not answer");
    } catch (SdkException e) {
      return new Attempt.Failed<>(Code.CREDENTIALS_FAILED, AwsErrors.text(e));
    }
  }
}
