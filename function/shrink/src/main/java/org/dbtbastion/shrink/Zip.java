package org.dbtbastion.shrink;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.CRC32;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/** Zips, which jars are, as their files' bytes by name: in one order, and without times. */
final class Zip {

  /** The earliest time that a zip can tell: entries have none of their own. */
  private static final LocalDateTime NO_TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private Zip() {}

  static SortedMap<String, byte[]> read(byte[] zip) throws IOException {
    SortedMap<String, byte[]> files = new TreeMap<>();
    try (ZipInputStream in = new ZipInputStream(new ByteArrayInputStream(zip))) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        if (!entry.isDirectory()) {
          files.put(entry.getName(), in.readAllBytes());
        }
      }
    }
    return files;
  }

  /** As small as can be. */
  static byte[] compressed(SortedMap<String, byte[]> files) throws IOException {
    return write(files, Deflater.BEST_COMPRESSION);
  }

  /** Without compression. */
  static byte[] stored(SortedMap<String, byte[]> files) throws IOException {
    return write(files, Deflater.NO_COMPRESSION);
  }

  /** The name of a file in a zip without its folders. */
  static String fileName(String path) {
    return Path.of(path).getFileName().toString();
  }

  private static byte[] write(SortedMap<String, byte[]> files, int level) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      out.setLevel(level);
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        out.putNextEntry(entry(file.getKey(), file.getValue(), level));
        out.write(file.getValue());
        out.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static ZipEntry entry(String name, byte[] content, int level) {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(NO_TIME);
    if (level == Deflater.NO_COMPRESSION) {
      CRC32 sum = new CRC32();
      sum.update(content);
      entry.setMethod(ZipEntry.STORED);
      entry.setSize(content.length);
      entry.setCrc(sum.getValue());
    }
    return entry;
  }
}
