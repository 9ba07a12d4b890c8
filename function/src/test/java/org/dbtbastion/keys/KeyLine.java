package org.dbtbastion.keys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * A key line taken apart, so that tests can put it together wrongly: the type in front, the fields
 * inside the data (the first is the type again), the comment.
 */
public record KeyLine(String type, List<byte[]> fields, String comment) {

  /** Keys made by ssh-keygen, with the fingerprints that ssh-keygen -l printed. */
  public static final String ED25519 =
      "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO1G9QuAPjXuGomUbcgzlOhhWxhXX2k2Gazj3k0+uO3J";

  public static final String ED25519_FINGERPRINT =
      "SHA256:3SxlcvcAHTcDdn++9X3WceJ52d8+9WUMqcXgj22EPqA";

  public static final String RSA_2048 =
      "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC4ZHbO78YOtkd+GNi4yWZu/lAq9KsYKyj/NBFUCMijmISgPgMXOSxz"
          + "VSab6NWmtQ3f8ACE70MFkWyoB/yfxP97ztPThac+tJg3F2YVU857W2vzee3Rki1yWmmfG83Xv2h9Kdajp8tR"
          + "HPkW4YsViXpdXAmuk5af9u1zqq1bU6uCp2njPs/11hRgr897pZYFfLIx6yKX1fxeIdBZ2GQRSiHvv9MBfCwY"
          + "SjkpCkaD+pyR57A8GOUOGTmMNZae4rt31INdTrb8H/HvXXfKlD4vclDeFHlRcTiHXJXNqbq1se811nkkPXuA"
          + "Aib9nIs2U5xilTzFko8NkViJqlipLbxzK/d1";

  public static final String RSA_2048_FINGERPRINT =
      "SHA256:jvA6igYCN/6uQxk7LKjvZ51fvclVENJ2snzV3VKiU+0";

  public static final String ECDSA_P256 =
      "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBB4IBIHLUv2sm+cP66pt"
          + "esKacO+joZdx3nqVaJCBGch6hxkoBWTdLz0FSt6+yOX5q9QDbPeeSAQ05rUZliBa5mM=";

  public static final String ECDSA_P256_FINGERPRINT =
      "SHA256:GI1SV29e/iEe2g2RWNcJjD7p9M0yaOMW96VPenXp+Gk";

  public KeyLine {
    fields = List.copyOf(fields);
  }

  static KeyLine of(String type, byte[]... fieldsAfterType) {
    List<byte[]> fields = new ArrayList<>();
    fields.add(bytes(type));
    fields.addAll(Arrays.asList(fieldsAfterType));
    return new KeyLine(type, fields, "");
  }

  static KeyLine split(String line) {
    String[] words = line.split(" ", 3);
    ByteBuffer data = ByteBuffer.wrap(Base64.getDecoder().decode(words[1]));
    List<byte[]> fields = new ArrayList<>();
    while (data.hasRemaining()) {
      byte[] field = new byte[data.getInt()];
      data.get(field);
      fields.add(field);
    }
    return new KeyLine(words[0], fields, words.length < 3 ? "" : words[2]);
  }

  static KeyLine rsa(BigInteger exponent, BigInteger modulus) {
    return of("ssh-rsa", exponent.toByteArray(), modulus.toByteArray());
  }

  /** The line of a key of so many bits, whose modulus nobody has factored nor made. */
  public static String rsaOf(int bits) {
    return rsa(BigInteger.valueOf(65_537), modulus(bits)).toString();
  }

  /** An odd number of exactly so many bits, as good as a modulus as far as anybody can see. */
  static BigInteger modulus(int bits) {
    return BigInteger.ONE.shiftLeft(bits).subtract(BigInteger.valueOf(159));
  }

  /** A key that nobody has had before; its private half is lost. */
  public static PublicKey newEd25519() {
    try {
      byte[] encoded =
          KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPublic().getEncoded();
      byte[] point = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
      return accepted(of("ssh-ed25519", point).toString());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** The key in a line that must hold one. */
  public static PublicKey accepted(String line) {
    PublicKey.Parsed parsed = PublicKey.parse(line);
    assertThat(parsed).as(line).isInstanceOf(PublicKey.Parsed.Accepted.class);
    return ((PublicKey.Parsed.Accepted) parsed).key();
  }

  KeyLine withField(int index, byte[] field) {
    List<byte[]> changed = new ArrayList<>(fields);
    changed.set(index, field);
    return withFields(changed);
  }

  KeyLine withFields(List<byte[]> changed) {
    return new KeyLine(type, changed, comment);
  }

  KeyLine withType(String changed) {
    return new KeyLine(changed, fields, comment);
  }

  byte[] data() {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    for (byte[] field : fields) {
      data.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(field.length).array());
      data.writeBytes(field);
    }
    return data.toByteArray();
  }

  /** The line with other data. */
  String with(byte[] data) {
    String line = type + " " + Base64.getEncoder().encodeToString(data);
    return comment.isEmpty() ? line : line + " " + comment;
  }

  @Override
  public String toString() {
    return with(data());
  }

  /** A point in SEC 1's form, or what would be one; numbers that are too large lose their head. */
  static byte[] point(int form, int width, BigInteger x, BigInteger y) {
    byte[] point = new byte[1 + 2 * width];
    point[0] = (byte) form;
    for (int i = 0; i < width; i++) {
      point[width - i] = x.shiftRight(i * Byte.SIZE).byteValue();
      point[2 * width - i] = y.shiftRight(i * Byte.SIZE).byteValue();
    }
    return point;
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
