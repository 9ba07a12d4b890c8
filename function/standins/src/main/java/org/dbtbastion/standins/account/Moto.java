package org.dbtbastion.standins.account;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.dbtbastion.standins.process.ChildProcess;
import org.dbtbastion.standins.process.FreePort;
import org.dbtbastion.standins.process.Programs;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.client.builder.AwsClientBuilder;
import software.amazon.awssdk.core.client.builder.SdkSyncClientBuilder;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;

/**
 * A stand-in for the APIs of an AWS account: moto's server. It keeps what it is told and answers
 * for it; nothing of that runs, carries packets or costs time as in AWS, and by itself it lets
 * everybody do everything. Its state lives in memory and ends with it. Safe for use by several
 * threads.
 */
public final class Moto implements AutoCloseable {

  /** The account that moto emulates. */
  public static final String ACCOUNT = "123456789012";

  /** The region that {@link #environment} chooses. */
  public static final String REGION = "us-east-1";

  private static final Duration START = Duration.ofSeconds(60);

  private final ChildProcess process;
  private final URI endpoint;

  private Moto(ChildProcess process, URI endpoint) {
    this.process = process;
    this.endpoint = endpoint;
  }

  /** Starts a server on a free port; its log is {@code moto.log} in the folder. */
  public static Moto start(Path folder) {
    return start(folder, FreePort.find());
  }

  /**
   * Starts a server. The program is taken from the system property {@code moto.server}, the
   * environment variable MOTO_SERVER or PATH.
   *
   * @param folder where its log {@code moto.log} goes; it is created
   * @throws IllegalStateException if there is no moto, or it does not start
   */
  public static Moto start(Path folder, int port) {
    // Not 127.0.0.1: moto recognizes its own template URLs by the name localhost.
    URI endpoint = URI.create("http://localhost:" + port);
    ChildProcess process =
        ChildProcess.of(
                "moto_server",
                folder.resolve("moto.log"),
                List.of(program(), "-H", "127.0.0.1", "-p", Integer.toString(port)))
            .environment(Map.of("PYTHONPATH", extensions(folder).toString()))
            .start();
    Moto moto = new Moto(process, endpoint);
    process.awaitReady(
        "it answers on port " + port,
        START,
        () -> moto.send(HttpRequest.newBuilder(endpoint.resolve("/moto-api/data.json"))) == 200);
    return moto;
  }

  /** A folder with what moto lacks, as a Python module that Python itself loads. */
  private static Path extensions(Path folder) {
    String module = "sitecustomize.py";
    try (InputStream text = Moto.class.getResourceAsStream("moto/" + module)) {
      Path extensions = Files.createDirectories(folder.resolve("moto-extensions"));
      Files.copy(text, extensions.resolve(module), StandardCopyOption.REPLACE_EXISTING);
      return extensions;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String program() {
    return Optional.ofNullable(System.getProperty("moto.server"))
        .or(() -> Optional.ofNullable(System.getenv("MOTO_SERVER")))
        .or(() -> Programs.find("moto_server").map(Path::toString))
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "moto_server is missing: install it (python3 -m pip install 'moto[server]') or name it with MOTO_SERVER"));
  }

  /** {@code http://localhost:port}. */
  public URI endpoint() {
    return endpoint;
  }

  /** What makes the AWS CLI, SDKs and CDK talk to this server and to nothing else. */
  public Map<String, String> environment() {
    return Map.of(
        "AWS_ENDPOINT_URL", endpoint.toString(),
        "AWS_ACCESS_KEY_ID", "test",
        "AWS_SECRET_ACCESS_KEY", "test",
        "AWS_REGION", REGION,
        "AWS_DEFAULT_REGION", REGION,
        "AWS_EC2_METADATA_DISABLED", "true",
        // The user's own settings could name other endpoints and output formats.
        "AWS_CONFIG_FILE", "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE", "/dev/null",
        "AWS_PAGER", "");
  }

  /** A client that talks to this server, whatever the environment of this JVM says. */
  public <B extends SdkSyncClientBuilder<B, C> & AwsClientBuilder<B, C>, C> C client(B builder) {
    return builder
        .httpClientBuilder(UrlConnectionHttpClient.builder())
        .endpointOverride(endpoint)
        .region(Region.of(REGION))
        .credentialsProvider(
            StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
        .build();
  }

  /** The file with its log. */
  public Path log() {
    return process.output();
  }

  /** Empties the account. */
  public void reset() {
    tell("reset");
  }

  /** From now on the ids that it makes up follow from this number and the order of the calls. */
  public void seed(int number) {
    tell("seed?a=" + number);
  }

  private void tell(String what) {
    try {
      int status =
          send(
              HttpRequest.newBuilder(endpoint.resolve("/moto-api/" + what))
                  .POST(HttpRequest.BodyPublishers.noBody()));
      if (status != 200) {
        throw new IllegalStateException(
            "moto answered %s with HTTP status %d".formatted(what, status));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private int send(HttpRequest.Builder request) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client
          .send(
              request.timeout(Duration.ofSeconds(10)).build(),
              HttpResponse.BodyHandlers.discarding())
          .statusCode();
    }
  }

  /** Stops it. */
  @Override
  public void close() {
    process.close();
  }
}
