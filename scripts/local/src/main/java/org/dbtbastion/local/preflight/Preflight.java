package org.dbtbastion.local.preflight;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.dbtbastion.infra.configuration.Configuration;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * Asks for everything that makes a deployment fail or a bastion useless, in three waves: who asks;
 * the account and the warehouses; the warehouses' VPC.
 */
final class Preflight {

  /**
   * What was found.
   *
   * @param account the account; empty if AWS does not know who asks
   * @param findings the worst first
   */
  record Result(Optional<String> account, String region, List<Finding> findings) {

    Result {
      findings =
          findings.stream()
              .sorted(Comparator.comparing(Finding::cause).thenComparing(Finding::resource))
              .distinct()
              .toList();
    }

    /** Whether nothing stands in the way; what may is no obstacle. */
    boolean ok() {
      return findings.stream()
          .noneMatch(finding -> finding.cause().severity() == Cause.Severity.ERROR);
    }
  }

  private Preflight() {}

  static Result run(Configuration configuration, String region) throws InterruptedException {
    try (Apis apis = new Apis()) {
      String account;
      try {
        account = apis.sts.getCallerIdentity().account();
      } catch (SdkException e) {
        return new Result(
            Optional.empty(),
            region,
            List.of(
                new Finding(
                    Cause.NO_CREDENTIALS,
                    region,
                    String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason"),
                    "log in (aws sso login, or aws configure), then see: aws sts"
                        + " get-caller-identity")));
      }
      return new Result(
          Optional.of(account), region, findings(apis, configuration, account, region));
    }
  }

  private static List<Finding> findings(
      Apis apis, Configuration configuration, String account, String region)
      throws InterruptedException {
    List<Finding> found = new ArrayList<>();
    try (Questions questions = new Questions()) {
      new AccountChecks(apis, configuration, account, region).askAll(questions);
      WarehouseChecks warehouses = new WarehouseChecks(apis, configuration.redshift());
      warehouses.askAll(questions);
      questions.ask("ec2:DescribeSubnets", () -> ofVpc(apis, configuration, account, warehouses));
      found.addAll(questions.findings());
    }
    return found;
  }

  private static List<Finding> ofVpc(
      Apis apis, Configuration configuration, String account, WarehouseChecks warehouses)
      throws InterruptedException {
    Optional<String> vpc = warehouses.vpc();
    if (vpc.isEmpty()) {
      // That the warehouse is not there is a finding of its own.
      return List.of();
    }
    try (Questions questions = new Questions()) {
      NetworkChecks network = new NetworkChecks(apis, configuration, vpc.get());
      network.askAll(questions);
      new HostChecks(apis, configuration, account).askAll(questions, network.hostSubnets());
      return questions.findings();
    }
  }
}
