package org.dbtbastion.standins.account;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.dbtbastion.standins.account.SystemsManagerFront.AgentResult;
import org.dbtbastion.standins.process.Await;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.ResourceType;
import software.amazon.awssdk.services.ec2.model.Tag;
import software.amazon.awssdk.services.ec2.model.TagSpecification;
import software.amazon.awssdk.services.ssm.SsmClient;
import software.amazon.awssdk.services.ssm.model.CommandInvocationStatus;
import software.amazon.awssdk.services.ssm.model.DocumentType;
import software.amazon.awssdk.services.ssm.model.GetCommandInvocationResponse;
import software.amazon.awssdk.services.ssm.model.InvalidDocumentException;
import software.amazon.awssdk.services.ssm.model.InvocationDoesNotExistException;
import software.amazon.awssdk.services.ssm.model.Parameter;
import software.amazon.awssdk.services.ssm.model.ParameterType;
import software.amazon.awssdk.services.ssm.model.SsmException;
import software.amazon.awssdk.services.ssm.model.Target;

class SystemsManagerFrontIT {

  private static final String DOCUMENT = "dbt-bastion-test-sync-keys";
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private static Path folder;
  private static Moto moto;

  private volatile SystemsManagerFront.Agent agent;
  private SystemsManagerFront front;
  private SsmClient ssm;
  private String instance;

  @BeforeAll
  static void startAccount() {
    moto = Moto.start(folder);
  }

  @AfterAll
  static void stopAccount() {
    moto.close();
  }

  @BeforeEach
  void prepare() {
    moto.reset();
    agent = (id, commands) -> new AgentResult(0, id + " ran " + commands, "");
    front = SystemsManagerFront.start(moto, (id, commands) -> agent.run(id, commands));
    ssm =
        SsmClient.builder()
            .endpointOverride(front.endpoint())
            .region(Region.of(Moto.REGION))
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
            .httpClient(UrlConnectionHttpClient.create())
            .overrideConfiguration(
                config -> config.retryStrategy(DefaultRetryStrategy.doNotRetry()))
            .build();
    ssm.createDocument(
        request ->
            request
                .name(DOCUMENT)
                .documentType(DocumentType.COMMAND)
                .content(document("/opt/dbt-bastion/sync-keys")));
    instance = runInstance();
  }

  private static String document(String command) {
    return """
        {"schemaVersion": "2.2", "mainSteps": [{"action": "aws:runShellScript",
         "name": "sync", "inputs": {"runCommand": ["%s"]}}]}
        """
        .formatted(command);
  }

  @AfterEach
  void stop() {
    ssm.close();
    front.close();
  }

  private static String runInstance() {
    try (Ec2Client ec2 =
        Ec2Client.builder()
            .endpointOverride(moto.endpoint())
            .region(Region.of(Moto.REGION))
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
            .httpClient(UrlConnectionHttpClient.create())
            .build()) {
      return ec2.runInstances(
              request ->
                  request
                      .imageId("ami-12c6146b")
                      .minCount(1)
                      .maxCount(1)
                      .tagSpecifications(
                          TagSpecification.builder()
                              .resourceType(ResourceType.INSTANCE)
                              .tags(Tag.builder().key("dbt-bastion").value("test").build())
                              .build()))
          .instances()
          .getFirst()
          .instanceId();
    }
  }

  @Test
  void runsTheDocumentsCommandsOnTheHostsWithTheTag() {
    String command = send();

    GetCommandInvocationResponse invocation = awaitEnd(command);
    assertThat(invocation.status()).isEqualTo(CommandInvocationStatus.SUCCESS);
    assertThat(invocation.responseCode()).isZero();
    assertThat(invocation.standardOutputContent())
        .isEqualTo(instance + " ran [/opt/dbt-bastion/sync-keys]");
    assertThat(
            ssm.listCommandInvocations(request -> request.commandId(command).details(true))
                .commandInvocations())
        .singleElement()
        .satisfies(
            entry -> {
              assertThat(entry.instanceId()).isEqualTo(instance);
              assertThat(entry.status()).isEqualTo(CommandInvocationStatus.SUCCESS);
              assertThat(entry.commandPlugins().getFirst().output()).contains(" ran ");
            });
  }

  @Test
  void isInProgressWhileTheCommandRuns() throws InterruptedException {
    CountDownLatch runs = new CountDownLatch(1);
    CountDownLatch may = new CountDownLatch(1);
    agent =
        (id, commands) -> {
          runs.countDown();
          may.await();
          return new AgentResult(0, "", "");
        };
    String command = send();
    runs.await();

    assertThat(get(command).status()).isEqualTo(CommandInvocationStatus.IN_PROGRESS);
    assertThat(get(command).responseCode()).isEqualTo(-1);
    may.countDown();
    assertThat(awaitEnd(command).status()).isEqualTo(CommandInvocationStatus.SUCCESS);
  }

  @Test
  void aFailingCommandIsAFailedInvocation() {
    agent = (id, commands) -> new AgentResult(7, "", "no such key");

    GetCommandInvocationResponse invocation = awaitEnd(send());

    assertThat(invocation.status()).isEqualTo(CommandInvocationStatus.FAILED);
    assertThat(invocation.responseCode()).isEqualTo(7);
    assertThat(invocation.standardErrorContent()).isEqualTo("no such key");
  }

  @Test
  void droppedCommandsStayPending() {
    front.dropCommands(true);

    assertThat(get(send()).status()).isEqualTo(CommandInvocationStatus.PENDING);
  }

  @Test
  void unknownAndHiddenInvocationsDoNotExist() {
    String command = send();
    front.hideInvocationsFromNext(1);

    assertThatThrownBy(() -> get(command)).isInstanceOf(InvocationDoesNotExistException.class);
    assertThat(awaitEnd(command).status()).isEqualTo(CommandInvocationStatus.SUCCESS);
    assertThatThrownBy(() -> get("7c0c9b6e-0000-4000-8000-000000000000"))
        .isInstanceOf(InvocationDoesNotExistException.class);
  }

  @Test
  void aMissingDocumentIsRefused() {
    assertThatThrownBy(
            () ->
                ssm.sendCommand(
                    request -> request.documentName("missing-document").instanceIds(instance)))
        .isInstanceOf(InvalidDocumentException.class);
  }

  @Test
  void aMissingVersionIsRefused() {
    assertThatThrownBy(() -> send(DOCUMENT, "7")).isInstanceOf(InvalidDocumentException.class);
  }

  @ParameterizedTest
  @CsvSource({", old", "$DEFAULT, old", "1, old", "$LATEST, new", "2, new"})
  void runsTheVersionThatIsAskedForAndTheDefaultOtherwise(String version, String expected) {
    ssm.createDocument(
        request ->
            request.name("versioned").documentType(DocumentType.COMMAND).content(document("old")));
    // The default stays the first.
    ssm.updateDocument(
        request -> request.name("versioned").documentVersion("$LATEST").content(document("new")));

    assertThat(awaitEnd(send("versioned", version)).standardOutputContent())
        .isEqualTo("%s ran [%s]".formatted(instance, expected));
  }

  @Test
  void throttlesAsManyRequestsAsTold() {
    front.throttleNext(1);

    assertThatThrownBy(() -> ssm.describeParameters())
        .isInstanceOfSatisfying(
            SsmException.class,
            e -> {
              assertThat(e.awsErrorDetails().errorCode()).isEqualTo("ThrottlingException");
              assertThat(e.isThrottlingException()).isTrue();
            });
    assertThat(ssm.describeParameters().parameters()).isEmpty();
  }

  @Test
  void emptyPagesLoseNothing() {
    putParameters(12);
    assertThat(listAll()).hasSize(12);

    front.insertEmptyPages(true);

    assertThat(listAll()).hasSize(12);
    assertThat(ssm.getParametersByPath(request -> request.path("/p")).parameters()).isEmpty();
  }

  @Test
  void failsThePageThatItIsTold() {
    putParameters(12);
    front.failPage(2);

    assertThat(ssm.getParametersByPath(request -> request.path("/p")).parameters()).hasSize(10);
    assertThatThrownBy(this::listAll).isInstanceOf(SsmException.class);

    front.failPage(0);
    assertThat(listAll()).hasSize(12);
  }

  private void putParameters(int count) {
    for (int i = 0; i < count; i++) {
      String name = "/p/" + i;
      ssm.putParameter(request -> request.name(name).value("v").type(ParameterType.STRING));
    }
  }

  private List<Parameter> listAll() {
    List<Parameter> all = new ArrayList<>();
    ssm.getParametersByPathPaginator(request -> request.path("/p"))
        .forEach(page -> all.addAll(page.parameters()));
    return all;
  }

  private String send() {
    return send(DOCUMENT, null);
  }

  private String send(String document, String version) {
    return ssm.sendCommand(
            request ->
                request
                    .documentName(document)
                    .documentVersion(version)
                    .targets(Target.builder().key("tag:dbt-bastion").values("test").build()))
        .command()
        .commandId();
  }

  private GetCommandInvocationResponse get(String command) {
    return ssm.getCommandInvocation(request -> request.commandId(command).instanceId(instance));
  }

  private GetCommandInvocationResponse awaitEnd(String command) {
    Await.until(
        "the command ends",
        SOON,
        () ->
            get(command).status() != CommandInvocationStatus.IN_PROGRESS
                && get(command).status() != CommandInvocationStatus.PENDING);
    return get(command);
  }
}
