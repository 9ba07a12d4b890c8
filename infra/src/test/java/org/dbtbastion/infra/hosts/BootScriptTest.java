package org.dbtbastion.infra.hosts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.zip.GZIPInputStream;
import org.dbtbastion.infra.configuration.AddressMode;
import org.dbtbastion.infra.configuration.BastionName;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootScriptTest {

  @TempDir Path folder;

  private Path bootstrap;

  @BeforeEach
  void layOut() throws IOException {
    bootstrap = folder.resolve("files").resolve(HostFiles.BOOTSTRAP);
    Files.createDirectories(bootstrap.getParent());
    Files.writeString(
        bootstrap,
        """
        #!/bin/bash
        printf '%s\\n' "$AWS_REGION" "$AWS_DEFAULT_REGION" "$BASTION_NAME" "$BASTION_USER" \\
            "$BASTION_SSH_PORT" "$BASTION_TARGETS" "$BASTION_ADDRESS_MODE" >"$BASTION_ROOT/seen"
        """);
  }

  private BootScript script(String user) {
    return new BootScript(
        "us-east-1",
        new BastionName("default"),
        AddressMode.ELASTIC_IP,
        user,
        2222,
        List.of("a.example.com:5439", "b.example.com:5440"),
        HostFiles.in(folder.resolve("files")));
  }

  private void boot(String script) throws IOException, InterruptedException {
    Path root = Files.createDirectories(folder.resolve("root"));
    ProcessBuilder builder =
        new ProcessBuilder("/bin/bash", "-c", script)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile());
    builder.environment().put("BASTION_ROOT", root.toString());
    Process process = builder.start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(folder.resolve("log")).hasContent("");
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void exportsParametersAndRunsTheVeryBootstrap() throws IOException, InterruptedException {
    boot(script("dbtcloud").render());

    assertThat(folder.resolve("root").resolve(HostFiles.BOOTSTRAP))
        .hasSameBinaryContentAs(bootstrap)
        .isExecutable();
    assertThat(folder.resolve("root/seen"))
        .hasContent(
            """
            us-east-1
            us-east-1
            default
            dbtcloud
            2222
            a.example.com:5439 b.example.com:5440
            elastic-ip
            """);
  }

  @Test
  void cloudInitRunsItAtEveryBootBeforeSshd() {
    assertThat(script("dbtcloud").render()).startsWith("#cloud-boothook\n#!/bin/bash\n");
  }

  @Test
  void noValueIsEverRun() throws IOException, InterruptedException {
    boot(script("x'; touch /tmp/never; echo '$(false)").render());

    assertThat(folder.resolve("root/seen"))
        .content()
        .contains("x'; touch /tmp/never; echo '$(false)\n2222\n")
        .endsWith(":5440\nelastic-ip\n");
  }

  @Test
  void userDataIsTheScriptCompressedTheSameEveryTime() throws IOException {
    BootScript script = script("dbtcloud");

    String userData = script.userData();

    assertThat(script("dbtcloud").userData()).isEqualTo(userData);
    try (InputStream gzip =
        new GZIPInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(userData)))) {
      assertThat(new String(gzip.readAllBytes(), StandardCharsets.UTF_8))
          .isEqualTo(script.render());
    }
  }

  @Test
  void moreThanEc2AcceptsIsRefused() throws IOException {
    byte[] incompressible = new byte[17 * 1024];
    new Random(1).nextBytes(incompressible);
    Files.writeString(
        bootstrap.resolveSibling("large"),
        Base64.getEncoder().encodeToString(incompressible) + "\n");

    assertThatThrownBy(() -> script("dbtcloud").userData())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("the user data of a host")
        .hasMessageContaining("at most 16,384 bytes");
  }

  // "Work with user data" of the EC2 user guide: 16 KB before they are encoded.
  @Test
  void theShippedFilesFitWithTheLongestNamesAndTwentyWarehouses() {
    BootScript script =
        new BootScript(
            "ap-southeast-2",
            new BastionName("n".repeat(31)),
            AddressMode.NETWORK_LOAD_BALANCER,
            "u".repeat(31),
            65535,
            IntStream.range(0, 20)
                .mapToObj(
                    "warehouse-%d.abcdefghijkl.ap-southeast-2.redshift.amazonaws.com:5439"
                        ::formatted)
                .toList(),
            HostFiles.in(Path.of("bastion")));

    assertThat(Base64.getDecoder().decode(script.userData())).hasSizeLessThanOrEqualTo(16_384);
  }
}
