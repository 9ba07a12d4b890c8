package org.dbtbastion.aws;

import java.time.Duration;
import java.util.function.Supplier;
import org.dbtbastion.deadline.Deadline;
import software.amazon.awssdk.awscore.AwsRequestOverrideConfiguration;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.client.builder.SdkSyncClientBuilder;
import software.amazon.awssdk.core.retry.RetryMode;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.elasticloadbalancingv2.ElasticLoadBalancingV2Client;
import software.amazon.awssdk.services.redshift.RedshiftClient;
import software.amazon.awssdk.services.redshiftserverless.RedshiftServerlessClient;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.ssm.SsmClient;

/**
 * The SDK's clients: each is made at its first use, once, and lives as long as the function's
 * execution environment. Region, credentials and endpoints come from where the SDK looks for them
 * by itself, at every call. Thread-safe.
 */
public final class AwsClients {

  /** Throttled calls are tried again, with the SDK's backoff, until the deadline of the call. */
  private static final int MAXIMUM_ATTEMPTS = 20;

  private final Supplier<Ec2Client> ec2 = once(() -> built(Ec2Client.builder()));
  private final Supplier<ElasticLoadBalancingV2Client> loadBalancing =
      once(() -> built(ElasticLoadBalancingV2Client.builder()));
  private final Supplier<RedshiftClient> redshift = once(() -> built(RedshiftClient.builder()));
  private final Supplier<RedshiftServerlessClient> redshiftServerless =
      once(() -> built(RedshiftServerlessClient.builder()));
  private final Supplier<SecretsManagerClient> secretsManager =
      once(() -> built(SecretsManagerClient.builder()));
  private final Supplier<SsmClient> ssm = once(() -> built(SsmClient.builder()));

  /** The region whose APIs are called. */
  public String region() {
    return ssm().serviceClientConfiguration().region().id();
  }

  public Ec2Client ec2() {
    return ec2.get();
  }

  public ElasticLoadBalancingV2Client loadBalancing() {
    return loadBalancing.get();
  }

  public RedshiftClient redshift() {
    return redshift.get();
  }

  public RedshiftServerlessClient redshiftServerless() {
    return redshiftServerless.get();
  }

  SecretsManagerClient secretsManager() {
    return secretsManager.get();
  }

  public SsmClient ssm() {
    return ssm.get();
  }

  /**
   * Ends the call, with all of its attempts, by the deadline. On a platform thread a socket's own
   * time-out may come first, half a minute later: an interruption does not end its waiting.
   */
  public static AwsRequestOverrideConfiguration by(Deadline deadline) {
    return AwsRequestOverrideConfiguration.builder()
        .apiCallTimeout(Duration.ofMillis(deadline.remainingMillis()))
        .build();
  }

  private static <B extends SdkSyncClientBuilder<B, C> & AwsClientBuilder<B, C>, C> C built(
      B builder) {
    return builder
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .overrideConfiguration(
            configuration ->
                configuration.retryStrategy(
                    AwsRetryStrategy.forRetryMode(RetryMode.STANDARD).toBuilder()
                        .maxAttempts(MAXIMUM_ATTEMPTS)
                        .build()))
        .build();
  }

  private static <T> Supplier<T> once(Supplier<T> make) {
    return new Supplier<>() {
      private T made;

      @Override
      public synchronized T get() {
        if (made == null) {
          made = make.get();
        }
        return made;
      }
    };
  }
}
