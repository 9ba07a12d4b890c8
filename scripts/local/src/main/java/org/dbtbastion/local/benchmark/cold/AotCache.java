package org.dbtbastion.local.benchmark.cold;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.jar.JarOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.dbtbastion.standins.lambda.FunctionSettings;
import org.dbtbastion.standins.lambda.LambdaService;

/**
 * A function with an AOT cache. Of classes that a class loader of its own loads, as on Lambda's
 * managed runtime, such a cache spares the parsing and verifying; of those on the JVM's class path,
 * as only a runtime of one's own or a container image can have them, also the search in the jars.
 *
 * @see <a href="https://openjdk.org/jeps/483">JEP 483</a>
 * @see <a href="https://openjdk.org/jeps/514">JEP 514</a>
 */
final class AotCache {

  /** The cache is put together while the process ends, which takes some seconds. */
  private static final int SECONDS_TO_END = 60;

  private AotCache() {}

  /**
   * Has a function answer one request and keeps in a cache what it loaded therefor.
   *
   * @param function as it is to be deployed; meanwhile it is, without the cache
   * @param cache the file to write
   * @param requirement throws where the answer is not as it should be
   * @return the same function, which does not start if it cannot use the cache
   */
  static FunctionSettings train(
      LambdaService lambda,
      FunctionSettings function,
      Path cache,
      String request,
      Consumer<String> requirement) {
    lambda.deploy(function.withJvmOptions("-XX:AOTCacheOutput=" + cache));
    requirement.accept(lambda.coldStart(function.name(), request, AotCache::end).answer());
    return function.withJvmOptions("-XX:AOTCache=" + cache, "-XX:AOTMode=on");
  }

  /** Asks the process to end, and waits until it has. */
  private static void end(ProcessHandle process) {
    process.destroy();
    try {
      process.onExit().get(SECONDS_TO_END, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("the function did not end and write its AOT cache", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * All code of a deployment package, for the class path, in jars alone: the classes that lie there
   * by themselves become one, as a JVM with an AOT cache has no folders on its class path.
   *
   * @param folder where the jars go
   */
  static List<Path> jars(Path zip, Path folder) throws IOException {
    List<Path> jars = new ArrayList<>();
    jars.add(folder.resolve("function.jar"));
    try (ZipInputStream in = new ZipInputStream(Files.newInputStream(zip));
        JarOutputStream own = new JarOutputStream(Files.newOutputStream(jars.getFirst()))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (entry.getName().matches("lib/[^/]+\\.jar")) {
          Path jar = folder.resolve(Path.of(entry.getName()).getFileName());
          Files.copy(in, jar);
          jars.add(jar);
        } else {
          own.putNextEntry(new ZipEntry(entry.getName()));
          in.transferTo(own);
        }
      }
    }
    return jars;
  }
}
