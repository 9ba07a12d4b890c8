package org.dbtbastion.local.preflight;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.core.SdkClient;
import software.amazon.awssdk.core.client.builder.SdkSyncClientBuilder;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.cloudwatchlogs.CloudWatchLogsClient;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.redshift.RedshiftClient;
import software.amazon.awssdk.services.redshiftserverless.RedshiftServerlessClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.servicequotas.ServiceQuotasClient;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.sts.StsClient;

/**
 * The APIs that are asked, with the credentials and the region of the shell. Each call ends within
 * {@link #LIMIT}.
 */
final class Apis implements AutoCloseable {

  /** Of a call, with all of its attempts. */
  static final Duration LIMIT = Duration.ofSeconds(10);

  private final Deque<SdkClient> open = new ArrayDeque<>();
  final CloudFormationClient cloudFormation = built(CloudFormationClient.builder());
  final CloudWatchLogsClient logs = built(CloudWatchLogsClient.builder());
  final Ec2Client ec2 = built(Ec2Client.builder());
  final KmsClient kms = built(KmsClient.builder());
  final RedshiftClient redshift = built(RedshiftClient.builder());
  final RedshiftServerlessClient serverless = built(RedshiftServerlessClient.builder());
  final SecretsManagerClient secrets = built(SecretsManagerClient.builder());
  final ServiceQuotasClient quotas = built(ServiceQuotasClient.builder());
  final SsmClient ssm = built(SsmClient.builder());
  final StsClient sts = built(StsClient.builder());

  private <B extends SdkSyncClientBuilder<B, C> & AwsClientBuilder<B, C>, C extends SdkClient>
      C built(B builder) {
    C client =
        builder
            .httpClientBuilder(UrlConnectionHttpClient.builder())
            .overrideConfiguration(configuration -> configuration.apiCallTimeout(LIMIT))
            .build();
    open.push(client);
    return client;
  }

  @Override
  public void close() {
    open.forEach(SdkClient::close);
  }
}
