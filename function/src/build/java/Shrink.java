import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.attribute.InnerClassesAttribute;
import java.net.URI;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * Makes a function's zip small, and quick to load classes from: ProGuard takes out what is never
 * used, and the jars in the zip are stored, not compressed, so that the zip compresses each as a
 * whole and a cold start unpacks no class twice.
 *
 * <p>Arguments: the zip, which is replaced; ProGuard's configuration; a folder for its work.
 */
final class Shrink {

  /** The earliest time that a zip can tell: entries have none of their own. */
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  /** Classes, but for variants for single releases of Java. */
  private static final Predicate<String> CLASS =
      Pattern.compile("(?!META-INF/|module-info).*\\.class").asMatchPredicate();

  /** Jars that ProGuard may take classes out of; what it does take the configuration says. */
  private static final Predicate<String> SHRINKABLE =
      Pattern.compile("(software\\.amazon|org\\.apache\\.commons)\\..*").asMatchPredicate();

  private static final Predicate<String> PUBLIC =
      Pattern.compile("(java|javax|org)/.*\\.class").asMatchPredicate();

  private final Path program;
  private final Path zip;
  private final Path rules;
  private final Path work;

  private Shrink(Path program, Path zip, Path rules, Path work) {
    this.program = program;
    this.zip = zip;
    this.rules = rules;
    this.work = work;
  }

  public static void main(String[] arguments) throws Exception {
    new Shrink(
            Path.of(System.getProperty("jdk.launcher.sourcefile")),
            Path.of(arguments[0]),
            Path.of(arguments[1]),
            Path.of(arguments[2]))
        .run();
  }

  private void run() throws Exception {
    long before = Files.size(zip);
    Map<String, byte[]> content = read(Files.readAllBytes(zip));
    shrinkOnce(content);
    content.replaceAll((name, bytes) -> isJar(name) ? repacked(fileName(name), bytes) : bytes);
    try (OutputStream out = Files.newOutputStream(zip)) {
      write(out, content, Deflater.BEST_COMPRESSION);
    }
    System.out.printf("%s: %,d bytes, from %,d%n", zip.getFileName(), Files.size(zip), before);
  }

  /** Leaves what an earlier run made of the same classes: making it takes half a minute. */
  private void shrinkOnce(Map<String, byte[]> content) throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    for (Map.Entry<String, byte[]> file : content.entrySet()) {
      // Quarkus's generated classes have random numbers in them; of what shrinks they use nothing.
      if (!file.getKey().startsWith("io/quarkus/")) {
        digest.update(file.getKey().getBytes(UTF_8));
        digest.update(file.getValue());
      }
    }
    digest.update(Files.readAllBytes(rules));
    digest.update(Files.readAllBytes(program));
    digest.update(Runtime.version().toString().getBytes(UTF_8));
    String made = HexFormat.of().formatHex(digest.digest());
    Path madeFrom = work.resolve("made-from");
    if (!Files.exists(madeFrom) || !Files.readString(madeFrom).equals(made)) {
      Files.deleteIfExists(madeFrom);
      shrink(content);
      Files.writeString(madeFrom, made);
    }
  }

  private void shrink(Map<String, byte[]> content) throws Exception {
    Path in = emptied(work.resolve("in"));
    Path out = emptied(work.resolve("out"));
    List<String> options = new ArrayList<>();
    options.add(option("-include", rules.toAbsolutePath()));
    options.add(option("-libraryjars", platform()));

    // The function's own classes, which lie in the zip without a jar, say what is used.
    Map<String, byte[]> own = new TreeMap<>(content);
    own.keySet().removeIf(name -> !name.endsWith(".class"));
    write(in.resolve("function.jar"), own);
    options.add(option("-injars", in.resolve("function.jar")));
    // Read by nobody: without it ProGuard would put the classes into the next jar.
    options.add(option("-outjars", out.resolve("function.jar")));
    for (Map.Entry<String, byte[]> entry : content.entrySet()) {
      if (isJar(entry.getKey())) {
        String name = fileName(entry.getKey());
        boolean shrinks = SHRINKABLE.test(name);
        Map<String, byte[]> jar = read(entry.getValue());
        jar.keySet().removeIf(file -> !CLASS.test(file));
        jar.replaceAll((_, bytes) -> shrinks ? withoutInnerClasses(bytes) : bytes);
        write(in.resolve(name), jar);
        options.add(option(shrinks ? "-injars" : "-libraryjars", in.resolve(name)));
        if (shrinks) {
          options.add(option("-outjars", out.resolve(name)));
        }
      }
    }
    Path configuration = Files.write(work.resolve("all.pro"), options);
    // A program of its own, as its licence is another one.
    Process proguard =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-classpath",
                System.getProperty("java.class.path"),
                "proguard.ProGuard",
                "@" + configuration)
            .inheritIO()
            .start();
    if (proguard.waitFor() != 0) {
      throw new IllegalStateException("ProGuard failed, with " + configuration);
    }
  }

  private static String option(String name, Path file) {
    return name + " '" + file + "'";
  }

  private static Path emptied(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file : files.toList()) {
          Files.delete(file);
        }
      }
    }
    return Files.createDirectories(folder);
  }

  private static boolean isJar(String name) {
    return name.endsWith(".jar");
  }

  private static String fileName(String path) {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** The jar without compression, with the classes that ProGuard left if it was given to it. */
  private byte[] repacked(String name, byte[] jar) {
    try {
      Map<String, byte[]> content = read(jar);
      Path shrunk = work.resolve("out").resolve(name);
      if (Files.exists(shrunk)) {
        content.keySet().removeIf(CLASS);
        content.putAll(read(Files.readAllBytes(shrunk)));
      }
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      write(out, content, Deflater.NO_COMPRESSION);
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
    Map<String, byte[]> classes = new TreeMap<>();
    try (Stream<Path> files = Files.walk(modules)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        // Below /modules/NAME.
        String name = file.subpath(2, file.getNameCount()).toString();
        if (PUBLIC.test(name)) {
          classes.put(name, Files.readAllBytes(file));
        }
      }
    }
    Path jar = work.resolve("platform.jar");
    write(jar, classes);
    return jar;
  }

  private static Map<String, byte[]> read(byte[] zip) throws IOException {
    Map<String, byte[]> content = new TreeMap<>();
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (!entry.isDirectory()) {
          content.put(entry.getName(), in.readAllBytes());
        }
      }
    }
    return content;
  }

  private static void write(Path file, Map<String, byte[]> content) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      write(out, content, Deflater.NO_COMPRESSION);
    }
  }

  private static void write(OutputStream target, Map<String, byte[]> content, int level)
      throws IOException {
    ZipOutputStream out = new ZipOutputStream(target);
    for (Map.Entry<String, byte[]> file : content.entrySet()) {
      ZipEntry entry = new ZipEntry(file.getKey());
      entry.setTimeLocal(NO_TIME);
      if (level == Deflater.NO_COMPRESSION) {
        CRC32 sum = new CRC32();
        sum.update(file.getValue());
        entry.setMethod(ZipEntry.STORED);
        entry.setSize(file.getValue().length);
        entry.setCrc(sum.getValue());
      } else {
        out.setLevel(level);
      }
      out.putNextEntry(entry);
      out.write(file.getValue());
      out.closeEntry();
    }
    out.finish();
  }
}
