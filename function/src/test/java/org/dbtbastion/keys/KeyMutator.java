package org.dbtbastion.keys;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/**
 * Spoils good key lines. The same seed and number always give the same mutant, so that one that a
 * run of thousands found can be made again by itself.
 */
final class KeyMutator {

  private static final List<String> TYPES =
      List.of(
          "ssh-ed25519",
          "ecdsa-sha2-nistp256",
          "ecdsa-sha2-nistp384",
          "ecdsa-sha2-nistp521",
          "ssh-rsa",
          "sk-ssh-ed25519@openssh.com",
          "sk-ecdsa-sha2-nistp256@openssh.com",
          "ssh-dss",
          "rsa-sha2-256",
          "rsa-sha2-512",
          "webauthn-sk-ecdsa-sha2-nistp256@openssh.com",
          "ssh-rsa-cert-v01@openssh.com",
          "ssh-ed25519-cert-v01@openssh.com",
          "RSA",
          "ED25519",
          "ECDSA",
          "ecdsa",
          "SSH-RSA",
          "ssh-rsa\0",
          "ssh-ed448",
          "");
  private static final String NASTY =
      " \t\r\n\0\u000b\u007f\"'\\#=-_+/,.@A0z*\u00a0\u00e9\u2028\u200b\ufeff";
  private static final List<String> FRONTS =
      List.of(
          "restrict ",
          "command=\"a b\" ",
          "no-pty,from=\"10.0.0.0/8\" ",
          "bastion.example.com,10.0.0.1 ",
          "@cert-authority * ",
          "# ",
          "\"",
          "\u00a0",
          "\ufeff");

  private final List<String> corpus;

  /**
   * @param operation what was done to the line
   */
  record Mutant(long seed, int number, String operation, String line) {
    @Override
    public String toString() {
      return "seed %d, mutant %d (%s): %s".formatted(seed, number, operation, line);
    }
  }

  KeyMutator(List<String> corpus) {
    this.corpus = List.copyOf(corpus);
  }

  Mutant mutant(long seed, int number) {
    SplittableRandom random = new SplittableRandom(seed * 1_000_003 + number);
    String line = pick(corpus, random);
    KeyLine key = KeyLine.split(line);
    String operation;
    String spoilt;
    switch (random.nextInt(20)) {
      case 0 -> {
        operation = "bits flipped";
        spoilt = key.with(flipBits(key.data(), random));
      }
      case 1 -> {
        operation = "bits of one field flipped";
        int index = random.nextInt(key.fields().size());
        spoilt = key.withField(index, flipBits(key.fields().get(index), random)).toString();
      }
      case 2 -> {
        operation = "data cut";
        spoilt = key.with(Arrays.copyOf(key.data(), random.nextInt(key.data().length)));
      }
      case 3 -> {
        operation = "bytes put into the data";
        byte[] data = key.data();
        spoilt = key.with(splice(data, random.nextInt(data.length + 1), 0, noise(random)));
      }
      case 4 -> {
        operation = "bytes taken from the data";
        byte[] data = key.data();
        int at = random.nextInt(data.length);
        spoilt = key.with(splice(data, at, 1 + random.nextInt(data.length - at), new byte[0]));
      }
      case 5 -> {
        operation = "bytes after the data";
        byte[] data = key.data();
        spoilt = key.with(splice(data, data.length, 0, noise(random)));
      }
      case 6, 7 -> {
        operation = "a length changed";
        spoilt = key.with(changeLength(key, random));
      }
      case 8 -> {
        operation = "fields swapped";
        List<byte[]> fields = new ArrayList<>(key.fields());
        Collections.swap(fields, random.nextInt(fields.size()), random.nextInt(fields.size()));
        spoilt = key.withFields(fields).toString();
      }
      case 9 -> {
        operation = "a field doubled or dropped";
        List<byte[]> fields = new ArrayList<>(key.fields());
        int index = random.nextInt(fields.size());
        if (random.nextBoolean()) {
          fields.add(index, fields.get(index));
        } else {
          fields.remove(index);
        }
        spoilt = key.withFields(fields).toString();
      }
      case 10 -> {
        operation = "a field of another key";
        byte[] foreign = pick(KeyLine.split(pick(corpus, random)).fields(), random);
        spoilt = key.withField(random.nextInt(key.fields().size()), foreign).toString();
      }
      case 11, 12 -> {
        operation = "a field lengthened or shortened";
        int index = random.nextInt(key.fields().size());
        spoilt = key.withField(index, resize(key.fields().get(index), random)).toString();
      }
      case 13 -> {
        operation = "a field of an extreme value";
        int index = random.nextInt(key.fields().size());
        spoilt = key.withField(index, extreme(key.fields().get(index), random)).toString();
      }
      case 14 -> {
        operation = "another type in front, inside or both";
        String type = pick(TYPES, random);
        int where = random.nextInt(3);
        KeyLine changed = where == 0 ? key : key.withField(0, KeyLine.bytes(type));
        spoilt = (where == 1 ? changed : changed.withType(type)).toString();
      }
      case 15 -> {
        operation = "a character put into the line";
        int at = random.nextInt(line.length() + 1);
        spoilt = line.substring(0, at) + nasty(random) + line.substring(at);
      }
      case 16 -> {
        operation = "a character of the line changed";
        int at = random.nextInt(line.length());
        spoilt = line.substring(0, at) + nasty(random) + line.substring(at + 1);
      }
      case 17 -> {
        operation = "the base64 changed";
        spoilt = changeBase64(line, random);
      }
      case 18 -> {
        operation = "something in front, or the line cut or doubled";
        spoilt =
            switch (random.nextInt(4)) {
              case 0 -> line.substring(random.nextInt(line.length()));
              case 1 -> line.substring(0, random.nextInt(line.length()));
              case 2 -> line + pick(List.of("\n", "\r\n", " ", "\\n"), random) + line;
              default -> pick(FRONTS, random) + line;
            };
      }
      default -> {
        operation = "another point";
        spoilt = changePoint(key, random).toString();
      }
    }
    return new Mutant(seed, number, operation, spoilt);
  }

  private static byte[] flipBits(byte[] data, RandomGenerator random) {
    byte[] changed = data.clone();
    int flips = data.length == 0 ? 0 : 1 + random.nextInt(3);
    for (int i = 0; i < flips; i++) {
      changed[random.nextInt(data.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
    }
    return changed;
  }

  private static byte[] changeLength(KeyLine key, RandomGenerator random) {
    byte[] data = key.data();
    int index = random.nextInt(key.fields().size());
    int at = 0;
    for (byte[] field : key.fields().subList(0, index)) {
      at += Integer.BYTES + field.length;
    }
    int length = key.fields().get(index).length;
    int changed =
        switch (random.nextInt(7)) {
          case 0 -> length + 1;
          case 1 -> length - 1;
          case 2 -> 0;
          case 3 -> -1;
          case 4 -> Integer.MIN_VALUE;
          case 5 -> data.length - at - Integer.BYTES;
          default -> random.nextInt();
        };
    return splice(
        data, at, Integer.BYTES, ByteBuffer.allocate(Integer.BYTES).putInt(changed).array());
  }

  private static byte[] resize(byte[] field, RandomGenerator random) {
    byte[] zero = new byte[1 + random.nextInt(2)];
    return switch (random.nextInt(4)) {
      case 0 -> splice(field, 0, 0, zero);
      case 1 -> splice(field, field.length, 0, zero);
      case 2 -> Arrays.copyOfRange(field, Math.min(1, field.length), field.length);
      default -> Arrays.copyOf(field, Math.max(0, field.length - 1));
    };
  }

  private static byte[] extreme(byte[] field, RandomGenerator random) {
    byte[] value = new byte[random.nextInt(4) == 0 ? random.nextInt(2100) : field.length];
    switch (random.nextInt(5)) {
      case 0 -> Arrays.fill(value, (byte) 0);
      case 1 -> Arrays.fill(value, (byte) 0xff);
      case 2 -> Arrays.fill(value, (byte) 0x7f);
      case 3 -> {
        if (value.length > 0) {
          value[random.nextInt(value.length)] = 1;
        }
      }
      default -> {
        for (int i = 0; i < value.length; i++) {
          value[i] = (byte) random.nextInt();
        }
      }
    }
    return value;
  }

  private static String changeBase64(String line, RandomGenerator random) {
    String[] words = line.split(" ", 3);
    String base64 = words[1];
    words[1] =
        switch (random.nextInt(6)) {
          case 0 -> base64 + "=".repeat(1 + random.nextInt(4));
          case 1 -> base64.replaceAll("=+$", "");
          case 2 -> base64.replace('+', '-').replace('/', '_');
          case 3 -> base64.substring(0, base64.length() - 1 - random.nextInt(4));
          case 4 -> {
            // The last character before the padding, where some bits mean nothing.
            int end = base64.replaceAll("=+$", "").length() - 1;
            yield base64.substring(0, end)
                + (char) (base64.charAt(end) + 1)
                + base64.substring(end + 1);
          }
          default -> {
            int at = random.nextInt(base64.length());
            char c = base64.charAt(at);
            char other =
                Character.isUpperCase(c) ? Character.toLowerCase(c) : Character.toUpperCase(c);
            yield base64.substring(0, at) + other + base64.substring(at + 1);
          }
        };
    return String.join(" ", words);
  }

  /** For ECDSA, points near the right one; some of them are as good. For others, noise. */
  private static KeyLine changePoint(KeyLine key, RandomGenerator random) {
    int index = key.type().contains("ecdsa") ? 2 : 1;
    byte[] point = key.fields().get(index);
    if (index == 1) {
      byte[] changed = new byte[point.length];
      for (int i = 0; i < changed.length; i++) {
        changed[i] = (byte) random.nextInt();
      }
      return key.withField(index, changed);
    }
    NistCurve curve =
        Arrays.stream(NistCurve.values())
            .filter(each -> key.type().contains(each.sshName()))
            .findFirst()
            .orElseThrow();
    int width = point.length / 2;
    BigInteger x = new BigInteger(1, Arrays.copyOfRange(point, 1, 1 + width));
    BigInteger y = new BigInteger(1, Arrays.copyOfRange(point, 1 + width, point.length));
    BigInteger p = curve.prime();
    byte[] changed =
        switch (random.nextInt(8)) {
          case 0 -> KeyLine.point(4, width, x, p.subtract(y));
          case 1 -> KeyLine.point(4, width, y, x);
          case 2 -> KeyLine.point(4, width, x.add(p), y);
          case 3 -> KeyLine.point(4, width, x, y.add(p));
          case 4 -> KeyLine.point(4, width, BigInteger.ZERO, squareRoot(curve.b(), p));
          case 5 -> KeyLine.point(random.nextInt(8), width, x, y);
          case 6 -> Arrays.copyOf(KeyLine.point(2 + (point.length & 1), width, x, y), 1 + width);
          default -> new byte[] {0};
        };
    return key.withField(index, changed);
  }

  /** Works for these primes, which are 3 modulo 4. */
  private static BigInteger squareRoot(BigInteger square, BigInteger p) {
    return square.modPow(p.add(BigInteger.ONE).shiftRight(2), p);
  }

  private static byte[] noise(RandomGenerator random) {
    byte[] noise = new byte[1 + random.nextInt(8)];
    for (int i = 0; i < noise.length; i++) {
      noise[i] = (byte) (random.nextBoolean() ? 0 : random.nextInt());
    }
    return noise;
  }

  private static byte[] splice(byte[] data, int at, int removed, byte[] inserted) {
    byte[] result = new byte[data.length - removed + inserted.length];
    System.arraycopy(data, 0, result, 0, at);
    System.arraycopy(inserted, 0, result, at, inserted.length);
    System.arraycopy(data, at + removed, result, at + inserted.length, data.length - at - removed);
    return result;
  }

  private static char nasty(RandomGenerator random) {
    return NASTY.charAt(random.nextInt(NASTY.length()));
  }

  private static <T> T pick(List<T> choices, RandomGenerator random) {
    return choices.get(random.nextInt(choices.size()));
  }
}
