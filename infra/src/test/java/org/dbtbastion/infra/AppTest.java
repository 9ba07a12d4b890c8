package org.dbtbastion.infra;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.dbtbastion.infra.synthesis.SampleContext;
import org.dbtbastion.infra.synthesis.Synthesized;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The app in processes of its own, as the CDK command line starts it. */
class AppTest {

  @TempDir Path folder;

  private int run(String run, Map<String, ?> configuration)
      throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Ddbt-bastion.infra=" + folder.resolve("infra"),
                "-Djava.io.tmpdir=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                App.class.getName())
            .redirectOutput(folder.resolve(run + ".out").toFile())
            .redirectError(folder.resolve(run + ".err").toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "CDK_CONTEXT_JSON",
                new ObjectMapper().writeValueAsString(Synthesized.context(configuration)),
                // As cdk.json has it: what the rules say of templates is asserted for every
                // example.
                "CDK_VALIDATION",
                "false",
                "CDK_OUTDIR",
                folder.resolve(run).toString(),
                "CDK_DEFAULT_ACCOUNT",
                Synthesized.ACCOUNT,
                "CDK_DEFAULT_REGION",
                Synthesized.REGION));
    Process process = builder.start();
    try {
      assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  private byte[] template(String run) throws IOException {
    return Files.readAllBytes(folder.resolve(run).resolve("dbt-bastion-default.template.json"));
  }

  @Test
  void twoSynthsAreByteEqual() throws IOException, InterruptedException {
    Synthesized.layOut(folder);

    assertThat(run("first", SampleContext.LEAST)).isZero();
    assertThat(run("second", SampleContext.LEAST)).isZero();

    assertThat(template("second")).isEqualTo(template("first"));
  }

  @Test
  void whatIsWrongIsSaidAtOnceWithoutAStackTrace() throws IOException, InterruptedException {
    Path zip = folder.resolve("function/target/function.zip");

    int status = run("refused", Map.of("vpcID", "vpc-0a1b2c3d", "cidrs", "0.0.0.0/0"));

    assertThat(status).isEqualTo(1);
    assertThat(folder.resolve("refused.err"))
        .content()
        .contains("did you mean vpcId?")
        .contains("redshift is missing")
        .contains("cidrs = \"0.0.0.0/0\"")
        .contains(folder.resolve("infra/bastion/opt/dbt-bastion/bootstrap") + " does not exist")
        .contains(zip + " does not exist")
        .contains("mvn -pl function -am package")
        .doesNotContain("\tat ");
  }
}
