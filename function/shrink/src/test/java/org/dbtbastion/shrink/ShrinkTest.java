package org.dbtbastion.shrink;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShrinkTest {

  private static final String SDK = "lib/software.amazon.awssdk.small-1.jar";
  private static final String OTHER = "lib/org.example.other-1.jar";
  private static final FileTime PAST = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));

  @TempDir private Path folder;
  private Path zip;
  private Path rules;

  @BeforeEach
  void makeZip() throws IOException {
    rules =
        Files.writeString(
            folder.resolve("rules.pro"),
            """
            -dontobfuscate
            -dontoptimize
            -dontwarn **
            -dontnote **
            -keep class app.** { *; }
            """);
    zip = Files.write(folder.resolve("function.zip"), zip("Used"));
  }

  @Test
  void takesOutClassesThatNothingUsesOfJarsThatItMayShrink() throws IOException {
    shrink();

    SortedMap<String, byte[]> files = Zip.read(Files.readAllBytes(zip));
    assertThat(files).containsOnlyKeys("app/Main.class", "settings.txt", SDK, OTHER);
    assertThat(Zip.read(files.get(SDK)))
        .containsOnlyKeys("META-INF/MANIFEST.MF", "software/amazon/Used.class");
    assertThat(Zip.read(files.get(OTHER)))
        .containsOnlyKeys("org/example/Used.class", "org/example/Unused.class");
    assertThat(files.get("settings.txt")).asString(UTF_8).isEqualTo("a = b");
  }

  @Test
  void storesJarsWithoutCompressionAndCompressesTheZip() throws IOException {
    shrink();

    assertThat(method(Files.readAllBytes(zip), SDK)).isEqualTo(ZipEntry.DEFLATED);
    byte[] jar = Zip.read(Files.readAllBytes(zip)).get(SDK);
    assertThat(method(jar, "software/amazon/Used.class")).isEqualTo(ZipEntry.STORED);
  }

  @Test
  void makesTheSameOfTheSameAndDoesNotShrinkTwice() throws IOException {
    shrink();
    byte[] first = Files.readAllBytes(zip);
    Path configuration = folder.resolve("work/all.pro");
    Files.setLastModifiedTime(configuration, PAST);

    Files.write(zip, zip("Used"));
    shrink();

    assertThat(Files.readAllBytes(zip)).isEqualTo(first);
    assertThat(Files.getLastModifiedTime(configuration)).isEqualTo(PAST);
  }

  @Test
  void shrinksAgainWhereClassesOrRulesHaveChanged() throws IOException {
    shrink();

    Files.write(zip, zip("Unused"));
    shrink();

    assertThat(classesOfSdk())
        .containsOnlyKeys("META-INF/MANIFEST.MF", "software/amazon/Unused.class");

    Files.writeString(rules, Files.readString(rules) + "-keep class software.amazon.Used { *; }\n");
    Files.write(zip, zip("Unused"));
    shrink();

    assertThat(classesOfSdk()).containsKeys("software/amazon/Used.class");
  }

  @Test
  void leavesTheZipAloneWhereProGuardFails() throws IOException {
    byte[] before = Files.readAllBytes(zip);
    Files.writeString(rules, "-no-such-option\n");

    assertThatThrownBy(this::shrink)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("ProGuard failed");

    assertThat(Files.readAllBytes(zip)).isEqualTo(before);
    assertThat(folder.resolve("work/made-from")).doesNotExist();
  }

  private void shrink() throws IOException {
    new Shrink(zip, rules, folder.resolve("work")).run();
  }

  private Map<String, byte[]> classesOfSdk() throws IOException {
    return Zip.read(Zip.read(Files.readAllBytes(zip)).get(SDK));
  }

  /** With a class that uses this class of the SDK. */
  private static byte[] zip(String uses) throws IOException {
    return Zip.stored(
        new TreeMap<>(
            Map.of(
                "app/Main.class",
                make("app.Main", ClassDesc.of("software.amazon", uses)),
                "settings.txt",
                "a = b".getBytes(UTF_8),
                SDK,
                Zip.compressed(
                    new TreeMap<>(
                        Map.of(
                            "META-INF/MANIFEST.MF",
                            "Manifest-Version: 1.0\n".getBytes(UTF_8),
                            "software/amazon/Used.class",
                            make("software.amazon.Used", ConstantDescs.CD_Object),
                            "software/amazon/Unused.class",
                            make("software.amazon.Unused", ConstantDescs.CD_Object)))),
                OTHER,
                Zip.compressed(
                    new TreeMap<>(
                        Map.of(
                            "org/example/Used.class",
                            make("org.example.Used", ConstantDescs.CD_Object),
                            "org/example/Unused.class",
                            make("org.example.Unused", ConstantDescs.CD_Object)))))));
  }

  /** A class with a method that makes an object of another. */
  private static byte[] make(String name, ClassDesc other) {
    return ClassFile.of()
        .build(
            ClassDesc.of(name),
            made ->
                made.withMethodBody(
                        ConstantDescs.INIT_NAME,
                        ConstantDescs.MTD_void,
                        ClassFile.ACC_PUBLIC,
                        code ->
                            code.aload(0)
                                .invokespecial(
                                    ConstantDescs.CD_Object,
                                    ConstantDescs.INIT_NAME,
                                    ConstantDescs.MTD_void)
                                .return_())
                    .withMethodBody(
                        "make",
                        MethodTypeDesc.of(ConstantDescs.CD_Object),
                        ClassFile.ACC_PUBLIC | ClassFile.ACC_STATIC,
                        code ->
                            code.new_(other)
                                .dup()
                                .invokespecial(
                                    other, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                                .areturn()));
  }

  private static int method(byte[] zip, String name) throws IOException {
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (entry.getName().equals(name)) {
          return entry.getMethod();
        }
      }
    }
    throw new AssertionError("there is no " + name);
  }
}
