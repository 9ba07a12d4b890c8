package org.dbtbastion.standins.account;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.dbtbastion.standins.process.AwsCli;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.Command;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** It behaves as the real CLI does, which is run beside it. */
class AwsCliIT {

  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir private static Path folder;

  private static Moto moto;

  @BeforeAll
  static void start() {
    moto = Moto.start(folder);
  }

  @AfterAll
  static void end() {
    moto.close();
  }

  private static Command shell(String script, Map<String, String> environment) {
    Map<String, String> all = new HashMap<>(moto.environment());
    all.put("FOLDER", folder.toString());
    all.putAll(environment);
    return new Command(List.of("bash", "-c", script), all);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "aws --version",
        "aws",
        "aws ssm no-such-operation",
        "aws ssm get-parameter --name /none",
        "aws ssm put-parameter --overwrite --type String --name /a --value 'zwei Wörter; $HOME'"
            + " >/dev/null"
            + " && aws ssm get-parameter --name /a --query Parameter.Value --output text",
        "cd \"$FOLDER\" && echo '{\"Path\": \"/\"}' >input.json"
            + " && aws ssm get-parameters-by-path --cli-input-json file://input.json --output text",
        "echo '{\"Path\": \"/nowhere\"}'"
            + " | aws ssm get-parameters-by-path --cli-input-json file:///dev/stdin",
        "AWS_DEFAULT_REGION=eu-central-1 AWS_ACCESS_KEY_ID=AKIAOTHER aws configure list",
        "aws sts get-caller-identity --output text >\"$FOLDER/out\"; cat \"$FOLDER/out\"",
        "umask 077; cd \"$FOLDER\"; rm -f key;"
            + " aws ec2 describe-regions --generate-cli-skeleton >key; stat -c %a key; cat key",
        "aws ec2 describe-instance-types --output text | head -c 10; echo ${PIPESTATUS[0]}",
        "aws ssm get-parameter --name /none 2>&1 >/dev/null | tr a-z A-Z",
        "exec 2>/dev/null; AWS_ENDPOINT_URL=http://127.0.0.1:1 AWS_MAX_ATTEMPTS=1"
            + " aws ssm get-parameter --name /a; echo $?",
      })
  void endsAndSaysWhatTheRealOneDoes(String script) {
    assertThat(shell(script, AwsCli.shared().environment()).run())
        .isEqualTo(shell(script, Map.of()).run());
  }

  @Test
  void aCallerThatIsKilledTakesItsCallAlong() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Map<String, String> environment = new HashMap<>(AwsCli.shared().environment());
      environment.put("AWS_ENDPOINT_URL", "http://127.0.0.1:" + silent.getLocalPort());
      try (ChildProcess call =
          shell("exec aws ssm get-parameter --name /a", environment)
              .start(Files.createTempFile(folder, "call", ".log"))) {
        silent.setSoTimeout((int) SOON.toMillis());
        try (Socket connection = silent.accept()) {
          connection.setSoTimeout((int) SOON.toMillis());
          assertThat(connection.getInputStream().read()).as("the request begins").isPositive();

          call.kill();

          // The rest of the request, then its end: a call that lives on would time out here.
          connection.getInputStream().readAllBytes();
        }
      }
    }
  }

  @Test
  void callsRunAtTheSameTime() {
    String script =
        """
        for i in {1..8}; do aws ssm put-parameter --name /many/$i --value $i --type String & done
        wait
        aws ssm get-parameters-by-path --path /many --query 'length(Parameters)'
        """;
    assertThat(shell(script, AwsCli.shared().environment()).run().output()).endsWith("8\n");
  }
}
