package org.dbtbastion.local.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dbtbastion.local.sandbox.CdkCli;
import org.dbtbastion.local.sandbox.WarehouseAccount;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.process.Repository;
import software.amazon.awssdk.services.cloudformation.CloudFormationClient;
import software.amazon.awssdk.services.cloudformation.model.Capability;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.ParameterType;

/**
 * The template of the stack, as the real CDK command line synthesizes it for an account. It is kept
 * for all that it depends on: the app, the host's files, the function, the context and the
 * account's ids, which are the same in each lab. DeployIT deploys with the real command line.
 */
final class StackTemplate {

  private static final Pattern ASSET =
      Pattern.compile("\"S3Key\": \"(\\w+\\.zip)\"", Pattern.MULTILINE);
  private static final String ASSETS =
      "cdk-hnb659fds-assets-%s-%s".formatted(Moto.ACCOUNT, Moto.REGION);

  // Nobody's signature is looked at, but that there is one.
  private static final String NOT_ANONYMOUS =
      "AWS4-HMAC-SHA256 Credential=test/20260101/%s/s3/aws4_request, SignedHeaders=host, Signature=0"
          .formatted(Moto.REGION);

  private final Path infra;
  private final Path folder;
  private final WarehouseAccount account;
  private final Map<String, String> context;

  /**
   * @param infra the built module
   * @param folder where the CDK command line works if it must
   */
  StackTemplate(Path infra, Path folder, WarehouseAccount account, Map<String, String> context) {
    this.infra = infra;
    this.folder = folder;
    this.account = account;
    this.context = new TreeMap<>(context);
  }

  /** Deploys it through CloudFormation, with functions that hold no code. */
  void deploy(String stack) {
    bootstrap();
    String template = text(stack);
    put("");
    Matcher assets = ASSET.matcher(template);
    while (assets.find()) {
      put("/" + assets.group(1));
    }
    try (CloudFormationClient stacks = account.client(CloudFormationClient.builder())) {
      stacks.createStack(
          request ->
              request
                  .stackName(stack)
                  .templateBody(template)
                  .capabilities(Capability.CAPABILITY_NAMED_IAM));
    }
  }

  /** What of it CDK's templates look at: its version. */
  private void bootstrap() {
    try (SsmClient parameters = account.client(SsmClient.builder())) {
      parameters.putParameter(
          request ->
              request
                  .name("/cdk-bootstrap/hnb659fds/version")
                  .type(ParameterType.STRING)
                  .value("30"));
    }
  }

  /** Makes the bucket, or an object in it. */
  private void put(String path) {
    try (HttpClient client = HttpClient.newHttpClient()) {
      URI target = account.moto().endpoint().resolve("/" + ASSETS + path);
      int status =
          client
              .send(
                  HttpRequest.newBuilder(target)
                      .header("Authorization", NOT_ANONYMOUS)
                      .PUT(HttpRequest.BodyPublishers.ofString(path))
                      .build(),
                  HttpResponse.BodyHandlers.discarding())
              .statusCode();
      if (status != 200) {
        throw new IllegalStateException(target + " answers with HTTP status " + status);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private String text(String stack) {
    Path kept = Repository.root().resolve("scripts/local/target/lab-templates");
    try {
      Path template = kept.resolve(digest() + ".json");
      Files.createDirectories(kept);
      // Labs that start at the same time share one.
      try (FileChannel channel =
              FileChannel.open(
                  kept.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        Objects.requireNonNull(lock);
        if (!Files.exists(template)) {
          Path synthesized =
              new CdkCli(infra, folder, account.environment())
                  .synth(context)
                  .resolve(stack + ".template.json");
          Path whole = Files.copy(synthesized, kept.resolve("new"));
          Files.move(whole, template, StandardCopyOption.ATOMIC_MOVE);
        }
      }
      return Files.readString(template);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String digest() throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path input :
          List.of(
              infra.resolve("cdk.json"),
              infra.resolve("bastion"),
              infra.resolve("target/classes"),
              infra.resolve("target/lib"),
              Repository.functionZip())) {
        try (Stream<Path> files = Files.walk(input)) {
          for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
            update(digest, infra.relativize(file).toString());
            update(digest, Files.getLastModifiedTime(file) + " " + Files.size(file));
          }
        }
      }
      update(digest, context.toString());
      try (Ec2Client ec2 = account.client(Ec2Client.builder())) {
        update(digest, account.vpcId() + account.securityGroupId());
        update(digest, ec2.describeSubnets().subnets().toString());
        update(digest, ec2.describeRouteTables().routeTables().toString());
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void update(MessageDigest digest, String text) {
    digest.update((text + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
