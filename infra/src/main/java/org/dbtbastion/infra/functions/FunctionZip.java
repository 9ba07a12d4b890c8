package org.dbtbastion.infra.functions;

import java.nio.file.Files;
import java.nio.file.Path;
import org.dbtbastion.infra.problem.ConfigurationException;
import org.dbtbastion.infra.problem.ConfigurationProblem;
import software.amazon.awscdk.services.lambda.Code;
import software.amazon.awscdk.services.lambda.Runtime;

/**
 * The one artefact that both functions run.
 *
 * @param path the zip that the build of the module {@code function} makes
 */
public record FunctionZip(Path path) {

  static final String HANDLER =
      "io.quarkus.amazon.lambda.runtime.QuarkusStreamHandler::handleRequest";

  static final Runtime RUNTIME = Runtime.JAVA_25;

  /**
   * The zip at a path.
   *
   * @throws ConfigurationException if it does not exist
   */
  public static FunctionZip at(Path path) {
    Path normal = path.toAbsolutePath().normalize();
    if (!Files.isRegularFile(normal)) {
      throw new ConfigurationException(
          new ConfigurationProblem(
              "the function's zip",
              normal + " does not exist",
              "what the build of the module function makes",
              "build it in the repository's top folder: mvn -pl function -am package"));
    }
    return new FunctionZip(normal);
  }

  Code code() {
    return Code.fromAsset(path.toString());
  }
}
