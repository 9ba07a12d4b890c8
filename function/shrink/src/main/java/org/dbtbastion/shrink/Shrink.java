package org.dbtbastion.shrink;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;

/**
 * Makes a function's zip small, and quick to load classes from: ProGuard takes out what is never
 * used, and the jars in the zip are stored, not compressed, so that the zip compresses each as a
 * whole and a cold start unpacks no class twice.
 */
final class Shrink {

  private final Path zip;
  private final Path rules;
  private final Path work;
  private final ProGuard proguard;

  /**
   * @param zip is replaced
   * @param rules ProGuard's configuration
   * @param work a folder for files, which are of use to a later run
   */
  Shrink(Path zip, Path rules, Path work) {
    this.zip = zip;
    this.rules = rules;
    this.work = work;
    this.proguard = new ProGuard(rules, work);
  }

  /** Arguments: the zip, ProGuard's configuration, a folder for files. */
  public static void main(String[] arguments) throws IOException {
    new Shrink(Path.of(arguments[0]), Path.of(arguments[1]), Path.of(arguments[2])).run();
  }

  void run() throws IOException {
    long before = Files.size(zip);
    SortedMap<String, byte[]> files = Zip.read(Files.readAllBytes(zip));
    shrinkOnce(files);
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      if (file.getKey().endsWith(".jar")) {
        file.setValue(repacked(Zip.fileName(file.getKey()), file.getValue()));
      }
    }
    Files.write(zip, Zip.compressed(files));
    System.out.printf("%s: %,d bytes, from %,d%n", zip.getFileName(), Files.size(zip), before);
  }

  /** Leaves what an earlier run made of the same classes: making it takes half a minute. */
  private void shrinkOnce(SortedMap<String, byte[]> files) throws IOException {
    String source = digest(files);
    Path madeFrom = Files.createDirectories(work).resolve("made-from");
    if (!Files.exists(madeFrom) || !Files.readString(madeFrom).equals(source)) {
      Files.deleteIfExists(madeFrom);
      proguard.shrink(files);
      Files.writeString(madeFrom, source);
    }
  }

  /** Of all that ProGuard's result depends on, this program included. */
  private String digest(SortedMap<String, byte[]> files) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        // Quarkus's generated classes have random numbers in them; of what shrinks they use
        // nothing.
        if (!file.getKey().startsWith("io/quarkus/")) {
          digest.update(file.getKey().getBytes(UTF_8));
          digest.update(file.getValue());
        }
      }
      digest.update(Files.readAllBytes(rules));
      // A jar, or a folder of classes.
      Path program =
          Path.of(Shrink.class.getProtectionDomain().getCodeSource().getLocation().toURI());
      try (Stream<Path> parts = Files.walk(program)) {
        for (Path part : parts.filter(Files::isRegularFile).sorted().toList()) {
          digest.update(Files.readAllBytes(part));
        }
      }
      digest.update(Runtime.version().toString().getBytes(UTF_8));
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException | URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The jar without compression, with the classes that ProGuard left if it was given to it. */
  private byte[] repacked(String name, byte[] jar) throws IOException {
    SortedMap<String, byte[]> files = Zip.read(jar);
    Path left = proguard.left(name);
    if (Files.exists(left)) {
      files.keySet().removeIf(ProGuard.CLASS);
      files.putAll(Zip.read(Files.readAllBytes(left)));
    }
    return Zip.stored(files);
  }
}
