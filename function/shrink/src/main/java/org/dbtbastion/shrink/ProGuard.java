package org.dbtbastion.shrink;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.attribute.InnerClassesAttribute;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** ProGuard, which takes classes out of a zip's jars that are never used. */
final class ProGuard {

  /** Classes, but for variants for single releases of Java. */
  static final Predicate<String> CLASS =
      Pattern.compile("(?!META-INF/|module-info).*\\.class").asMatchPredicate();

  /** Jars that ProGuard may take classes out of; what it does take, the rules say. */
  private static final Predicate<String> SHRINKABLE =
      Pattern.compile("(software\\.amazon|org\\.apache\\.commons)\\..*").asMatchPredicate();

  private static final Predicate<String> PUBLIC =
      Pattern.compile("(java|javax|org)/.*\\.class").asMatchPredicate();

  private final Path rules;
  private final Path work;
  private final Path in;
  private final Path out;

  /**
   * @param rules its configuration, but for what it reads and writes
   * @param work a folder for files
   */
  ProGuard(Path rules, Path work) {
    this.rules = rules.toAbsolutePath();
    this.work = work.toAbsolutePath();
    this.in = this.work.resolve("in");
    this.out = this.work.resolve("out");
  }

  /** Where the classes are that it has left of a jar, if it was given that jar. */
  Path left(String jar) {
    return out.resolve(jar);
  }

  /** Shrinks the jars of a zip for the use of the zip's own classes. */
  void shrink(SortedMap<String, byte[]> zip) throws IOException {
    empty(in);
    empty(out);
    List<String> options = new ArrayList<>();
    options.add(option("-include", rules));
    options.add(option("-libraryjars", platform()));
    // The zip's own classes, which lie in it without a jar, say what is used.
    SortedMap<String, byte[]> own = new TreeMap<>(zip);
    own.keySet().removeIf(name -> !name.endsWith(".class"));
    Files.write(in.resolve("function.jar"), Zip.stored(own));
    options.add(option("-injars", in.resolve("function.jar")));
    // Read by nobody: without it ProGuard would put the classes into the next jar.
    options.add(option("-outjars", out.resolve("function.jar")));
    for (Map.Entry<String, byte[]> entry : zip.entrySet()) {
      if (entry.getKey().endsWith(".jar")) {
        options.addAll(jar(Zip.fileName(entry.getKey()), entry.getValue()));
      }
    }
    run(Files.write(work.resolve("all.pro"), options, UTF_8));
  }

  private List<String> jar(String name, byte[] bytes) throws IOException {
    boolean shrinks = SHRINKABLE.test(name);
    SortedMap<String, byte[]> classes = Zip.read(bytes);
    classes.keySet().removeIf(file -> !CLASS.test(file));
    if (shrinks) {
      classes.replaceAll((_, code) -> withoutInnerClasses(code));
    }
    Files.write(in.resolve(name), Zip.stored(classes));
    return shrinks
        ? List.of(option("-injars", in.resolve(name)), option("-outjars", out.resolve(name)))
        : List.of(option("-libraryjars", in.resolve(name)));
  }

  /** In a JVM of its own: ProGuard's licence is another one. */
  private static void run(Path configuration) throws IOException {
    Process proguard =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-classpath",
                System.getProperty("java.class.path"),
                "proguard.ProGuard",
                "@" + configuration)
            .inheritIO()
            .start();
    try {
      if (proguard.waitFor() != 0) {
        throw new IllegalStateException("ProGuard failed, with " + configuration);
      }
    } catch (InterruptedException e) {
      proguard.destroy();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static String option(String name, Path file) {
    return name + " '" + file + "'";
  }

  private static void empty(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
    }
    Files.createDirectories(folder);
  }

  /**
   * The SDK's clients list the builders of all requests among their inner classes, which to
   * ProGuard is a use of them. Nothing reads the list at run time.
   */
  private static byte[] withoutInnerClasses(byte[] bytes) {
    ClassFile format = ClassFile.of(ClassFile.DebugElementsOption.DROP_DEBUG);
    return format.transformClass(
        format.parse(bytes),
        ClassTransform.dropping(element -> element instanceof InnerClassesAttribute));
  }

  /** The platform's classes, for ProGuard to know what is called from there. */
  private Path platform() throws IOException {
    Path modules = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules");
    SortedMap<String, byte[]> classes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(modules)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        // Below /modules/NAME.
        String name = file.subpath(2, file.getNameCount()).toString();
        if (PUBLIC.test(name)) {
          classes.put(name, Files.readAllBytes(file));
        }
      }
    }
    return Files.write(work.resolve("platform.jar"), Zip.stored(classes));
  }
}
