package org.dbtbastion.standins.account;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.AllocateAddressResponse;
import software.amazon.awssdk.services.ec2.model.Instance;
import software.amazon.awssdk.services.ec2.model.ResourceType;
import software.amazon.awssdk.services.ec2.model.Tag;
import software.amazon.awssdk.services.ec2.model.TagSpecification;
import software.amazon.awssdk.services.secretsmanager.SecretsManagerClient;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.DocumentType;
import software.amazon.awssdk.services.ssm.model.Parameter;
import software.amazon.awssdk.services.ssm.model.ParameterType;

/**
 * A stand-in for an AWS account in which a bastion is deployed already: moto, with Run Command in
 * front of it, and what tests put there in place of a deployment. CloudFormation is not asked,
 * calls are not judged as by IAM, and instances run nothing. Safe for use by several threads.
 */
public final class AwsAccount implements AutoCloseable {

  /** All of it is loopback on Linux: a host's private address can really be reached. */
  private static final String VPC = "127.77.0.0/16";

  private final Moto moto;
  private final SystemsManagerFront front;
  private final Ec2Client ec2;
  private final SecretsManagerClient secrets;
  private final SsmClient ssm;
  private final String subnet;

  private AwsAccount(Moto moto, SystemsManagerFront front) {
    this.moto = moto;
    this.front = front;
    ec2 = moto.client(Ec2Client.builder());
    secrets = moto.client(SecretsManagerClient.builder());
    ssm = moto.client(SsmClient.builder());
    String vpc = ec2.createVpc(request -> request.cidrBlock(VPC)).vpc().vpcId();
    subnet = ec2.createSubnet(request -> request.vpcId(vpc).cidrBlock(VPC)).subnet().subnetId();
  }

  /**
   * Starts an empty account.
   *
   * @param folder where moto's log goes
   * @param agent what runs commands on hosts
   */
  public static AwsAccount start(Path folder, SystemsManagerFront.Agent agent) {
    Moto moto = Moto.start(folder);
    return new AwsAccount(moto, SystemsManagerFront.start(moto, agent));
  }

  /** The front, for its faults. */
  public SystemsManagerFront systemsManager() {
    return front;
  }

  /** The part of the account that is moto's own. */
  public Moto moto() {
    return moto;
  }

  /** What makes a process use this account and nothing else. */
  public Map<String, String> environment() {
    Map<String, String> environment = new HashMap<>(moto.environment());
    environment.putAll(front.environment());
    return environment;
  }

  /** Makes this JVM use this account, with clients that are made from now on. */
  public void useInThisJvm() {
    System.setProperty("aws.endpointUrl", moto.endpoint().toString());
    System.setProperty("aws.endpointUrlSsm", front.endpoint().toString());
    System.setProperty("aws.region", Moto.REGION);
    System.setProperty("aws.accessKeyId", "test");
    System.setProperty("aws.secretAccessKey", "test");
  }

  /** Starts an instance with the tag of a bastion's hosts; returns its id. */
  public String runHost(String bastion) {
    return ec2.runInstances(
            request ->
                request
                    .imageId("ami-12c6146b")
                    .minCount(1)
                    .maxCount(1)
                    .subnetId(subnet)
                    .tagSpecifications(
                        TagSpecification.builder()
                            .resourceType(ResourceType.INSTANCE)
                            .tags(Tag.builder().key("dbt-bastion").value(bastion).build())
                            .build()))
        .instances()
        .getFirst()
        .instanceId();
  }

  /** The private address of an instance: one of the loopback's. */
  public String address(String instance) {
    return ec2.describeInstances(request -> request.instanceIds(instance)).reservations().stream()
        .flatMap(reservation -> reservation.instances().stream())
        .map(Instance::privateIpAddress)
        .findFirst()
        .orElseThrow();
  }

  /** Gives a host an Elastic IP, and returns that. */
  public String claimAddress(String instance) {
    AllocateAddressResponse allocated = ec2.allocateAddress(request -> request.domain("vpc"));
    ec2.associateAddress(
        request -> request.allocationId(allocated.allocationId()).instanceId(instance));
    return allocated.publicIp();
  }

  /** Starts an instance that was stopped; it keeps its private address. */
  public void startHost(String instance) {
    ec2.startInstances(request -> request.instanceIds(instance));
  }

  /** Stops an instance. */
  public void stopHost(String instance) {
    ec2.stopInstances(request -> request.instanceIds(instance));
  }

  /** Terminates an instance. */
  public void terminateHost(String instance) {
    ec2.terminateInstances(request -> request.instanceIds(instance));
  }

  /** Creates a document that makes hosts fetch the keys. */
  public void createSyncDocument(String name) {
    ssm.createDocument(
        request ->
            request
                .name(name)
                .documentType(DocumentType.COMMAND)
                .content(
                    """
                    {"schemaVersion": "2.2", "mainSteps": [{"action": "aws:runShellScript",
                     "name": "sync", "inputs": {"runCommand": ["/opt/dbt-bastion/sync-keys"]}}]}
                    """));
  }

  /** Writes a parameter, whether it exists or not. */
  public void putParameter(String name, String value) {
    ssm.putParameter(
        request -> request.name(name).value(value).type(ParameterType.STRING).overwrite(true));
  }

  /** Deletes a parameter. */
  public void deleteParameter(String name) {
    ssm.deleteParameter(request -> request.name(name));
  }

  /** A parameter as it is stored, decrypted. */
  public Parameter parameter(String name) {
    return ssm.getParameter(request -> request.name(name).withDecryption(true)).parameter();
  }

  /** The parameters below a path, decrypted: values by whole name. */
  public Map<String, String> parameters(String path) {
    Map<String, String> values = new TreeMap<>();
    ssm
        .getParametersByPathPaginator(
            request -> request.path(path).recursive(true).withDecryption(true))
        .stream()
        .flatMap(page -> page.parameters().stream())
        .forEach(parameter -> values.put(parameter.name(), parameter.value()));
    return values;
  }

  /** The account's Secrets Manager. */
  public SecretsManagerClient secretsManager() {
    return secrets;
  }

  /** Creates a secret. */
  public void createSecret(String name, String value) {
    secrets.createSecret(request -> request.name(name).secretString(value));
  }

  @Override
  public void close() {
    ec2.close();
    secrets.close();
    ssm.close();
    front.close();
    moto.close();
  }
}
