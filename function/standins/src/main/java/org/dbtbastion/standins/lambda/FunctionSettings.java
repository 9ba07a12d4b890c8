package org.dbtbastion.standins.lambda;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What Lambda needs to know about a function.
 *
 * @param name the function's name
 * @param zip the deployment package
 * @param handler {@code package.Class::method}
 * @param environment the function's own environment variables; of this JVM's none is passed on
 * @param memoryMb its memory in MB, of which 85 % become Java heap; the rest is not limited
 * @param timeout how long one invocation may take; initialization does not count
 * @param maxConcurrency how many execution environments there may be; what comes beyond is
 *     throttled
 * @param jvmOptions further options of the JVM, such as {@code -Djavax.net.ssl.trustStore=…}
 * @param classPath jars that the JVM itself loads, beside the runtime client's, as in a runtime of
 *     one's own or a container image; empty on Lambda's managed runtime, whose client loads the
 *     code by a class loader of its own
 */
public record FunctionSettings(
    String name,
    Path zip,
    String handler,
    Map<String, String> environment,
    int memoryMb,
    Duration timeout,
    int maxConcurrency,
    List<String> jvmOptions,
    List<Path> classPath) {

  /** On Lambda's managed runtime. */
  public FunctionSettings(
      String name,
      Path zip,
      String handler,
      Map<String, String> environment,
      int memoryMb,
      Duration timeout,
      int maxConcurrency,
      List<String> jvmOptions) {
    this(name, zip, handler, environment, memoryMb, timeout, maxConcurrency, jvmOptions, List.of());
  }

  /** Refuses what Lambda would refuse. */
  public FunctionSettings {
    if (!name.matches("[a-zA-Z0-9-_]{1,64}")) {
      throw new IllegalArgumentException("Not a function's name: " + name);
    }
    if (memoryMb < 128) {
      throw new IllegalArgumentException("Lambda gives 128 MB at least, not " + memoryMb);
    }
    if (timeout.compareTo(Duration.ofSeconds(1)) < 0
        || timeout.compareTo(Duration.ofMinutes(15)) > 0) {
      throw new IllegalArgumentException("Lambda's timeouts go from 1 s to 15 min, not " + timeout);
    }
    if (maxConcurrency < 1) {
      throw new IllegalArgumentException("maxConcurrency must be positive: " + maxConcurrency);
    }
    environment = Map.copyOf(environment);
    jvmOptions = List.copyOf(jvmOptions);
    classPath = List.copyOf(classPath);
  }

  /** The same under another name. */
  public FunctionSettings named(String other) {
    return new FunctionSettings(
        other, zip, handler, environment, memoryMb, timeout, maxConcurrency, jvmOptions, classPath);
  }

  /** The same with other code. */
  public FunctionSettings running(Path otherZip, String otherHandler) {
    return new FunctionSettings(
        name,
        otherZip,
        otherHandler,
        environment,
        memoryMb,
        timeout,
        maxConcurrency,
        jvmOptions,
        classPath);
  }

  /** The same with an environment variable more. */
  public FunctionSettings withEnvironment(String variable, String value) {
    Map<String, String> more = new HashMap<>(environment);
    more.put(variable, value);
    return new FunctionSettings(
        name, zip, handler, more, memoryMb, timeout, maxConcurrency, jvmOptions, classPath);
  }

  /** The same with other memory, in MB. */
  public FunctionSettings withMemory(int megabytes) {
    return new FunctionSettings(
        name, zip, handler, environment, megabytes, timeout, maxConcurrency, jvmOptions, classPath);
  }

  /** The same with more options of the JVM. */
  public FunctionSettings withJvmOptions(String... more) {
    return new FunctionSettings(
        name,
        zip,
        handler,
        environment,
        memoryMb,
        timeout,
        maxConcurrency,
        Stream.concat(jvmOptions.stream(), Stream.of(more)).toList(),
        classPath);
  }

  /** The same with these jars on the JVM's class path. */
  public FunctionSettings withClassPath(List<Path> jars) {
    return new FunctionSettings(
        name, zip, handler, environment, memoryMb, timeout, maxConcurrency, jvmOptions, jars);
  }

  /** Whether it starts from a snapshot; its first environment then starts when it is deployed. */
  boolean snapStart() {
    return "snap-start".equals(environment.get("AWS_LAMBDA_INITIALIZATION_TYPE"));
  }
}
