package org.dbtbastion.standins.lambda;

import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.amazonaws.services.lambda.runtime.api.client.AWSLambda;
import com.amazonaws.services.lambda.runtime.serialization.PojoSerializer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.dbtbastion.standins.account.Moto;
import org.dbtbastion.standins.process.ChildProcess;
import software.amazon.awssdk.utilslite.SdkInternalThreadLocal;

/** A JVM with a function and AWS's runtime interface client, set up as Lambda does. Linux only. */
final class RuntimeProcess {

  private RuntimeProcess() {}

  /**
   * Describes it, for whoever starts it.
   *
   * @param code the unpacked deployment package, which becomes the working directory
   * @param folder where its output and temporary files go
   * @param runtimeApi the port of loopback at which the Runtime API is
   */
  static ChildProcess.Builder of(FunctionSettings settings, Path code, Path folder, int runtimeApi)
      throws IOException {
    Files.createDirectories(folder.resolve("tmp"));
    return ChildProcess.of(settings.name(), folder.resolve("output.log"), command(settings, folder))
        .directory(code)
        .cleanEnvironment()
        .environment(environment(settings, code, runtimeApi))
        .patience(Duration.ofSeconds(2));
  }

  private static List<String> command(FunctionSettings settings, Path folder) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    // As Lambda's own bootstrap sets them, but for -Xshare:auto: it is the JVM's default, and
    // refused where an AOT cache is written.
    command.add("-XX:+UseSerialGC");
    command.add("-XX:TieredStopAtLevel=1");
    command.add("-Dorg.crac.Core.Compat=com.amazonaws.services.lambda.crac");
    command.add("-Xmx" + settings.memoryMb() * 85 / 100 + "m");
    // As HotSpot takes it of a machine with the function's memory: 1/64, and 8 MB at least.
    command.add("-Xms" + Math.max(8, settings.memoryMb() / 64) + "m");
    // The client loads a native library, of which the JDK would warn in every log.
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Djava.io.tmpdir=" + folder.resolve("tmp"));
    // The client would write its library to one fixed file in /tmp, under other processes' feet.
    command.add(
        "-Dcom.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI="
            + nativeLibrary(folder));
    command.addAll(settings.jvmOptions());
    command.add("-classpath");
    command.add(
        Stream.concat(
                Stream.of(
                        AWSLambda.class,
                        RequestStreamHandler.class,
                        PojoSerializer.class,
                        SdkInternalThreadLocal.class)
                    .map(RuntimeProcess::jarOf),
                settings.classPath().stream().map(Path::toString))
            .collect(Collectors.joining(":")));
    command.add(AWSLambda.class.getName());
    command.add(settings.handler());
    return command;
  }

  private static String jarOf(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException("No file has the class " + type.getName(), e);
    }
  }

  private static Path nativeLibrary(Path folder) throws IOException {
    if (!System.getProperty("os.name").equals("Linux")) {
      throw new IllegalStateException(
          "AWS's runtime interface client runs on Linux only, not on "
              + System.getProperty("os.name"));
    }
    String libc = Files.exists(Path.of("/etc/alpine-release")) ? "linux_musl" : "linux";
    String processor = System.getProperty("os.arch").equals("aarch64") ? "aarch_64" : "x86_64";
    String name = "libaws-lambda-jni.%s-%s.so".formatted(libc, processor);
    Path library = folder.resolve(name);
    try (InputStream resource = AWSLambda.class.getResourceAsStream("/jni/" + name)) {
      if (resource == null) {
        throw new IllegalStateException("AWS's runtime interface client has no " + name);
      }
      Files.copy(resource, library);
    }
    return library;
  }

  private static Map<String, String> environment(
      FunctionSettings settings, Path code, int runtimeApi) {
    Map<String, String> variables = new LinkedHashMap<>(settings.environment());
    variables.put("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:" + runtimeApi);
    variables.put("_HANDLER", settings.handler());
    variables.put("LAMBDA_TASK_ROOT", code.toString());
    variables.put("AWS_LAMBDA_FUNCTION_NAME", settings.name());
    variables.put("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
    variables.put("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", Integer.toString(settings.memoryMb()));
    variables.putIfAbsent("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
    variables.put("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + settings.name());
    variables.put("AWS_LAMBDA_LOG_STREAM_NAME", "stand-in");
    variables.put("AWS_EXECUTION_ENV", "AWS_Lambda_java25");
    variables.put("LANG", "en_US.UTF-8");
    variables.put("TZ", ":UTC");
    variables.put("PATH", System.getenv().getOrDefault("PATH", "/usr/bin:/bin"));
    variables.putIfAbsent("AWS_REGION", Moto.REGION);
    variables.putIfAbsent("AWS_DEFAULT_REGION", variables.get("AWS_REGION"));
    return variables;
  }
}
