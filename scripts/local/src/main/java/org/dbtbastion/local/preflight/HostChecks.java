package org.dbtbastion.local.preflight;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.dbtbastion.infra.configuration.Configuration;
import software.amazon.awssdk.services.ec2.model.Filter;
import software.amazon.awssdk.services.ec2.model.InstanceTypeOffering;
import software.amazon.awssdk.services.ec2.model.LocationType;
import software.amazon.awssdk.services.ec2.model.Subnet;
import software.amazon.awssdk.services.kms.model.KeyManagerType;

/** Whether hosts of the configured type can start. */
final class HostChecks {

  private static final String AUTO_SCALING =
      "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";

  private final Apis apis;
  private final Configuration configuration;
  private final String account;

  HostChecks(Apis apis, Configuration configuration, String account) {
    this.apis = apis;
    this.configuration = configuration;
    this.account = account;
  }

  void askAll(Questions questions, List<Subnet> hostSubnets) {
    questions.ask("ec2:DescribeInstanceTypeOfferings", () -> offered(hostSubnets));
    questions.ask("ec2:GetEbsDefaultKmsKeyId", this::ebsKey);
  }

  private List<Finding> offered(List<Subnet> hostSubnets) {
    String type = configuration.hosts().instanceType();
    Set<String> zones =
        apis
            .ec2
            .describeInstanceTypeOfferingsPaginator(
                r ->
                    r.locationType(LocationType.AVAILABILITY_ZONE)
                        .filters(Filter.builder().name("instance-type").values(type).build()))
            .instanceTypeOfferings()
            .stream()
            .map(InstanceTypeOffering::location)
            .collect(Collectors.toSet());
    List<String> without =
        hostSubnets.stream()
            .map(Subnet::availabilityZone)
            .distinct()
            .filter(zone -> !zones.contains(zone))
            .toList();
    return without.isEmpty()
        ? List.of()
        : List.of(
            new Finding(
                Cause.INSTANCE_TYPE_NOT_OFFERED,
                type,
                "it is not offered in " + String.join(", ", without),
                "choose another, -c instanceType=TYPE; see: aws ec2 describe-instance-type-offerings"
                    + " --location-type availability-zone --filters Name=instance-type,Values="
                    + type));
  }

  /** A customer's key needs a grant, or a statement in its policy, for Auto Scaling's role. */
  private List<Finding> ebsKey() {
    String id = apis.ec2.getEbsDefaultKmsKeyId(r -> {}).kmsKeyId();
    if (id == null || id.contains("alias/aws/ebs")) {
      return List.of();
    }
    var key = apis.kms.describeKey(r -> r.keyId(id)).keyMetadata();
    if (key.keyManager() == KeyManagerType.AWS) {
      return List.of();
    }
    boolean granted =
        apis.kms.listGrantsPaginator(r -> r.keyId(key.arn())).grants().stream()
                .anyMatch(grant -> String.valueOf(grant.granteePrincipal()).endsWith(AUTO_SCALING))
            || apis.kms
                .getKeyPolicy(r -> r.keyId(key.arn()).policyName("default"))
                .policy()
                .contains(AUTO_SCALING);
    return granted
        ? List.of()
        : List.of(
            new Finding(
                Cause.EBS_KEY_REFUSES,
                key.arn(),
                "it is the default key of the account's volumes, and Auto Scaling may not use it",
                "aws kms create-grant --key-id %s --grantee-principal arn:aws:iam::%s:%s"
                        .formatted(key.arn(), account, AUTO_SCALING)
                    + " --operations Encrypt Decrypt ReEncryptFrom ReEncryptTo GenerateDataKey"
                    + " GenerateDataKeyWithoutPlaintext DescribeKey CreateGrant"));
  }
}
