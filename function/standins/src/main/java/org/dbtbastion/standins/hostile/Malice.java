package org.dbtbastion.standins.hostile;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** Ways of speaking that are meant to make a client wait, or fill its memory. */
final class Malice {

  private static final Duration BETWEEN_BYTES = Duration.ofMillis(400);
  private static final int CHUNK = 16 * 1024;

  private Malice() {}

  /** The bytes one by one, each long after the one before. */
  static void slowly(OutputStream out, byte[] bytes) throws IOException {
    for (byte one : bytes) {
      out.write(one);
      out.flush();
      LockSupport.parkNanos(BETWEEN_BYTES.toNanos());
    }
  }

  /** The same again and again, until the client has gone. */
  static void endlessly(OutputStream out, byte[] bytes) throws IOException {
    // Many at once: it is the client that should have trouble.
    ByteBuffer many = ByteBuffer.allocate(Math.max(CHUNK / bytes.length, 1) * bytes.length);
    while (many.hasRemaining()) {
      many.put(bytes);
    }
    while (true) {
      out.write(many.array());
    }
  }

  /** The first half of it. */
  static byte[] half(byte[] bytes) {
    return Arrays.copyOf(bytes, bytes.length / 2);
  }

  /** The same noise every time. */
  static byte[] noise(int length) {
    byte[] noise = new byte[length];
    new Random(length).nextBytes(noise);
    return noise;
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static byte[] join(byte[]... parts) {
    try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
      for (byte[] part : parts) {
        out.write(part);
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
