package org.dbtbastion.infra.bastion;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.process.Await;
import org.dbtbastion.standins.process.AwsCli;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.Command;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.ssh.Sshd;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.ec2.model.Address;
import software.amazon.awssdk.services.ssm.model.Parameter;
import software.amazon.awssdk.services.ssm.model.ParameterType;

class BootstrapIT {

  private static final String ED25519 = "etc/dbt-bastion/ssh_host_ed25519_key";
  private static final String RSA = "etc/dbt-bastion/ssh_host_rsa_key";
  @TempDir static Path shared;
  private static Moto moto;
  private static Ec2Client ec2;
  private static HostKeys stored;

  /** It found no host keys and made them. For tests that change nothing of it. */
  private static Host ready;

  private static Command.Result firstRun;

  @TempDir Path folder;

  @BeforeAll
  static void bootstrapHost() {
    moto = Moto.start(shared);
    ec2 = moto.client(Ec2Client.builder());
    stored = HostKeys.make(shared);
    ready = host(shared.resolve("ready"), "ready");
    firstRun =
        ready.script("bootstrap").with(Map.of("AWS_SECRET_ACCESS_KEY", "secret-of-the-test")).run();
    assertThat(firstRun.status()).as("%s", firstRun).isEqualTo(0);
  }

  @AfterAll
  static void closeAccount() {
    ready.close();
    ec2.close();
    moto.close();
  }

  private static Host host(Path root, String name) {
    return new Host(root, moto, name, "warehouse.example:5439 10.0.0.7:5439");
  }

  private Host host(String host, String name) {
    return host(folder.resolve(host), name);
  }

  /** Every file's permissions and text, but for the one that says when keys were last listed. */
  private static Map<String, String> snapshot(Host host) throws IOException {
    Map<String, String> snapshot = new TreeMap<>();
    try (Stream<Path> files = Files.walk(host.root)) {
      for (Path file :
          files.filter(Files::isRegularFile).filter(f -> !f.endsWith("last-sync.json")).toList()) {
        String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        snapshot.put(file.toString(), mode + " " + Files.readString(file));
      }
    }
    return snapshot;
  }

  @Test
  void secondRunChangesNothing() throws IOException {
    Map<String, String> first = snapshot(ready);
    Optional<Parameter> key = ready.parameters.find("host-keys/ed25519");

    ready.bootstrapped();

    assertThat(snapshot(ready)).isEqualTo(first);
    assertThat(ready.parameters.find("host-keys/ed25519")).isNotEmpty().isEqualTo(key);
    assertThat(ready.parameters.find("host-keys/rsa.pub").orElseThrow())
        .returns(1L, Parameter::version)
        .returns(ParameterType.STRING, Parameter::type);
  }

  @Test
  void givesTheUserWhatDbtDescribes() throws IOException {
    Path keys = ready.authorizedKeys();

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(keys.getParent())))
        .isEqualTo("rwx------");
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(ready.root.resolve(RSA))))
        .isEqualTo("rw-------");
  }

  @Test
  void secondHostHasTheFirstOnesHostKeys() {
    try (Host second = host("b", "ready").bootstrapped()) {
      assertThat(second.text(ED25519)).isEqualTo(ready.text(ED25519)).contains("OPENSSH PRIVATE");
      assertThat(second.text(RSA)).isEqualTo(ready.text(RSA)).contains("OPENSSH PRIVATE");
    }
  }

  @Test
  void hostsThatStartAtOnceAgreeOnHostKeys() {
    List<Host> hosts = Stream.of("a", "b", "c").map(letter -> host(letter, "race")).toList();
    CompletableFuture.allOf(
            hosts.stream()
                .map(host -> CompletableFuture.runAsync(host::bootstrapped))
                .toArray(CompletableFuture<?>[]::new))
        .join();

    assertThat(hosts.stream().map(host -> host.text(ED25519)).distinct()).hasSize(1);
    assertThat(hosts.stream().map(host -> host.text(RSA)).distinct()).hasSize(1);
    hosts.forEach(Host::close);
  }

  @Test
  void keepsItsHostKeyWhenTheParameterIsLost() {
    try (Host host = host("a", "lost").with(stored).bootstrapped()) {
      String key = host.text(ED25519);
      host.parameters.delete("host-keys/ed25519");

      host.bootstrapped();

      assertThat(host.text(ED25519)).isEqualTo(key);
      assertThat(host.parameters.find("host-keys/ed25519").orElseThrow().value())
          .contains(key.lines().toList().get(1));
    }
  }

  @Test
  void refusesAStoredHostKeyThatIsNone() {
    try (Host host = host("a", "rotten")) {
      host.parameters.put("host-keys/rsa", "rubbish");

      Command.Result result = host.script("bootstrap").run();

      assertThat(result.status()).isNotEqualTo(0);
      assertThat(result.errors()).endsWith("at step: get the host keys\n");
      assertThat(host.root.resolve(RSA)).doesNotExist();
      assertThat(host.root.resolve("var/lib/dbt-bastion/bootstrapped")).doesNotExist();
    }
  }

  @Test
  void namesTheStepThatFails() {
    try (Host host = host("a", "unreachable").askingOnce()) {
      Command.Result result =
          host.script("bootstrap")
              .with(Map.of("AWS_ENDPOINT_URL", "http://localhost:" + FreePort.find()))
              .run();

      assertThat(result.status()).isNotEqualTo(0);
      assertThat(result.errors())
          .contains("host-keys: error at " + host.root.resolve("opt/dbt-bastion/host-keys") + ":")
          .endsWith("at step: get the host keys\n");
    }
  }

  @Test
  void aFailedBootstrapIsFinishedWithoutUserData() {
    try (Host host = host("a", "healed").with(stored)) {
      String allocation = allocate();
      String instance = runInstance();
      assertThat(
              host.script("bootstrap")
                  .with(
                      Map.of("BASTION_ADDRESS_MODE", "elastic-ip", "BASTION_INSTANCE_ID", instance))
                  .run()
                  .errors())
          .endsWith("at step: claim the Elastic IP\n");
      host.parameters.put("elastic-ip", allocation);

      // As the unit runs it: without any setting of user data's.
      Command again = new Command(host.script("bootstrap").words(), moto.environment());

      assertThat(again.run().status()).isEqualTo(0);
      assertThat(host.root.resolve("var/lib/dbt-bastion/bootstrapped")).exists();
    }
  }

  @Test
  void rootIsRefusedOnARealHost() throws IOException {
    try (Host host = host("a", "root")) {
      Path script = host.root.resolve("opt/dbt-bastion/write-settings");
      String text = Files.readString(script);
      assertThat(text).contains("ROOT=${HERE%/opt/dbt-bastion}");
      Files.writeString(script, text.replace("ROOT=${HERE%/opt/dbt-bastion}", "ROOT="));

      // The port is wrong as well, so that nothing is ever written.
      Command.Result result =
          host.script("write-settings")
              .with(Map.of("BASTION_USER", "root", "BASTION_SSH_PORT", "x"))
              .run();

      assertThat(result.status()).isNotEqualTo(0);
      assertThat(result.errors()).contains("BASTION_USER='root' is refused");
    }
  }

  @Test
  void neverReplacesAPublicHostKey() {
    try (Host host = host("a", "pinned").with(stored).bootstrapped()) {
      String other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther";
      host.parameters.put("host-keys/ed25519.pub", other);

      Command.Result result = host.script("bootstrap").run();

      assertThat(result.errors())
          .contains(
              "host-keys: %s is not the public half of %s"
                  .formatted(
                      host.parameters.name("host-keys/ed25519.pub"),
                      host.parameters.name("host-keys/ed25519")))
          .endsWith("at step: get the host keys\n");
      assertThat(host.parameters.find("host-keys/ed25519.pub").orElseThrow().value())
          .isEqualTo(other);
    }
  }

  /** A program {@code aws} that answers {@code cloudformation} like this and passes on the rest. */
  private Map<String, String> cloudFormationThat(String script) throws IOException {
    return FakeAws.in(
        folder,
        "if [[ $1 == cloudformation ]]; then echo \"$*\" >>%s; %s; fi"
            .formatted(folder.resolve("signals"), script));
  }

  @Test
  void aHostKeyThatFailsLeavesNothingRunning() throws IOException {
    try (Host host = host("a", "halves").withSettings()) {
      Map<String, String> refusing =
          FakeAws.in(folder, "if [[ $* == *host-keys/rsa* ]]; then echo refused >&2; exit 254; fi");

      Command.Result result = host.script("host-keys").with(refusing).run();

      assertThat(result.status()).isNotEqualTo(0);
      assertThat(host.root.resolve(ED25519)).as("the other half was waited for").exists();
    }
  }

  @Test
  void signalsCloudFormationOnceAllIsDone() throws IOException {
    try (Host host = host("a", "signal").with(stored)) {
      Command.Result result = host.script("bootstrap").with(cloudFormationThat("exit 0")).run();

      assertThat(result.status()).isEqualTo(0);
      assertThat(result.output())
          .endsWith("bootstrap: signal CloudFormation\nbootstrap: complete\n");
      assertThat(folder.resolve("signals"))
          .content()
          .startsWith("cloudformation signal-resource --status SUCCESS")
          .contains("--stack-name dbt-bastion-signal --logical-resource-id HostGroup")
          .contains("--unique-id i-0123")
          .hasLineCount(1);
    }
  }

  @Test
  void aHostThatNobodyWaitsForIsNoFailure() throws IOException {
    try (Host host = host("a", "unawaited").with(stored)) {
      Map<String, String> environment =
          cloudFormationThat(
              "echo 'An error occurred (ValidationError) when calling' >&2; exit 254");

      Command.Result result = host.script("bootstrap").with(environment).run();

      assertThat(result.output()).contains("AWS was not told: An error occurred (ValidationError)");
      assertThat(result.status()).isEqualTo(0);
    }
  }

  private static final String NO_ACTION =
      "An error occurred (ValidationError) when calling the CompleteLifecycleAction operation: No"
          + " active Lifecycle Action found with instance ID i-0123";

  /** A program {@code aws} that does this for lifecycle actions, and no sleep in between. */
  private Map<String, String> groupThat(String script) throws IOException {
    FakeAws.program(folder, "sleep", "#!/bin/bash\nexec echo \"$@\" >>%s\n".formatted(pauses()));
    return FakeAws.in(
        folder,
        """
        echo "$*" >>%1$s
        if [[ $1 == autoscaling ]]; then %2$s; fi
        if [[ $1 == elbv2 ]]; then
          [[ $(grep -c ^elbv2 %1$s) -ge 3 ]] && echo healthy || echo initial
          exit 0
        fi
        if [[ $* == *target-group\\ * ]]; then echo arn:aws:the-targets; exit 0; fi
        [[ $1 != cloudformation ]] || exit 0
        """
            .formatted(folder.resolve("calls"), script));
  }

  @Test
  void behindABalancerItSignalsOnlyWhenTheBalancerFoundItHealthy() throws IOException {
    try (Host host = host("a", "balanced").with(stored)) {
      Command.Result result = byUnit(host).with(groupThat("exit 0")).run();

      assertThat(result.errors()).isEmpty();
      assertThat(result.status()).isEqualTo(0);
      assertThat(calls("").subList(calls("").size() - 6, calls("").size()))
          .satisfiesExactly(
              call -> assertThat(call).startsWith("autoscaling complete-lifecycle-action"),
              call -> assertThat(call).contains("/dbt-bastion/balanced/target-group"),
              call ->
                  assertThat(call)
                      .startsWith(
                          "elbv2 describe-target-health --target-group-arn arn:aws:the-targets")
                      .contains("--targets Id=i-"),
              call -> assertThat(call).startsWith("elbv2"),
              call -> assertThat(call).startsWith("elbv2"),
              call -> assertThat(call).startsWith("cloudformation signal-resource"));
    }
  }

  private Path pauses() {
    return folder.resolve("pauses");
  }

  private List<String> calls(String service) throws IOException {
    return Files.readAllLines(folder.resolve("calls")).stream()
        .filter(call -> call.startsWith(service))
        .toList();
  }

  /** A host that runs the bootstrap as its unit does. */
  private static Command byUnit(Host host) {
    Command bootstrap = host.script("bootstrap");
    return new Command(List.of(bootstrap.words().getFirst(), "by-unit"), bootstrap.environment());
  }

  @Test
  void entersServiceOnlyWithTheAddressAndThenSignals() throws IOException {
    try (Host host = host("a", "launch").with(stored)) {
      String allocation = allocate();
      String instance = runInstance();
      Map<String, String> mode =
          Map.of("BASTION_ADDRESS_MODE", "elastic-ip", "BASTION_INSTANCE_ID", instance);
      Command bootstrap = byUnit(host).with(mode).with(groupThat("exit 0"));
      assertThat(bootstrap.run().errors()).endsWith("at step: claim the Elastic IP\n");
      assertThat(calls("autoscaling")).isEmpty();
      host.parameters.put("elastic-ip", allocation);

      assertThat(bootstrap.run().status()).isEqualTo(0);

      assertThat(owner(allocation)).isEqualTo(instance);
      assertThat(calls("autoscaling"))
          .singleElement(InstanceOfAssertFactories.STRING)
          .startsWith(
              "autoscaling complete-lifecycle-action --lifecycle-action-result CONTINUE"
                  + " --lifecycle-hook-name launch"
                  + " --auto-scaling-group-name dbt-bastion-launch --instance-id "
                  + instance);
      assertThat(calls("").subList(calls("").size() - 3, calls("").size()))
          .satisfiesExactly(
              call -> assertThat(call).startsWith("ec2 associate-address"),
              call -> assertThat(call).startsWith("autoscaling"),
              call -> assertThat(call).startsWith("cloudformation"));
    }
  }

  @Test
  void entersServiceOnceHoweverOftenItSignals() throws IOException {
    try (Host host = host("a", "signalling").with(stored)) {
      String firstSignalFails =
          "exit 0; fi; if [[ $1 == cloudformation && $(grep -c ^cloudformation %s) == 1 ]]; then exit 254"
              .formatted(folder.resolve("calls"));
      Command bootstrap = byUnit(host).with(groupThat(firstSignalFails));

      assertThat(bootstrap.run().errors()).endsWith("at step: signal CloudFormation\n");
      assertThat(bootstrap.run().status()).isEqualTo(0);

      assertThat(calls("cloudformation")).hasSize(2);
      assertThat(calls("autoscaling")).hasSize(1);
    }
  }

  @Test
  void whoComesTooEarlyForTheHookComesAgain() throws IOException {
    try (Host host = host("a", "early").with(stored)) {
      Map<String, String> group =
          groupThat(
              "[[ $(grep -c ^autoscaling %s) -ge 3 ]] && exit 0; echo '%s' >&2; exit 254"
                  .formatted(folder.resolve("calls"), NO_ACTION));

      Command.Result result = byUnit(host).with(group).run();

      assertThat(result.status()).isEqualTo(0);
      assertThat(result.output()).doesNotContain("not told");
      assertThat(result.errors()).isEmpty();
      assertThat(calls("autoscaling")).hasSize(3);
    }
  }

  @Test
  void aLaunchThatWasCompletedBeforeAPowerCutIsNoFailure() throws IOException {
    try (Host host = host("a", "completed").with(stored)) {
      Command.Result result =
          byUnit(host).with(groupThat("echo '%s' >&2; exit 254".formatted(NO_ACTION))).run();

      assertThat(result.status()).isEqualTo(0);
      assertThat(result.output())
          .contains("AWS was not told: " + NO_ACTION)
          .endsWith("bootstrap: complete\n");
      assertThat(calls("autoscaling")).hasSize(6);
      assertThat(pauses()).content().contains("0\n1\n2\n4\n8\n16\n");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "An error occurred (AccessDenied) when calling the CompleteLifecycleAction operation",
        "An error occurred (Throttling) when calling the CompleteLifecycleAction operation",
        "An error occurred (ValidationError) when calling the CompleteLifecycleAction operation:"
            + " AutoScalingGroup name not found",
        "Could not connect to the endpoint URL"
      })
  void anyOtherErrorIsTriedAgainByTheUnit(String error) throws IOException {
    try (Host host = host("a", "refused").with(stored)) {
      Command.Result result =
          byUnit(host).with(groupThat("echo '%s' >&2; exit 254".formatted(error))).run();

      assertThat(result.status()).isNotEqualTo(0);
      assertThat(result.output()).contains("AWS was not told: " + error);
      assertThat(result.errors()).endsWith("at step: enter service\n");
      assertThat(calls("cloudformation")).isEmpty();
      assertThat(host.root.resolve("var/lib/dbt-bastion/bootstrapped")).doesNotExist();
    }
  }

  @Test
  void aRunningHostTakesTheElasticIpBackOnlyFromNobody() {
    try (Host host = host("a", "orphan").with(stored)) {
      String allocation = allocate();
      host.parameters.put("elastic-ip", allocation);
      String instance = runInstance();
      String other = runInstance();
      Map<String, String> mode =
          Map.of("BASTION_ADDRESS_MODE", "elastic-ip", "BASTION_INSTANCE_ID", instance);
      assertThat(host.script("write-settings").with(mode).run().status()).isEqualTo(0);
      assertThat(host.script("claim-address").run().status()).isEqualTo(0);
      assertThat(owner(allocation)).as("before it was ready").isNullOrEmpty();
      assertThat(host.script("bootstrap").with(mode).run().status()).isEqualTo(0);
      ec2.associateAddress(
          r -> r.allocationId(allocation).instanceId(other).allowReassociation(true));

      assertThat(host.script("claim-address").run().status()).isEqualTo(0);
      assertThat(owner(allocation)).isEqualTo(other);

      ec2.disassociateAddress(r -> r.associationId(address(allocation).associationId()));
      assertThat(host.script("claim-address").run().status()).isEqualTo(0);
      assertThat(owner(allocation)).isEqualTo(instance);
    }
  }

  /** The holder's state and template, this host's template, hosts wanted, hosts there. */
  @ParameterizedTest
  @CsvSource({
    "InService 1 1 2 2, false",
    "InService 1 1 1 2, true",
    "InService 1 2 2 2, true",
    "Terminating:Wait 1 1 2 2, true",
    "None None 1 1 1, true"
  })
  void takesTheElasticIpOnlyIfItIsNeeded(String group, boolean taken) throws IOException {
    try (Host host = host("a", "follower").with(stored)) {
      String allocation = allocate();
      host.parameters.put("elastic-ip", allocation);
      String holder = runInstance();
      String instance = runInstance();
      ec2.associateAddress(r -> r.allocationId(allocation).instanceId(holder));
      Map<String, String> described =
          groupThat(
              "[[ $2 != describe-* ]] || echo '%s'; exit 0".formatted(group.replace(' ', '\t')));

      Command.Result result = byUnit(host).with(elasticIp(instance)).with(described).run();

      assertThat(result.status()).as("%s", result).isZero();
      assertThat(owner(allocation)).isEqualTo(taken ? instance : holder);
      if (!taken) {
        assertThat(result.output())
            .contains(
                "claim-address: %s has the Elastic IP and serves: this host stays in reserve"
                    .formatted(holder));
        assertThat(host.dbtBastion("status").run().output())
            .contains("address     in reserve: another host has the Elastic IP, and serves\n");
        ec2.disassociateAddress(r -> r.associationId(address(allocation).associationId()));
        assertThat(host.script("claim-address").run().status()).isZero();
        assertThat(owner(allocation)).as("when nobody has it").isEqualTo(instance);
      }
      assertThat(host.dbtBastion("status").run().output())
          .contains("address     took the Elastic IP at ");
    }
  }

  /** Of a group that somebody has made larger by hand, as Auto Scaling describes it. */
  @Test
  void oneHostMoreDoesNotTakeTheElasticIp() {
    try (Host host = host("a", "scaled").with(stored)) {
      String allocation = allocate();
      host.parameters.put("elastic-ip", allocation);
      String template =
          ec2.createLaunchTemplate(
                  r ->
                      r.launchTemplateName("scaled")
                          .launchTemplateData(d -> d.imageId("ami-12c6146b")))
              .launchTemplate()
              .launchTemplateId();
      aws(
          "create-auto-scaling-group --auto-scaling-group-name dbt-bastion-scaled --min-size 1"
              + " --max-size 2 --desired-capacity 2 --availability-zones us-east-1a"
              + " --launch-template LaunchTemplateId=%s,Version=1".formatted(template));
      String[] hosts =
          aws("describe-auto-scaling-instances --output text --query"
                  + " AutoScalingInstances[?AutoScalingGroupName=='dbt-bastion-scaled'].InstanceId")
              .strip()
              .split("\\s+");
      ec2.associateAddress(r -> r.allocationId(allocation).instanceId(hosts[0]));

      Command.Result result = host.script("bootstrap").with(elasticIp(hosts[1])).run();

      assertThat(result.status()).as("%s", result).isZero();
      assertThat(owner(allocation)).isEqualTo(hosts[0]);
    }
  }

  private static String aws(String words) {
    return new Command(
            Stream.concat(Stream.of("aws", "autoscaling"), Stream.of(words.split(" "))).toList(),
            Map.of("PATH", AwsCli.shared().path()))
        .with(moto.environment())
        .run()
        .output();
  }

  private static Map<String, String> elasticIp(String instance) {
    return Map.of("BASTION_ADDRESS_MODE", "elastic-ip", "BASTION_INSTANCE_ID", instance);
  }

  @Test
  void aRetryOfTheBootstrapTakesTheElasticIpFromNobody() throws IOException {
    try (Host host = host("a", "retry").with(stored)) {
      String allocation = allocate();
      host.parameters.put("elastic-ip", allocation);
      String instance = runInstance();
      String successor = runInstance();
      Command bootstrap = byUnit(host).with(elasticIp(instance)).with(groupThat("exit 254"));
      assertThat(bootstrap.run().errors()).endsWith("at step: enter service\n");
      ec2.associateAddress(
          r -> r.allocationId(allocation).instanceId(successor).allowReassociation(true));

      assertThat(bootstrap.with(groupThat("exit 0")).run().status()).isZero();

      assertThat(owner(allocation)).isEqualTo(successor);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"autoscaling", "cloudformation"})
  void aCallThatDoesNotReachAwsOnceIsTriedAgainAtOnce(String service) throws IOException {
    try (Host host = host("a", "moved").with(stored)) {
      String fails =
          "echo 'Connect timeout on endpoint URL: \"https://any.amazonaws.com/\"' >&2; exit 255";
      String first = "[[ $(grep -c ^%s %s) == 1 ]]".formatted(service, folder.resolve("calls"));
      Map<String, String> group =
          groupThat(
              service.equals("autoscaling")
                  ? "%s || exit 0; %s".formatted(first, fails)
                  : "exit 0; fi; if [[ $1 == cloudformation ]] && %s; then %s"
                      .formatted(first, fails));

      Command.Result result = byUnit(host).with(group).run();

      assertThat(result.status()).as("%s", result).isZero();
      assertThat(result.output()).doesNotContain("not told");
      assertThat(calls(service)).hasSize(2);
    }
  }

  private static String allocate() {
    return ec2.allocateAddress().allocationId();
  }

  private static String runInstance() {
    return ec2.runInstances(r -> r.imageId("ami-12c6146b").minCount(1).maxCount(1))
        .instances()
        .getFirst()
        .instanceId();
  }

  private static Address address(String allocation) {
    return ec2.describeAddresses(r -> r.allocationIds(allocation)).addresses().getFirst();
  }

  private static String owner(String allocation) {
    return address(allocation).instanceId();
  }

  @Test
  void claimsTheElasticIpLast() {
    try (Host host = host("a", "address").with(stored)) {
      String allocation = allocate();
      String instance = runInstance();
      Map<String, String> mode =
          Map.of("BASTION_ADDRESS_MODE", "elastic-ip", "BASTION_INSTANCE_ID", instance);
      assertThat(host.script("bootstrap").with(mode).run().errors())
          .endsWith("at step: claim the Elastic IP\n");
      host.parameters.put("elastic-ip", allocation);

      assertThat(host.script("bootstrap").with(mode).run().status()).isEqualTo(0);

      assertThat(owner(allocation)).isEqualTo(instance);
    }
  }

  @Test
  void asksAwsFiveTimes() {
    assertThat(ready.text("etc/dbt-bastion/environment").lines())
        .contains("AWS_RETRY_MODE=standard", "AWS_MAX_ATTEMPTS=5");
  }

  @Test
  void neverPrintsAPrivateKeyNorACredential() {
    String secret = ready.text(ED25519).lines().toList().get(2);

    assertThat(firstRun.output() + firstRun.errors()).doesNotContain("PRIVATE", secret);
    assertThat(ready.text("etc/dbt-bastion/environment"))
        .doesNotContain("secret-of-the-test", "ACCESS_KEY");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "BASTION_NAME | x/../../other",
        "BASTION_USER | root AllowUsers *",
        "BASTION_SSH_PORT | 22 -o PermitOpen=any",
        "BASTION_TARGETS | any",
        "BASTION_TARGETS | *:5439",
        "BASTION_TARGETS | warehouse:*",
        "BASTION_TARGETS | \"warehouse:5439\"",
        "BASTION_ADDRESS_MODE | $(reboot)",
        "BASTION_INSTANCE_ID | i-0123 --instance-id i-0124",
      })
  void refusesSettingsThatWouldChangeTheConfiguration(String setting, String value) {
    try (Host host = host("a", "hostile")) {
      Command.Result result = host.script("bootstrap").with(Map.of(setting, value)).run();

      assertThat(result.status()).isNotEqualTo(0);
      assertThat(result.errors())
          .contains(setting + "='" + value + "' is refused")
          .endsWith("at step: write the settings\n");
      assertThat(host.root.resolve("etc/dbt-bastion")).doesNotExist();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "it's",
        "'",
        "a b",
        "$(touch /tmp/x)`id`",
        "back\\slash",
        "two\nlines",
        "\"quoted\"",
        "&"
      })
  void settingsSurviveWhateverIsInThem(String value) {
    try (Host host = host("a", "survivor")) {
      Map<String, String> hostile = Map.of("AWS_ENDPOINT_URL_EC2", value);
      assertThat(host.script("write-settings").with(hostile).run().status()).isEqualTo(0);
      String environment = host.root.resolve("etc/dbt-bastion/environment").toString();

      assertThat(
              Command.of(
                      "bash", "-c", ". \"$0\" && printf %s \"$AWS_ENDPOINT_URL_EC2\"", environment)
                  .run()
                  .output())
          .isEqualTo(value);
      assertThat(
              Command.of(
                      "python3",
                      "-c",
                      "import shlex,sys\n"
                          + "words = shlex.split(open(sys.argv[1]).read())\n"
                          + "print(dict(w.split('=', 1) for w in words)['AWS_ENDPOINT_URL_EC2'],"
                          + " end='')",
                      environment)
                  .run()
                  .output())
          .isEqualTo(value);
    }
  }

  @Test
  void settingsOfTheFirstRunHoldWithoutUserData() {
    try (Host host = host("a", "again").withSettings()) {
      String environment = host.text("etc/dbt-bastion/environment");

      Command.Result result = host.script("write-settings").with(Map.of("BASTION_NAME", "")).run();

      assertThat(result.status()).isEqualTo(0);
      assertThat(host.text("etc/dbt-bastion/environment")).isEqualTo(environment);
    }
  }

  @Test
  void sshdHasTheseValuesInEffect() {
    String effective =
        Command.of(
                Sshd.program().toString(),
                "-T",
                "-f",
                ready.root.resolve("etc/dbt-bastion/sshd_config").toString(),
                "-C",
                "user=" + Host.USER + ",host=dbt.example,addr=192.0.2.7")
            .run()
            .output();

    assertThat(effective.lines())
        .contains(
            "port " + ready.port,
            "allowusers " + Host.USER,
            "permitopen warehouse.example:5439 10.0.0.7:5439",
            "authenticationmethods publickey",
            "pubkeyauthentication yes",
            "passwordauthentication no",
            "kbdinteractiveauthentication no",
            "hostbasedauthentication no",
            "permitrootlogin no",
            "authorizedkeyscommand none",
            "trustedusercakeys none",
            "strictmodes yes",
            "allowtcpforwarding local",
            "permitlisten none",
            "gatewayports no",
            "allowstreamlocalforwarding no",
            "permittunnel no",
            "allowagentforwarding no",
            "x11forwarding no",
            "maxsessions 0",
            "permittty no",
            "forcecommand /usr/sbin/nologin",
            "permituserenvironment no",
            "permituserrc no",
            "disableforwarding no",
            "clientaliveinterval 30",
            "clientalivecountmax 10",
            "tcpkeepalive yes",
            "maxstartups 600:100:600",
            "persourcemaxstartups none",
            "logingracetime 120",
            "maxauthtries 3",
            "usedns no",
            "compression no",
            "loglevel VERBOSE",
            "ciphers aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes256-ctr",
            "hostkeyalgorithms ssh-ed25519,rsa-sha2-512,rsa-sha2-256")
        .noneMatch(line -> line.startsWith("subsystem"))
        .noneMatch(line -> line.equals("usepam yes"))
        .anyMatch(
            line ->
                line.startsWith("kexalgorithms ")
                    && line.contains("curve25519-sha256")
                    && !line.contains("nistp")
                    && !line.contains("exchange")
                    && !line.contains("sha1"));
  }

  @Test
  void keepsTheOldConfigurationWhenSshdWouldNotDoWhatTheNewOneSays() throws IOException {
    try (Host host = host("a", "tampered").with(stored).bootstrapped()) {
      String before = host.text("etc/dbt-bastion/sshd_config");
      Path file = host.root.resolve("opt/dbt-bastion/sshd_config");
      // sshd takes the first value it meets, so the file's own later line is not in effect.
      Files.writeString(file, "MaxSessions 10\n" + Files.readString(file));

      Command.Result result = host.script("bootstrap").run();

      assertThat(result.errors())
          .contains("not in effect: maxsessions 0")
          .endsWith("at step: configure sshd\n");
      assertThat(host.text("etc/dbt-bastion/sshd_config")).isEqualTo(before);
    }
  }

  @Test
  void killedAnywhereItLeavesHostKeysAbsentOrWhole() {
    try (Host host = host("a", "killed")) {
      for (int millis = 100; millis <= 1300; millis += 200) {
        try (ChildProcess process = untilTheHostKeys(host)) {
          process.onExit().completeOnTimeout(0, millis, TimeUnit.MILLISECONDS).join();
          process.kill();
        }
        assertAbsentOrWhole(host);
      }
      try (ChildProcess process = untilTheHostKeys(host)) {
        Await.until(
            "the first key is there",
            Duration.ofMinutes(1),
            () -> !process.alive() || keyFiles(host).anyMatch(Files::exists));
        process.kill();
      }
      assertThat(keyFiles(host)).anyMatch(Files::exists);
      assertAbsentOrWhole(host);
      host.bootstrapped();
    }
  }

  private ChildProcess untilTheHostKeys(Host host) {
    Path output = folder.resolve("output");
    try {
      Files.deleteIfExists(output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ChildProcess process = host.script("bootstrap").start(output);
    return process.awaitReady(
        "it gets the host keys",
        Duration.ofMinutes(1),
        () -> process.outputTail().contains("get the host keys"));
  }

  private static Stream<Path> keyFiles(Host host) {
    return Stream.of(ED25519, RSA).map(host.root::resolve);
  }

  private static void assertAbsentOrWhole(Host host) {
    assertThat(keyFiles(host).filter(Files::exists))
        .allSatisfy(
            key ->
                assertThat(
                        Command.of("ssh-keygen", "-y", "-P", "", "-f", key.toString())
                            .run()
                            .status())
                    .isEqualTo(0));
  }
}
